// The small messages of the gate: rings, motion, and what stands retained at the broker.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { describe, expect, test } from "vitest";
import type { Recipient } from "../../../config/config.ts";
import type { EventDisclosure } from "../../../agent/spool/disclosure.ts";
import { hours, seconds } from "../../../drivers/clock/clock.ts";
import type { DoorEvent } from "../../../agent/consent/judge.ts";
import { newId } from "../spool/samples.ts";
import { config, opened, recipient } from "./rig.ts";
import type { Rig } from "./rig.ts";

describe("a ring and a movement", () => {
  const ring = (rig: Rig): DoorEvent => ({
    kind: "ring",
    at: rig.wall(),
    clockTrusted: true,
    triggers: ["button"],
    zones: "unknown",
  });
  const motion = (rig: Rig, some: Partial<DoorEvent> = {}): DoorEvent => ({
    kind: "motion",
    at: rig.wall(),
    clockTrusted: true,
    triggers: ["pir"],
    zones: ["path"],
    ...some,
  });
  const listener = (some: Partial<Recipient> = {}): Recipient =>
    recipient("anna", { clips: "never", events: "auto", ...some });

  test("is told to those whose events are on, and to nobody else", async () => {
    const rig = await opened(config([listener(), recipient("ben", { clips: "auto" })]));

    await rig.gate.considerEvent(ring(rig));

    expect(rig.events()).toEqual(["anna event/ring ring"]);
    expect(rig.entries("decision").map(({ details }) => details?.recipient)).toEqual(["anna"]);
  });

  test("says that something moves, and later that nothing does, only to recipients without a key", async () => {
    const identity = await generateIdentity();
    const keys = [await identityToRecipient(identity)];
    const keyed = listener({ name: "ben", encryption: { kind: "age", keys } });
    const rig = await opened(config([listener(), keyed]));

    await rig.gate.considerEvent(motion(rig));
    await rig.gate.motionEnded();
    await rig.gate.motionEnded();

    const heardBy = (name: string): string[] => rig.events().filter((event) => event.startsWith(name));
    expect(heardBy("anna")).toEqual(["anna event/motion motion", "anna motion ON", "anna motion OFF"]);
    expect(heardBy("ben")).toEqual(["ben event/motion sealed"]);
  });

  test("is sealed to the key of whoever has one, and opens with the age command; who the device is stays open", async () => {
    const identity = await generateIdentity();
    const keys = [await identityToRecipient(identity)];
    const rig = await opened(config([listener({ encryption: { kind: "age", keys } })]));

    await rig.gate.considerEvent(ring(rig));

    const documents = rig
      .names("new")
      .map((name) => JSON.parse(readFileSync(join(rig.folder, "out", "new", name), "utf8")) as EventDisclosure);
    const bell = documents.find(({ topic }) => topic === "event/ring")!;
    expect(bell.payload).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/);
    const file = join(rig.folder, "ring.age");
    writeFileSync(file, bell.payload);
    const opened_ = execFileSync("age", ["-d", "-i", "-", file], { input: identity, encoding: "utf8" });
    expect(JSON.parse(opened_)).toEqual({ v: 1, event_type: "ring", at: expect.any(String) });
    expect(JSON.parse(documents.find(({ topic }) => topic === "info")!.payload)).toMatchObject({ v: 1 });
  });

  test("is not said at all to a key that cannot be sealed to, and the owner hears of it", async () => {
    const rig = await opened(config([listener({ encryption: { kind: "age", keys: ["age1broken"] } })]));
    await rig.gate.considerEvent(ring(rig));
    expect(rig.events()).toEqual([]);
    expect(rig.alarms[0]).toMatch(/^NOT_RELEASED: .*KEY_MALFORMED/);
  });

  test("in another zone is not told, and a ring always is", async () => {
    const rig = await opened(config([listener({ zones: ["garden"] })]));

    await rig.gate.considerEvent(motion(rig));
    await rig.gate.considerEvent(ring(rig));

    expect(rig.events()).toEqual(["anna event/ring ring"]);
  });

  test("that nobody fetched within a minute is old, and leaves nothing in the outbox", async () => {
    const rig = await opened(config([listener()]));
    await rig.gate.considerEvent(ring(rig));

    await rig.clock.advance(seconds(61));
    await rig.gate.idle();

    expect(rig.events()).toEqual([]);
  });

  test("is gone from the outbox once the broker has it", async () => {
    const rig = await opened(config([listener()]));
    await rig.gate.considerEvent(ring(rig));
    const id = rig.said.findLast((message) => message.type === "spooled")!;

    await rig.gate.delivery({ type: "delivery", id: (id as { id: string }).id, state: "accepted" });

    expect(rig.events()).toEqual([]);
  });

  test("that was not sent yet is taken back by any change of policy", async () => {
    const rig = await opened(config([listener({ clips: "ask" })]));
    await rig.gate.considerEvent(ring(rig));

    await rig.change([listener({ clips: "ask", events: "never" })]);

    expect(rig.events()).toEqual([]);
  });
});

describe("what stands at the broker (§9.12)", () => {
  const retained = (rig: Rig): string[] =>
    rig
      .names("new")
      .filter((name) => name.endsWith(".json"))
      .map((name) => JSON.parse(readFileSync(join(rig.folder, "out", "new", name), "utf8")) as Record<string, string>)
      .map(({ recipient, topic, payload }) => `${recipient} ${topic}${payload === "" ? " (empty)" : ""}`);

  test("is info for everybody with a grant, said once, and a checkpoint with every clip", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" }), recipient("ben", { clips: "never" })]));
    await rig.restart();
    expect(retained(rig)).toEqual(["anna info"]);

    await rig.gate.consider(rig.clip());

    expect(retained(rig)).toEqual(["anna info", "anna checkpoint"]);
  });

  test("is emptied when a recipient is removed", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    await rig.gate.consider(rig.clip());

    await rig.change([]);

    expect(retained(rig)).toEqual(["anna checkpoint (empty)", "anna info (empty)"]);
  });

  test("is named in the message that closes the door when sharing is switched off, until it has been taken back", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto", stills: "auto", events: "auto" })]));
    const clip = rig.clip();
    rig.still(clip);
    await rig.gate.consider(clip);
    await rig.gate.considerPictures(clip);

    await rig.change(rig.config.recipients, { sharing: { enabled: false } });
    expect(rig.last("closed")?.retract).toEqual(["anna/checkpoint", "anna/info", "anna/latest/still"]);
    expect(rig.names("new")).toEqual([]);
    rig.gate.retracted();
    rig.gate.publisherConnected();

    expect(rig.last("closed")?.retract).toEqual([]);
  });

  test("keeps what it is during a pause, except that nothing moves", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto", events: "auto" })]));
    await rig.gate.considerEvent({
      kind: "motion",
      at: rig.wall(),
      clockTrusted: true,
      triggers: ["pir"],
      zones: "unknown",
    });

    await rig.gate.pause("", "cli");

    expect(rig.last("closed")?.retract).toEqual(["anna/motion"]);
  });

  test("of fifty recipients fits the lines of the door, however many it takes", async () => {
    const many = Array.from({ length: 50 }, (_, n) => recipient(`${"r".repeat(36)}${n}`, { clips: "auto" }));
    const rig = await opened(config(many));
    await rig.gate.consider(rig.clip());
    rig.said.length = 0;

    await rig.change(many, { sharing: { enabled: false } });

    const closed = rig.said.filter((message) => message.type === "closed");
    expect(closed.length).toBeGreaterThan(1);
    expect(closed.flatMap(({ retract }) => retract)).toHaveLength(100);
    expect(Math.max(...closed.map((message) => Buffer.byteLength(JSON.stringify(message))))).toBeLessThan(4096);
  });
});

test("what is reported at once, as after an outage, is entered in order and together, each to its end", async () => {
  const rig = await opened(config([recipient("anna", { clips: "auto" }), recipient("ben", { clips: "auto" })]));
  for (let n = 0; n < 3; n++) await rig.gate.consider(rig.clip());
  const ids = rig.media().map(({ id }) => id);

  const say = (id: string, state: "accepted" | "confirmed" | "failed"): Promise<void> =>
    rig.gate.delivery({ type: "delivery", id, state });
  await Promise.all([
    ...ids.map((id) => say(id, "accepted")),
    say(ids[0]!, "confirmed"),
    say(ids[0]!, "confirmed"),
    say(ids[1]!, "failed"),
    say(newId(), "accepted"),
  ]);

  const logged = rig
    .entries("delivery")
    .map(({ ref, details }) => `${ids.indexOf(ref)} ${(details as { state: string }).state}`);
  expect(logged).toEqual([...ids.map((_, n) => `${n} accepted`), "0 confirmed", "1 failed"]);
  expect(rig.names("sent")).toEqual([ids[0]]);
  expect(rig.names("failed")).toEqual([ids[1]]);
  expect(rig.media().map(({ id }) => id)).toEqual(ids.slice(2));
  for (const [folder, id] of [
    ["sent", ids[0]!],
    ["failed", ids[1]!],
  ] as const)
    expect(readdirSync(join(rig.folder, "out", folder, id)).sort()).toEqual(["disclosure.json", "receipt.jws"]);
});

test("nothing of all this is written while nothing happens", async () => {
  const rig = await opened(config([recipient("anna", { clips: "auto" })]));
  await rig.gate.consider(rig.clip());
  await rig.gate.delivery({ type: "delivery", id: rig.media()[0]!.id, state: "confirmed" });
  for (const name of rig.names("new"))
    await rig.gate.delivery({ type: "delivery", id: name.replace(".json", ""), state: "accepted" });
  const before = rig.ledger.size;
  const changes = rig.ledger.database.prepare("select total_changes()").pluck().get();

  await rig.clock.advance(hours(500));
  await rig.gate.idle();

  expect(rig.ledger.size).toBe(before);
  expect(rig.ledger.database.prepare("select total_changes()").pluck().get()).toBe(changes);
});
