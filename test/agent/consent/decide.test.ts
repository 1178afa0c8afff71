// decide() against every scenario of the specification, and against the clock.
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { describe, expect, test } from "vitest";
import { decide } from "../../../agent/consent/decide.ts";
import { mergePatch, outcome, readContext, readDisclosure, readPolicy } from "./policy-vector.ts";

type Json = Parameters<typeof mergePatch>[0];
interface Vector {
  readonly name: string;
  readonly policy?: Json;
  readonly disclosure?: Json;
  readonly context?: Json;
  readonly effect: string;
  readonly rules: readonly string[];
  readonly obligations?: readonly object[];
}
const file = JSON.parse(readFileSync(new URL("../../vectors/consent.json", import.meta.url), "utf8")) as {
  readonly base: { readonly policy: Json; readonly disclosure: Json; readonly context: Json };
  readonly vectors: readonly Vector[];
};
const { base, vectors } = file;

describe("every scenario of the consent specification", () => {
  for (const vector of vectors) {
    test(vector.name, () => {
      const policy = readPolicy(mergePatch(base.policy, vector.policy ?? {}));
      const disclosure = readDisclosure(mergePatch(base.disclosure, vector.disclosure ?? {}));
      const context = readContext(mergePatch(base.context, vector.context ?? {}));

      const got = outcome(decide(policy, disclosure, context));

      expect(got).toEqual({
        effect: vector.effect,
        rules: vector.rules,
        obligations: vector.obligations ?? got.obligations,
      });
    });
  }

  test("no two scenarios share a name, and every rule decides in at least one", () => {
    const spec = readFileSync(new URL("../../../docs/spec/consent.md", import.meta.url), "utf8");
    const rules = [...spec.matchAll(/^#### (§[345]\.\d [a-z_]+)/gm)].map(([, rule]) => rule);

    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
    expect(new Set(vectors.flatMap(({ rules }) => rules))).toEqual(new Set(rules));
  });
});

test("a reason names the line of the configuration that decided", () => {
  const policy = {
    ...readPolicy(mergePatch(base.policy, { recipients: { anna: { clips: "never" } } })),
    lines: { "recipient.anna.clips": 41 },
  };

  const { reasons } = decide(policy, readDisclosure(base.disclosure), readContext(base.context));

  expect(reasons).toEqual([
    { rule: "§4.1 grant", effect: "deny", path: "recipient.anna.clips", line: 41, text: "anna gets no clips" },
  ]);
});

test("a recipient named twice speaks for nobody", () => {
  const once = readPolicy(base.policy);
  const twice = { ...once, recipients: [...once.recipients, ...once.recipients] };

  expect(decide(twice, readDisclosure(base.disclosure), readContext(base.context)).effect).toBe("deny");
});

test("fifty recipients are decided two hundred thousand times a second, hours and dates included", () => {
  const anna = { hours: "07:00-22:00", until: "2027-06-30", max_per_day: 20, zones: ["path"], triggers: ["pir"] };
  const recipients = Object.fromEntries(
    Array.from({ length: 50 }, (_, n) => [`r${n}`, mergePatch({ ...annaBlock() }, { ...anna, clips: "ask" })]),
  );
  const policy = readPolicy(mergePatch(base.policy, { recipients: { anna: null, ...recipients } }));
  const disclosures = Array.from({ length: 50 }, (_, n) =>
    readDisclosure(mergePatch(base.disclosure, { recipient: `r${n}` })),
  );
  const context = readContext(base.context);

  const rates = Array.from({ length: 5 }, () => {
    const from = performance.now();
    let asked = 0;
    for (let round = 0; round < 1000; round++)
      for (const disclosure of disclosures) if (decide(policy, disclosure, context).effect === "ask") asked++;
    expect(asked).toBe(50_000);
    return 50_000 / ((performance.now() - from) / 1000);
  });

  // The best of five: the machine may be busy with something else.
  expect(Math.max(...rates)).toBeGreaterThan(200_000);
});

const annaBlock = (): Record<string, Json> =>
  (base.policy as unknown as { recipients: { anna: Record<string, Json> } }).recipients.anna;
