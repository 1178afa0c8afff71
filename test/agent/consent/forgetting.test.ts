// What the gate forgets by age, over a real ledger and a real spool.
import { join } from "node:path";
import { expect, test } from "vitest";
import { days, type WallTime } from "../../../drivers/clock/clock.ts";
import { Requests } from "../../../agent/consent/requests.ts";
import { SpoolWriter } from "../../../agent/spool/writer.ts";
import { config, opened, recipient, type Rig } from "./rig.ts";

/** Two clips sent to anna, forty days apart. The vault has lost the first. */
async function twoSent(): Promise<{ rig: Rig; spool: SpoolWriter; ids: readonly string[] }> {
  const rig = await opened(config([recipient("anna", { clips: "auto" })]));
  const ids: string[] = [];
  for (let n = 0; n < 2; n++) {
    const clip = rig.clip();
    await rig.gate.consider(clip);
    await rig.gate.delivery({ type: "delivery", id: rig.media()[0]!.id, state: "confirmed" });
    ids.push(clip.id);
    if (n === 0) await rig.clock.advance(days(40));
  }
  return { rig, spool: new SpoolWriter(join(rig.folder, "out")), ids };
}

const monthAgo = (rig: Rig): WallTime => (rig.wall() - days(30)) as WallTime;
const sent = async (spool: SpoolWriter): Promise<number> => (await spool.list("sent")).length;

test("documents in the door go when their time has come, and the younger ones stay", async () => {
  const { rig, spool } = await twoSent();
  const before = await sent(spool);

  await rig.gate.forgetBefore(monthAgo(rig));

  expect([before, await sent(spool)]).toEqual([2, 1]);
});

test("who had a clip is known for as long as the clip is kept, and no longer", async () => {
  const { rig, ids } = await twoSent();

  await rig.gate.forgetBefore(monthAgo(rig));
  const kept = rig.gate.hadReceived(ids[0]!);
  rig.clips.delete(ids[0]!);
  await rig.gate.forgetBefore(monthAgo(rig));

  expect([kept, rig.gate.hadReceived(ids[0]!), rig.gate.hadReceived(ids[1]!)]).toEqual([["anna"], [], ["anna"]]);
});

test("requests that were dealt with are forgotten, open ones are not", async () => {
  const rig = await opened(config([]));
  const requests = new Requests(rig.ledger, rig.clock, () => true);
  const plain = { kind: "access", why: "", contact: "", legalBasis: "", emergency: false } as const;
  const closed = requests.add({ ...plain, from: "Frau Doe" });
  requests.add({ ...plain, from: "Mme Petit" });
  requests.close(closed.id, "answered", "by letter");
  await rig.clock.advance(days(40));

  await rig.gate.forgetBefore(monthAgo(rig));

  expect(requests.list().map(({ from }) => from)).toEqual(["Mme Petit"]);
});
