// Previews: a few small pictures that move show what a clip shows, so they have a grant of their own and every rule of a clip's.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { expect, test } from "vitest";
import type { Recipient } from "../../../config/config.ts";
import { unsealBytes } from "../../../agent/receiver/unseal.ts";
import type { Clip } from "../../../agent/vault/clip.ts";
import { config, opened, recipient } from "./rig.ts";
import type { Rig } from "./rig.ts";

const granted = (some: Partial<Recipient> = {}): Recipient =>
  recipient("anna", { clips: "never", previews: "auto", ...some });
const previewed = (rig: Rig, some: Partial<Clip> = {}): Clip => {
  const clip = rig.clip(some);
  rig.still(clip);
  rig.preview(clip);
  return clip;
};
const files = (rig: Rig): string[] => rig.media().map(({ media }) => media.file);

test("a preview goes by itself where previews are auto, and nothing else of the clip does", async () => {
  const rig = await opened(config([granted()]));
  const clip = previewed(rig);
  await rig.gate.consider(clip);

  await rig.gate.considerPictures(clip);

  expect(rig.media().map(({ kind, media }) => [kind, media.file, media.type])).toEqual([
    ["preview", "preview.webp", "image/webp"],
  ]);
  expect(rig.shares(clip)).toEqual(["anna released (preview)"]);
});

test("a preview is granted by no grant for clips and stills", async () => {
  const rig = await opened(config([recipient("anna", { clips: "auto", stills: "auto" })]));
  const clip = previewed(rig);

  await rig.gate.consider(clip);
  await rig.gate.considerPictures(clip);

  expect(files(rig)).toEqual(["clip.mp4", "still.jpg"]);
});

test("a preview is sealed to the key of whoever has one", async () => {
  const identity = await generateIdentity();
  const key = await identityToRecipient(identity);
  const rig = await opened(config([granted({ encryption: { kind: "age", keys: [key] } })]));
  const clip = previewed(rig);

  await rig.gate.considerPictures(clip);

  const [preview] = rig.media();
  expect(preview!.media).toMatchObject({ file: "preview.webp.age", type: "image/webp", encrypted: true });
  const sealed = readFileSync(join(rig.folder, "out", "new", preview!.id, "preview.webp.age"));
  expect((await unsealBytes(sealed, [identity])).equals(Buffer.alloc(9_000, 0x57))).toBe(true);
});

test("a preview waits for the owner where its visitor objected, and goes with the clip and the still when approved", async () => {
  const rig = await opened(config([recipient("anna", { clips: "ask", stills: "auto", previews: "auto" })]));
  const clip = previewed(rig, { objected: true });
  await rig.gate.consider(clip);
  await rig.gate.considerPictures(clip);
  expect(rig.media()).toEqual([]);

  await rig.gate.answer(clip.id, "anna", "approved", "page");

  expect(files(rig)).toEqual(["clip.mp4", "still.jpg", "preview.webp"]);
});

test("a preview stops at the limit of a day with its clip, does not count against itself, and counts where clips do not go", async () => {
  const both = recipient("anna", { clips: "auto", previews: "auto", maxPerDay: 2 });
  const rig = await opened(config([both, { ...granted({ maxPerDay: 1 }), name: "ha" }]));
  for (let visit = 0; visit < 3; visit++) {
    const clip = previewed(rig);
    await rig.gate.consider(clip);
    await rig.gate.considerPictures(clip);
  }

  const sent = rig.media().map((one) => `${one.recipient} ${one.kind}`);
  expect(sent.toSorted()).toEqual(["anna clip", "anna clip", "anna preview", "anna preview", "ha preview"]);
  // Decided again, in the order they were committed, it is the same two.
  await rig.change(rig.config.recipients);
  expect(rig.media()).toHaveLength(5);
});

test("a preview of a clip that the owner refuses stays, and one that had left is taken off the display", async () => {
  const rig = await opened(config([granted()]));
  const [refused, shown] = [previewed(rig), previewed(rig)];
  await rig.gate.answer(refused.id, "anna", "denied", "page");
  await rig.gate.considerPictures(refused);
  expect(rig.media()).toEqual([]);

  await rig.gate.considerPictures(shown);
  await rig.gate.delivery({ type: "delivery", id: rig.media()[0]!.id, state: "unconfirmed" });
  await rig.gate.answer(shown.id, "anna", "withdrawn", "page");

  expect(rig.events()).toEqual(["anna latest/preview (empty)"]);
});

test("a preview leaves the display when its grant goes, and when sharing ends", async () => {
  const rig = await opened(config([granted({ stills: "auto" })]));
  const clip = previewed(rig);
  await rig.gate.considerPictures(clip);
  for (const { id } of rig.media()) await rig.gate.delivery({ type: "delivery", id, state: "unconfirmed" });

  await rig.change(rig.config.recipients, { sharing: { enabled: false } });
  expect(rig.gate.door()).toMatchObject({ type: "closed", retract: expect.arrayContaining(["anna/latest/preview"]) });

  await rig.change([granted({ stills: "auto", previews: "never" })]);
  expect(rig.events()).toContain("anna latest/preview (empty)");
  expect(rig.events()).not.toContain("anna latest/still (empty)");
});

test("a preview that the power cut off before it was considered is considered at the next start, with its still, once", async () => {
  const rig = await opened(config([granted({ stills: "auto" })]));
  const [cut, whole] = [previewed(rig), previewed(rig)];
  for (const clip of [cut, whole]) await rig.gate.consider(clip);
  await rig.gate.considerPictures(whole);
  const before = files(rig);

  for (let start = 0; start < 2; start++) {
    await rig.restart();
    // Whoever came since has no part in it.
    await rig.change([granted({ stills: "auto" }), { ...granted(), name: "ben" }]);
    await rig.gate.considerLeftovers([cut, whole]);
  }

  expect(before).toEqual(["still.jpg", "preview.webp"]);
  expect(files(rig)).toEqual([...before, "still.jpg", "preview.webp"]);
});

test("a preview that nobody was granted in its day is not sent when it is granted later, whatever is started again", async () => {
  const rig = await opened(config([granted({ previews: "never" })]));
  const clip = previewed(rig);
  await rig.gate.consider(clip);
  await rig.gate.considerPictures(clip);

  await rig.change([granted()]);
  await rig.restart();
  await rig.gate.considerLeftovers([clip]);

  expect(rig.media()).toEqual([]);
});

test("a preview larger than a display needs is not sent", async () => {
  const rig = await opened(config([granted()]));
  const clip = rig.clip();
  rig.preview(clip, Buffer.alloc(300_001, 1));

  await rig.gate.considerPictures(clip);

  expect([rig.media(), rig.alarms.length]).toEqual([[], 1]);
});
