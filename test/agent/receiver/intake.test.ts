// What a receiver makes of messages that come late, twice, in any order, or in pieces.
import { randomBytes } from "node:crypto";
import { chmodSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { sealText } from "../../../agent/consent/seal.ts";
import { FakeDevice, sha256, type FakeDisclosure, type WireMessage } from "./fake-device.ts";
import { altered, IntakeRig, receiver } from "./intake-rig.ts";

let identity: string;
let key: string;
beforeAll(async () => {
  identity = await generateX25519Identity();
  key = await identityToRecipient(identity);
});

const arrived = ({ clip, sent }: FakeDisclosure): object => ({ v: 1, type: "arrived", clip, sha256: sha256(sent) });
test("an encrypted clip in one message is opened, saved with its receipt, and acknowledged", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey, identities: [identity] });
  const sent = await device.disclose(randomBytes(100_000), { keys: [key] });

  await rig.take(sent.messages);

  expect(rig.files()).toEqual([`${sent.clip}.mp4`, `${sent.clip}.receipt.jws`]);
  expect(rig.read(`${sent.clip}.mp4`).equals(sent.media)).toBe(true);
  expect(rig.read(`${sent.clip}.receipt.jws`).toString().trim()).toBe(sent.receipt);
  expect(rig.said).toEqual([arrived(sent)]);
  expect(rig.saved.map(({ id, bytes, sha256 }) => ({ id, bytes, sha256 }))).toEqual([
    { id: sent.clip, bytes: 100_000, sha256: sha256(sent.media) },
  ]);
  expect(rig.partial()).toEqual([]);
});

test("a recipient who has a new key, and keeps the old one beside it, opens what was sealed to either", async () => {
  const device = new FakeDevice();
  const fresh = await generateX25519Identity();
  const rig = await receiver({ trust: device.key.publicKey, identities: [fresh, identity] });
  const before = await device.disclose(randomBytes(1_000), { keys: [key] });
  const between = await device.disclose(randomBytes(1_000), { keys: [key, await identityToRecipient(fresh)] });
  const after = await device.disclose(randomBytes(1_000), { keys: [await identityToRecipient(fresh)] });

  await rig.take([...before.messages, ...between.messages, ...after.messages]);

  for (const { clip, media } of [before, between, after]) expect(rig.read(`${clip}.mp4`).equals(media)).toBe(true);
  expect(rig.refused).toEqual([]);
});

test.each([
  [0o700, 0o600],
  [0o750, 0o640],
])("in a folder of mode %o a clip has mode %o: whoever the folder is for may watch", async (folder, file) => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey });
  chmodSync(rig.out, folder);
  const sent = await device.disclose(randomBytes(100));
  await rig.take(sent.messages);
  expect(statSync(join(rig.out, `${sent.clip}.mp4`)).mode & 0o777).toBe(file);
});

test("a plain clip in parts is put together and saved as it was sent", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey });
  const sent = await device.disclose(randomBytes(100_001), { partBytes: 10_000 });

  await rig.take(sent.messages);

  expect(rig.read(`${sent.clip}.mp4`).equals(sent.media)).toBe(true);
  expect(rig.partial()).toEqual([]);
});

test("a still is saved as a picture and does not get in the way of its clip", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey });
  const clip = await device.disclose(randomBytes(5_000));
  const still = await device.disclose(randomBytes(500), { clip: clip.clip, type: "image/jpeg" });

  await rig.take([...still.messages, ...clip.messages]);

  expect(rig.files()).toEqual(
    [".jpg", ".jpg.receipt.jws", ".mp4", ".receipt.jws"].map((ending) => `${clip.clip}${ending}`),
  );
});

test("the newest still is saved from its two retained messages, once, in either order", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey, identities: [identity] });
  const still = await device.disclose(randomBytes(500), { keys: [key], type: "image/jpeg" });
  const latest = [
    { suffix: "latest/receipt", payload: Buffer.from(still.receipt) },
    { suffix: "latest/still", payload: still.sent },
  ];

  await rig.take([...latest, ...latest.toReversed()]);

  expect(rig.read(`${still.clip}.jpg`).equals(still.media)).toBe(true);
  expect(rig.saved).toHaveLength(1);
  expect(rig.said).toEqual([]);
});

test("a preview is saved beside its still and its clip, and no half of one is taken for the other's", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey, identities: [identity] });
  const clip = await device.disclose(randomBytes(5_000), { keys: [key], partBytes: 2_000 });
  const about = { clip: clip.clip, keys: [key] };
  const still = await device.disclose(randomBytes(500), { ...about, type: "image/jpeg" });
  const preview = await device.disclose(randomBytes(900), { ...about, type: "image/webp" });
  const crossed = [
    { suffix: "latest/preview", payload: still.sent },
    { suffix: "latest/preview-receipt", payload: Buffer.from(still.receipt) },
  ];
  const true_ = [
    { suffix: "latest/receipt", payload: Buffer.from(still.receipt) },
    { suffix: "latest/preview", payload: preview.sent },
    { suffix: "latest/still", payload: still.sent },
    { suffix: "latest/preview-receipt", payload: Buffer.from(preview.receipt) },
  ];
  const [first, ...rest] = clip.messages;

  await rig.take([first!, ...crossed]);
  expect(rig.files()).toEqual([]);
  await rig.take([...true_, ...true_.toReversed(), ...rest]);

  expect(rig.read(`${clip.clip}.webp`).equals(preview.media)).toBe(true);
  expect(rig.read(`${clip.clip}.jpg`).equals(still.media)).toBe(true);
  expect(rig.read(`${clip.clip}.mp4`).equals(clip.media)).toBe(true);
  expect(rig.saved).toHaveLength(3);
  expect(rig.said).toEqual([expect.objectContaining({ type: "arrived", clip: clip.clip })]);
});

test("pictures that come before the device's key is known are saved once it is", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: "first" });
  const preview = await device.disclose(randomBytes(900), { type: "image/webp" });

  await rig.take([
    { suffix: "latest/preview", payload: preview.sent },
    { suffix: "latest/preview-receipt", payload: Buffer.from(preview.receipt) },
  ]);
  expect(rig.files()).toEqual([]);
  await rig.take([device.info]);

  expect(rig.files()).toEqual([`${preview.clip}.webp`, `${preview.clip}.webp.receipt.jws`]);
});

test("a still that is altered or past its day is not saved, and the old one is no news", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey });
  const still = await device.disclose(randomBytes(500), { type: "image/jpeg" });
  const old = await device.disclose(randomBytes(500), { type: "image/jpeg", notAfter: "2026-11-22T11:00:00.000Z" });
  const latest = ({ receipt, sent }: FakeDisclosure): WireMessage[] => [
    { suffix: "latest/receipt", payload: Buffer.from(receipt) },
    { suffix: "latest/still", payload: sent },
  ];

  await rig.take([latest(still)[0]!, altered(latest(still)[1]!), ...latest(old)]);

  expect([...rig.files(), ...rig.refused, ...rig.partial()]).toEqual([]);
});

test("an event sealed to the recipient is read, and one sealed to another is not", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey, identities: [identity] });
  const withdrawal = (clip: string): string =>
    JSON.stringify({ v: 1, event_type: "withdrawn", clip, at: "2026-11-22T12:00:00Z" });
  const [mine, other] = ["01k90000000000000000000000", "01k90000000000000000000001"];
  const stranger = await identityToRecipient(await generateX25519Identity());

  await rig.take([
    { suffix: "event/clip", payload: Buffer.from(await sealText(withdrawal(mine), [key])) },
    { suffix: "event/clip", payload: Buffer.from(await sealText(withdrawal(other), [stranger])) },
  ]);

  expect(rig.withdrawn).toEqual([mine]);
});

test("a clip that arrives a second time changes nothing and is acknowledged again", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey, identities: [identity] });
  const sent = await device.disclose(randomBytes(1_000), { keys: [key], partBytes: 100 });

  await rig.take(sent.messages);
  writeFileSync(join(rig.out, `${sent.clip}.mp4`), "the recipient has edited it");
  await rig.take(sent.messages);

  expect(rig.read(`${sent.clip}.mp4`).toString()).toBe("the recipient has edited it");
  expect(rig.said).toEqual([arrived(sent), arrived(sent)]);
  expect(rig.saved).toHaveLength(1);
  expect(rig.partial()).toEqual([]);
});

test("a clip the recipient has moved away is still known when it is sent again", async () => {
  const device = new FakeDevice();
  const first = await receiver({ trust: device.key.publicKey });
  const sent = await device.disclose(randomBytes(1_000));
  await first.take(sent.messages);
  for (const name of first.files()) writeFileSync(join(first.out, name), "");

  const second = await receiver({ trust: device.key.publicKey, out: first.out });
  await second.take(sent.messages);

  expect(second.saved).toEqual([]);
  expect(second.said).toEqual([arrived(sent)]);
});

test("another disclosure of the same clip is kept beside the first, never over it", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey });
  const first = await device.disclose(randomBytes(1_000));
  const second = await device.disclose(randomBytes(1_000), { clip: first.clip });

  await rig.take([...first.messages, ...second.messages]);

  expect(rig.read(`${first.clip}.mp4`).equals(first.media)).toBe(true);
  expect(rig.read(`${first.clip}.${second.disclosure}.mp4`).equals(second.media)).toBe(true);
});

test("a receiver that is stopped half-way goes on with the parts it has", async () => {
  const device = new FakeDevice();
  const sent = await device.disclose(randomBytes(1_000), { partBytes: 100 });
  const before = await receiver({ trust: device.key.publicKey });
  await before.take(sent.messages.slice(0, 6));

  const after = await receiver({ trust: device.key.publicKey, out: before.out });
  await after.take(sent.messages.slice(6));

  expect(after.read(`${sent.clip}.mp4`).equals(sent.media)).toBe(true);
});

test("a part that a power cut tore is asked for again, not put into the clip", async () => {
  const device = new FakeDevice();
  const sent = await device.disclose(randomBytes(1_000), { partBytes: 100 });
  const before = await receiver({ trust: device.key.publicKey });
  await before.take([...sent.messages.slice(0, 8), ...sent.messages.slice(10)]);
  const torn = `part-${sha256(sent.messages[2]!.payload)}`;
  writeFileSync(join(before.out, ".partial", "porch.anna", sent.clip, torn), "torn");

  const after = await receiver({ trust: device.key.publicKey, out: before.out });

  expect(after.intake.missing(sent.clip)).toEqual([2, 8, 9]);
  expect(after.files()).toEqual([]);
});

test("what is missing is named by its place, and nothing is asked for once nothing is missing", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey });
  const sent = await device.disclose(randomBytes(1_000), { partBytes: 100 });
  const without = (...suffixes: string[]): WireMessage[] =>
    sent.messages.filter(({ suffix }) => !suffixes.some((s) => suffix.endsWith(s)));

  await rig.take(without("part/3", "part/9", "manifest"));
  const noManifest = rig.intake.missing(sent.clip);
  await rig.take([sent.messages.at(-1)!]);
  const withManifest = rig.intake.missing(sent.clip);
  await rig.take(sent.messages);

  expect({ noManifest, withManifest, atLast: rig.intake.missing(sent.clip) }).toEqual({
    noManifest: [],
    withManifest: [3, 9],
    atLast: undefined,
  });
});

test("a withdrawal drops what has arrived so far, and leaves alone what is saved", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey, identities: [identity] });
  const whole = await device.disclose(randomBytes(100));
  const half = await device.disclose(randomBytes(1_000), { partBytes: 100 });
  await rig.take([...whole.messages, ...half.messages.slice(0, 4)]);
  const withdrawal = (clip: string): WireMessage => ({
    suffix: "event/clip",
    payload: Buffer.from(JSON.stringify({ v: 1, event_type: "withdrawn", clip, at: "2026-11-22T12:00:00Z" })),
  });

  await rig.take([withdrawal(whole.clip), withdrawal(half.clip)]);

  expect(rig.withdrawn).toEqual([whole.clip, half.clip]);
  expect(rig.files()).toHaveLength(2);
  expect(rig.partial()).toEqual([]);
});

const ENDINGS = { "video/mp4": ".mp4", "image/jpeg": ".jpg", "image/webp": ".webp" } as const;

/** A picture as it is sent: itself, then its receipt. */
function latest({ sent, receipt, manifest }: FakeDisclosure): WireMessage[] {
  const still = manifest.media.type === "image/jpeg";
  return [
    { suffix: still ? "latest/still" : "latest/preview", payload: sent },
    { suffix: still ? "latest/receipt" : "latest/preview-receipt", payload: Buffer.from(receipt) },
  ];
}

test(
  "whatever is shuffled, repeated, cut, forged, replayed or crossed, only true clips are ever written",
  { timeout: 90_000 },
  async () => {
    const device = new FakeDevice();
    const ben = new FakeDevice("porch", "ben");
    const forger = new FakeDevice();
    const clips = await Promise.all([
      device.disclose(randomBytes(900), { keys: [key], partBytes: 150 }),
      device.disclose(randomBytes(500), { partBytes: 100 }),
      device.disclose(randomBytes(400)),
      device.disclose(randomBytes(300), { keys: [key] }),
    ]);
    const foreign = await Promise.all([
      ben.disclose(randomBytes(400), { partBytes: 100 }),
      forger.disclose(randomBytes(400), { partBytes: 100 }),
      forger.disclose(randomBytes(400), { clip: clips[2].clip }),
      device.disclose(randomBytes(100), { notAfter: "2020-01-01T00:00:00Z" }),
    ]);
    const pictures = await Promise.all([
      device.disclose(randomBytes(200), { clip: clips[0].clip, keys: [key], type: "image/jpeg" }),
      device.disclose(randomBytes(250), { clip: clips[2].clip, type: "image/webp" }),
    ]);
    const falsePictures = await Promise.all([
      forger.disclose(randomBytes(250), { clip: clips[2].clip, type: "image/webp" }),
      ben.disclose(randomBytes(200), { clip: clips[1].clip, type: "image/jpeg" }),
    ]);
    const honest = [...clips.flatMap(({ messages }) => messages), ...pictures.flatMap(latest)];
    const all = [...honest, ...foreign.flatMap(({ messages }) => messages), ...falsePictures.flatMap(latest)];
    const truth = new Map(
      [...clips, ...pictures].map(({ clip, media, manifest }) => [`${clip}${ENDINGS[manifest.media.type]}`, media]),
    );

    const message = fc.nat(all.length - 1).map((n) => all[n]!);
    const hostile = fc.oneof(
      message,
      fc.tuple(message, fc.nat(2_000)).map(([{ suffix, payload }, n]) => ({ suffix, payload: payload.subarray(0, n) })),
      fc.tuple(message, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([{ suffix, payload }, at, mask]) => {
        const flipped = Buffer.from(payload);
        if (flipped.length > 0) flipped[at % flipped.length]! ^= mask;
        return { suffix, payload: flipped };
      }),
      fc.tuple(message, message).map(([{ suffix }, { payload }]) => ({ suffix, payload })),
      fc
        .tuple(message, fc.uint8Array({ maxLength: 300 }))
        .map(([{ suffix }, bytes]) => ({ suffix, payload: Buffer.from(bytes) })),
      fc.string().map((suffix) => ({ suffix, payload: Buffer.from("{}") })),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { maxLength: 60 }), fc.infiniteStream(fc.nat()), async (noise, order) => {
        const rig = await IntakeRig.start({ trust: device.key.publicKey, identities: [identity] });
        try {
          const shuffled = [...noise, ...honest]
            .map((message) => ({ message, rank: order.next().value }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ message }) => message);

          await rig.take(shuffled);
          const saved = (): string[] => rig.files().filter((name) => !name.endsWith(".receipt.jws"));
          for (const name of saved()) expect(truth.get(name)?.equals(rig.read(name)), name).toBe(true);
          await rig.take(honest);

          expect(saved()).toEqual([...truth.keys()].sort());
          expect(rig.saved).toHaveLength(truth.size);
        } finally {
          await rig.remove();
        }
      }),
      { numRuns: 40 },
    );
  },
);
