// A card that is full, with any number of blocks left, when a clip is to be released: whole in the outbox or not there at all, told of,
// and nothing approved is lost once there is room again.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { mayMount, SmallCard } from "../../small-card.ts";
import { config, recipient, Rig } from "./rig.ts";

const BLOCK = 4096;
/** More than a release takes: ledger, receipt, documents and media. */
const ENOUGH = 64;

async function houseOn(card: SmallCard): Promise<Rig> {
  const rig = new Rig(config([recipient("anna", { clips: "auto" })]), join(card.folder, "state"));
  await rig.gate.start();
  return rig;
}

function smallCard(): SmallCard {
  const card = new SmallCard(4);
  onTestFinished(() => card[Symbol.dispose]());
  return card;
}

/** Whatever stands in the outbox is whole, and the very recording. */
function expectWhole(rig: Rig, sha256: string): void {
  for (const { id, files } of rig.media()) {
    expect(files).toEqual(["clip.mp4", "disclosure.json", "receipt.jws"]);
    const media = readFileSync(join(rig.folder, "out", "new", id, "clip.mp4"));
    expect(createHash("sha256").update(media).digest("hex")).toBe(sha256);
  }
}

describe.skipIf(!mayMount())("on a card that is full", () => {
  test.each(Array.from({ length: ENOUGH / 4 }, (_, n) => 4 * n))(
    "but for %d blocks a clip is whole in the outbox or not in it, and goes out once when there is room again",
    async (blocks) => {
      const card = smallCard();
      const rig = await houseOn(card);
      const clip = rig.clip({}, Buffer.alloc(50_000, 1));
      card.fill(blocks * BLOCK);

      await rig.gate.consider(clip);

      expectWhole(rig, clip.sha256);
      expect(rig.media().length + rig.alarms.length).toBeGreaterThan(0);
      for (const line of rig.alarms) expect(line).toMatch(/^NOT_RELEASED: .*(ENOSPC|full)/);

      card.empty();
      await rig.restart();
      await rig.gate.considerLeftovers([clip]);
      // What was permitted and could not be made is the owner's to try again (consent.md §9.10).
      if (rig.shares(clip)[0] === "anna failed") await rig.gate.answer(clip.id, "anna", "approved", "cli");

      expectWhole(rig, clip.sha256);
      expect(rig.media().map(({ clip: of }) => of)).toEqual([clip.id]);
      expect(rig.names("tmp")).toEqual([]);
      expect(rig.shares(clip)).toEqual(["anna released"]);
    },
  );

  test("with room for it the clip is released at once, so the tests above try every place at which there is none", async () => {
    const card = smallCard();
    const rig = await houseOn(card);
    const clip = rig.clip({}, Buffer.alloc(50_000, 1));
    card.fill(ENOUGH * BLOCK);

    await rig.gate.consider(clip);

    expect(rig.alarms).toEqual([]);
    expect(rig.shares(clip)).toEqual(["anna released"]);
  });
});
