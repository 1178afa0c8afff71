// `doorstep explain`: the line that decided, what would have to change, and what has happened already.
import { expect, onTestFinished, test } from "vitest";
import { AgentError } from "../../../agent/error.ts";
import type { Owner } from "../../../agent/review/owner.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";
import { doorstep, standing } from "./agent-stand.ts";

const CLIP = "01k0000000000000000000000a";
const explain: Owner["explain"] = (_, recipient) =>
  recipient === "anna"
    ? {
        effect: "permit",
        reasons: [{ effect: "permit", rule: "§4.1 grant", text: "clips for anna go by themselves" }],
        obligations: [{ kind: "not-after", at: Date.UTC(2026, 10, 29) as WallTime }],
      }
    : {
        effect: "deny",
        reasons: [
          {
            ...{ effect: "deny", rule: "§4.3 hours", path: "recipient.ben.hours", line: 41 },
            text: "it began at 23:10, outside 07:00-22:00",
          },
        ],
        obligations: [],
      };

test("a refusal names the line that decided and what would have to change", async () => {
  const stand = await standing({ explain }, onTestFinished);

  const { stdout, code } = await stand.run("explain", CLIP, "--to", "ben");

  expect(code).toBe(0);
  expect(stdout).toBe(
    [
      `${CLIP} does not go to ben`,
      "because:",
      "  it began at 23:10, outside 07:00-22:00 (line 41, recipient.ben.hours, §4.3 hours)",
      "it would go if you:",
      "  widen hours so that they hold the minute in which it began",
      "",
    ].join("\n"),
  );
});

test("where several rules deny, all that would have to change is asked for together", async () => {
  const two = [
    { effect: "deny", rule: "§4.2 triggers", path: "recipient.ben.triggers", line: 40, text: "it was started by pir" },
    { effect: "deny", rule: "§4.6 max_per_day", path: "recipient.ben.max_per_day", line: 44, text: "1 of 1 today" },
  ] as const;
  const denied = { effect: "deny", reasons: two, obligations: [] } as const;
  const stand = await standing({ explain: () => denied }, onTestFinished);

  const { stdout } = await stand.run("explain", CLIP, "--to", "ben");

  expect(stdout).toContain(
    "it would go if you did all of this:\n  add what started it to triggers\n  wait for the next day",
  );
});

test("a clip that has gone is said to have gone, whatever would be decided now", async () => {
  const detail = "the broker has it; the recipient has not confirmed it yet";
  const stands = { recipient: "ben", kind: "clip", state: "accepted", detail } as const;
  const stand = await standing({ explain: (id, to) => ({ ...explain(id, to), stands }) }, onTestFinished);

  const { stdout } = await stand.run("explain", CLIP, "--to", "ben");

  expect(stdout.split("\n").slice(-3)).toEqual(["so far:", `  accepted: ${detail}`, ""]);
});

test("as JSON it says until when a permitted clip may be sent, as RFC 3339", async () => {
  const stand = await standing({ explain }, onTestFinished);

  const { stdout } = await stand.run("explain", CLIP, "--to", "anna", "--json");

  expect(JSON.parse(stdout)).toMatchObject({
    ...{ clip: CLIP, recipient: "anna", effect: "permit", change: [] },
    obligations: [{ kind: "not-after", at: "2026-11-29T00:00:00.000Z" }],
  });
});

test("a clip that is not there is a no, an agent that is not there is another exit code, and no recipient is a usage error", async () => {
  const stand = await standing(
    {
      explain: () => {
        throw new AgentError("CLIP_NOT_FOUND", "no clip");
      },
    },
    onTestFinished,
  );

  const absent = await stand.run("explain", CLIP, "--to", "anna");
  const alone = await doorstep("explain", CLIP, "--to", "anna", "--state", "/nonexistent");
  const usage = await stand.run("explain", CLIP);

  expect([absent.code, alone.code, usage.code]).toEqual([1, 3, 2]);
});
