// `doorstep requests`: shown with the clips of their time, written down, muted and closed; nothing is sent.
import { expect, onTestFinished, test } from "vitest";
import type { StoredRequest } from "../../../agent/consent/requests.ts";
import type { ClipView, Owner } from "../../../agent/review/owner.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";
import { type AgentStand, standing } from "./agent-stand.ts";

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 22, 12) as WallTime;
const clip = (id: string, startedAt: number, durationMs: number): ClipView =>
  ({ id, startedAt, durationMs, shares: [] }) as unknown as ClipView;
const POLICE: StoredRequest = {
  ...{ id: "01k0000000000000000000000r", receivedAt: NOON, source: "mqtt", kind: "disclosure", from: "police" },
  ...{ why: "a theft", contact: "", legalBasis: "", emergency: true, state: "open", answer: "", suspicious: true },
  span: { from: NOON, to: (NOON + HOUR) as WallTime },
  given: [{ to: "court", disclosure: "01k0000000000000000000000g" }],
};

async function desk(): Promise<{ stand: AgentStand; told: unknown[] }> {
  const told: unknown[] = [];
  const owner: Partial<Owner> = {
    requests: (muted) => (muted ? [POLICE, { ...POLICE, from: "a nuisance" }] : [POLICE]),
    clips: (query) => {
      told.push(["clips", query]);
      return [
        clip("after", NOON + 10, 1000),
        clip("across", NOON - 30_000, 60_000),
        clip("before", NOON - 30_000, 9_000),
      ];
    },
    addRequest: (request, due) => {
      told.push(["add", request, due]);
      return { ...POLICE, ...request, source: "owner", id: "01k0000000000000000000000s" };
    },
    closeRequest: (id, state, answer) => {
      told.push(["close", id, state, answer]);
      return { ...POLICE, state, answer };
    },
    muteRequester: (name, muted) => void told.push([muted ? "mute" : "unmute", name]),
  };
  return { stand: await standing(owner, onTestFinished), told };
}

test("a request is shown with the owner's clips of its time, and an emergency as what somebody says", async () => {
  const { stand } = await desk();

  const said = await stand.run("requests");
  const listed = await stand.run("requests", "--json");

  expect(said.stdout).toContain("disclosure for police: open");
  expect(said.stdout).toContain("EMERGENCY (this decides nothing)");
  expect(said.stdout).toContain("several alphabets");
  expect(said.stdout).toContain("given    01k0000000000000000000000g to court");
  expect(JSON.parse(listed.stdout)).toMatchObject({
    requests: [{ from: "police", emergency: true, received: "2026-11-22T12:00:00.000Z", clips: ["across", "after"] }],
  });
});

test("muted requesters are shown only when asked for", async () => {
  const { stand } = await desk();
  const names = async (...more: string[]): Promise<string[]> =>
    (
      JSON.parse((await stand.run("requests", "--json", ...more)).stdout) as { requests: { from: string }[] }
    ).requests.map(({ from }) => from);

  expect([await names(), await names("--muted")]).toEqual([["police"], ["police", "a nuisance"]]);
});

test("a letter is written down with its kind, its time and its due date", async () => {
  const { stand, told } = await desk();

  const { code, stdout } = await stand.run(
    ...["requests", "add", "--kind", "access", "--from", "Frau Doe", "--why", "I was there"],
    ...["--span", "2026-11-22T12:00Z/2026-11-22T13:00Z", "--due", "2026-12-22T00:00Z", "--json"],
  );

  expect(code).toBe(0);
  expect(told[0]).toEqual([
    "add",
    {
      ...{ kind: "access", from: "Frau Doe", why: "I was there", contact: "", legalBasis: "", emergency: false },
      span: { from: NOON, to: NOON + HOUR },
    },
    Date.UTC(2026, 11, 22),
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ kind: "access", source: "owner", clips: ["across", "after"] });
});

test("the owner mutes, hears again, closes with a yes or with a no", async () => {
  const { stand, told } = await desk();

  const codes = [
    await stand.run("requests", "mute", "The Insurer"),
    await stand.run("requests", "unmute", "The Insurer"),
    await stand.run("requests", "close", POLICE.id, "--answer", "by letter"),
    await stand.run("requests", "close", POLICE.id, "--refused"),
  ].map(({ code }) => code);

  expect(codes).toEqual([0, 0, 0, 0]);
  expect(told.filter((each) => !(each as unknown[]).includes("clips"))).toEqual([
    ["mute", "The Insurer"],
    ["unmute", "The Insurer"],
    ["close", POLICE.id, "answered", "by letter"],
    ["close", POLICE.id, "refused", ""],
  ]);
});

test("a kind that the law does not know is a usage error", async () => {
  const { stand, told } = await desk();

  const { code } = await stand.run("requests", "add", "--kind", "curiosity", "--from", "somebody");

  expect([code, told]).toEqual([2, []]);
});
