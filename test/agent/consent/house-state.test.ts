// What stands at the broker of counts and states (docs/spec/consent.md §9.15): for whoever may know, said once, and taken back in time.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { minutes } from "../../../drivers/clock/clock.ts";
import type { HouseCondition } from "../../../agent/consent/ports.ts";
import type { HouseState } from "../../../agent/publisher/topics.ts";
import type { EventDisclosure } from "../../../agent/spool/disclosure.ts";
import { config, opened, recipient, type Rig } from "./rig.ts";

const QUIET: HouseCondition = { v: 1, camera: "on", microphone: "off", problems: [] };
let house: HouseCondition;
beforeEach(() => {
  house = QUIET;
});

const phone = recipient("phone", { clips: "never", toldOfAsks: true, toldOfState: true });
const open = (...recipients: ReturnType<typeof recipient>[]): Promise<Rig> =>
  opened(config(recipients), { house: () => house });

const documents = (rig: Rig): EventDisclosure[] =>
  rig
    .names("new")
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(join(rig.folder, "out", "new", name), "utf8")) as EventDisclosure);
const said = (rig: Rig, topic: string, to = "phone"): string[] =>
  documents(rig)
    .filter((document) => document.topic === topic && document.recipient === to && document.retain)
    .map(({ payload }) => payload);
const states = (rig: Rig): HouseState[] =>
  said(rig, "state").flatMap((payload) => (payload ? [JSON.parse(payload) as HouseState] : []));

test("how many clips wait is counted up and down, and said once each time (§9.15)", async () => {
  const rig = await open(phone, recipient("anna"), recipient("ben"));
  const [first, second] = [rig.clip(), rig.clip()];
  await rig.gate.consider(first);
  await rig.gate.consider(second);
  await rig.gate.answer(first.id, "anna", "approved", "cli");
  await rig.gate.answer(first.id, "ben", "denied", "cli");
  await rig.gate.houseChanged();
  expect(said(rig, "waiting")).toEqual(["0", "1", "2", "1"]);

  await rig.clock.advance(minutes(73 * 60));
  await rig.gate.expire();
  expect(rig.ledger.entries({ type: "ask.expired" })).toHaveLength(2);
  expect(said(rig, "waiting").at(-1)).toBe("0");
});

test("only what a recipient may hear of is counted", async () => {
  const rig = await open({ ...phone, triggers: ["button"] }, recipient("anna"));
  await rig.gate.consider(rig.clip({ triggers: ["pir"] }));
  await rig.gate.consider(rig.clip({ triggers: ["button"] }));
  expect(said(rig, "waiting")).toEqual(["0", "1"]);
});

test("a state is said to whoever is granted it, when it changes, and to nobody else (§9.15)", async () => {
  const rig = await open(phone, recipient("anna", { clips: "auto", events: "auto" }));
  await rig.gate.houseChanged();
  house = { ...QUIET, camera: "failed", problems: [{ code: "CAMERA_SILENT", remedy: "look at the cable" }] };
  await rig.gate.houseChanged();
  expect(states(rig)).toEqual([
    { ...QUIET, sharing: "on", resume: "" },
    { ...house, sharing: "on", resume: "" },
  ]);
  expect(said(rig, "state", "anna")).toEqual([]);
  expect(said(rig, "waiting", "anna")).toEqual([]);
});

test("what is retained is never retained in the clear for somebody with a key", async () => {
  const rig = await open({ ...phone, encryption: { kind: "age", keys: [`age1${"q".repeat(58)}`] } });
  await rig.gate.houseChanged();
  expect([...said(rig, "state"), ...said(rig, "waiting")]).toEqual([]);
});

test("a recipient that pauses is told so and how it goes on, then nothing, until the owner resumes (§9.16)", async () => {
  const rig = await open({ ...phone, events: "auto" });
  const moved = { kind: "motion", at: rig.wall(), clockTrusted: true, triggers: ["pir"], zones: "unknown" } as const;
  await rig.gate.considerEvent(moved);
  await rig.gate.pause("phone", "phone");
  house = { ...QUIET, camera: "off" };
  await rig.gate.houseChanged();
  const resume = "the owner resumes it: on the doorbell's page, or with `doorstep resume`";
  expect(states(rig)).toEqual([{ ...QUIET, sharing: "paused", resume }]);
  expect(said(rig, "motion").at(-1)).toBe("OFF");

  await rig.gate.resume("page");
  expect(states(rig).at(-1)).toEqual({ ...house, sharing: "on", resume: "" });
});

test("who may not know any more has it taken back, over an open door and over a closing one", async () => {
  const rig = await open(phone);
  await rig.change([{ ...phone, toldOfState: false }]);
  expect(said(rig, "state").at(-1)).toBe("");
  await rig.change([{ ...phone, toldOfState: false }], { sharing: { enabled: false } });
  expect(rig.last("closed")?.retract).toContain("phone/waiting");
  expect(rig.last("closed")?.retract).not.toContain("phone/state");
});

test("after the last day nothing is said, and what stands is taken back", async () => {
  const rig = await open({ ...phone, until: "2026-11-22" });
  expect(states(rig)).toHaveLength(1);
  await rig.clock.advance(minutes(13 * 60));
  house = { ...QUIET, camera: "closed" };
  await rig.gate.houseChanged();
  expect(said(rig, "state").at(-1)).toBe("");
  expect(said(rig, "waiting").at(-1)).toBe("");
});

test("what a policy took down before it was sent is said anew when it may be", async () => {
  const rig = await open(phone);
  await rig.change([{ ...phone, toldOfState: false }]);
  await rig.change([phone]);
  expect(states(rig).at(-1)).toEqual({ ...QUIET, sharing: "on", resume: "" });
});

test("a broker that may have lost what it kept is told again, once an hour, and not what it was never told", async () => {
  const rig = await open(phone);
  const all = (): number => said(rig, "info").length + said(rig, "state").length + said(rig, "waiting").length;
  expect(all()).toBe(3);
  for (const { id } of documents(rig)) await rig.gate.delivery({ type: "delivery", id, state: "accepted" });
  expect(all()).toBe(0);

  await rig.gate.brokerConnected();
  await rig.gate.brokerConnected();
  expect(all()).toBe(3);
  await rig.clock.advance(minutes(61));
  await rig.gate.brokerConnected();
  expect(all()).toBe(3);
});
