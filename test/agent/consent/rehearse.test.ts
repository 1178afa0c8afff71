// A rehearsal over a real gate's ledger: what another policy would have let out, and what it would have kept.
import { expect, test } from "vitest";
import { hours } from "../../../drivers/clock/clock.ts";
import { rehearse } from "../../../agent/consent/rehearse.ts";
import type { Rehearsal } from "../../../agent/consent/rehearse.ts";
import type { Recipient } from "../../../config/config.ts";
import { config, opened, recipient } from "./rig.ts";
import type { Rig } from "./rig.ts";

const under = (rig: Rig, recipients: readonly Recipient[]): Rehearsal =>
  rehearse(rig.ledger.entries({ limit: 1000 }), config(recipients));
const names = (shares: Rehearsal["added"]): string[] =>
  shares.map(({ clip, recipient }) => `${clip.at(-1)} ${recipient}`);

/** Four clips on one day: anna gets what rings, ben was asked about all, said yes for the second, no for the third. */
async function aDay(): Promise<Rig> {
  const rig = await opened(config([recipient("anna", { clips: "auto", triggers: ["button"] }), recipient("ben")]));
  for (const triggers of [["button"], ["pir"], ["pir"], ["button", "pir"]] as const) {
    await rig.gate.consider(rig.clip({ triggers, zones: ["path"] }));
    await rig.clock.advance(hours(1));
  }
  const [, second, third] = [...rig.clips.values()];
  await rig.gate.answer(second!.id, "ben", "approved", "cli");
  await rig.gate.answer(third!.id, "ben", "denied", "cli");
  return rig;
}

test("the policy that was in force changes nothing", async () => {
  const rig = await aDay();

  expect(under(rig, rig.config.recipients)).toMatchObject({ added: [], removed: [], same: 3, clips: 4, erased: 0 });
});

test("a wider policy names what would have left, to whom and why", async () => {
  const rig = await aDay();

  const { added, removed } = under(rig, [recipient("anna", { clips: "auto" }), recipient("carl", { clips: "auto" })]);

  expect(names(added)).toEqual(["1 carl", "2 anna", "2 carl", "3 anna", "3 carl", "4 carl"]);
  expect(added[0]!.reasons).toEqual(["clips for carl go by themselves"]);
  expect(names(removed)).toEqual(["2 ben"]);
  expect(removed[0]!.reasons).toEqual(['the configuration names no recipient "ben"']);
});

test("a narrower policy names what would have stayed", async () => {
  const rig = await aDay();

  const { added, removed } = under(rig, [
    recipient("anna", { clips: "auto", triggers: ["button"], maxPerDay: 1 }),
    recipient("ben", { zones: ["garden"] }),
  ]);

  expect(names(added)).toEqual([]);
  expect(names(removed)).toEqual(["4 anna", "2 ben"]);
});

test("what would have been asked is told apart from what would have left", async () => {
  const rig = await aDay();

  const { asked, added } = under(rig, [recipient("carl", { clips: "ask" })]);

  expect([names(asked), added]).toEqual([["1 carl", "2 carl", "3 carl", "4 carl"], []]);
});

test("a pause of that day holds in the rehearsal, too", async () => {
  const rig = await opened(config([recipient("anna")]));
  await rig.gate.pause("", "cli");
  await rig.gate.consider(rig.clip());
  await rig.gate.resume("cli");
  await rig.gate.consider(rig.clip());

  expect(names(under(rig, [recipient("anna", { clips: "auto" })]).added)).toEqual(["2 anna"]);
});

test("what was taken down before it left did not leave", async () => {
  const rig = await opened(config([recipient("anna", { clips: "auto" })]));
  await rig.gate.consider(rig.clip());
  await rig.change([]);

  expect(under(rig, [])).toMatchObject({ removed: [], added: [] });
});

test("clips whose details were erased are counted, and nothing is claimed of them", async () => {
  const rig = await aDay();
  rig.ledger.eraseDetails({ why: "erasure", ref: [...rig.clips.keys()][0]! });

  const { clips, erased, added } = under(rig, [recipient("carl", { clips: "auto" })]);

  expect([clips, erased, names(added)]).toEqual([4, 1, ["2 carl", "3 carl", "4 carl"]]);
});
