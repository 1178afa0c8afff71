// Explanations name the line that decided and what would have to change; and what they advise helps.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decide } from "../../../agent/consent/decide.ts";
import { explainDecision } from "../../../agent/consent/explain.ts";
import { mergePatch, readContext, readDisclosure, readPolicy } from "./policy-vector.ts";

type Json = Parameters<typeof mergePatch>[0];
const { base, vectors } = JSON.parse(readFileSync(new URL("../../vectors/consent.json", import.meta.url), "utf8")) as {
  base: { policy: Json; disclosure: Json; context: Json };
  vectors: readonly { name: string; policy?: Json; disclosure?: Json; context?: Json }[];
};

const decided = (vector: { policy?: Json; disclosure?: Json; context?: Json }) =>
  decide(
    {
      ...readPolicy(mergePatch(base.policy, vector.policy ?? {})),
      lines: { "recipient.anna.clips": 41, "recipient.anna.hours": 45 },
    },
    readDisclosure(mergePatch(base.disclosure, vector.disclosure ?? {})),
    readContext(mergePatch(base.context, vector.context ?? {})),
  );

test("a denial names the line of the configuration and what to write there", () => {
  const decision = decided({ policy: { recipients: { anna: { clips: "never" } } } });

  expect(explainDecision(decision, "01clip", "anna")).toEqual({
    verdict: "01clip does not go to anna",
    because: ["anna gets no clips (line 41, recipient.anna.clips, §4.1 grant)"],
    change: ['set clips = "ask" or clips = "auto"'],
    how: [],
  });
});

test("a question names the command that answers it, and what release will do to the clip", () => {
  const decision = decided({
    policy: { recipients: { anna: { clips: "ask", audio: false } } },
    disclosure: { audio: true },
  });

  expect(explainDecision(decision, "01clip", "anna")).toEqual({
    verdict: "01clip waits for your answer before it goes to anna",
    because: ["clips for anna wait for the owner (line 41, recipient.anna.clips, §4.1 grant)"],
    change: ['approve it (`doorstep approve 01clip --to anna`), or set clips = "auto"'],
    how: ["without its sound", "sent until 2026-11-29T12:00:00.000Z, or not at all"],
  });
});

test("several denials name every one that would have to change", () => {
  const decision = decided({
    policy: { sharing: { enabled: false }, recipients: { anna: { hours: "01:00-02:00" } } },
  });

  expect(explainDecision(decision, "01clip", "anna").change).toEqual([
    "set sharing.enabled = true",
    "widen hours so that they hold the minute in which it began",
  ]);
});

describe("every scenario of the specification", () => {
  for (const vector of vectors)
    test(`is explained in words: ${vector.name}`, () => {
      const decision = decided(vector);

      const { because, change } = explainDecision(decision, "01clip", "anna");

      expect(because).toHaveLength(decision.reasons.length);
      expect(change.length > 0).toBe(decision.effect !== "permit");
      expect(change.join(" ")).not.toContain("docs/spec");
    });
});
