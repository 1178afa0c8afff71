// decide() against every scenario of the specification.
import { readFileSync } from "node:fs";
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
