// What a receiver refuses: the altered, the forged, what is for somebody else, and a history that was rewritten.
import { randomBytes } from "node:crypto";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { beforeAll, expect, test } from "vitest";
import { days } from "../../../drivers/clock/clock.ts";
import { FakeDevice, sha256, type FakeDisclosure } from "./fake-device.ts";
import { altered, receiver } from "./intake-rig.ts";

let identity: string;
beforeAll(async () => {
  identity = await generateX25519Identity();
});

test("without a trusted key nothing is saved, and everything is once the device has announced one", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: "first" });
  const sent = await device.disclose(randomBytes(1_000));

  await rig.take(sent.messages);
  const before = rig.files();
  await rig.take([device.info]);

  expect(before).toEqual([]);
  expect(rig.files()).toEqual([`${sent.clip}.mp4`, `${sent.clip}.receipt.jws`]);
});

test("a device whose key changes is refused, and what it signs now is not saved", async () => {
  const device = new FakeDevice();
  const impostor = new FakeDevice();
  const rig = await receiver({ trust: "first" });
  await rig.take([device.info]);
  const sent = await impostor.disclose(randomBytes(1_000));

  await rig.take([impostor.info, ...sent.messages]);

  expect(rig.alarms).toEqual(["DEVICE_KEY_CHANGED"]);
  expect(rig.refused).toEqual([`RECEIPT_SIGNATURE_WRONG ${sent.clip}`]);
  expect(rig.files()).toEqual([]);
});

test("the key from first sight is remembered over a restart", async () => {
  const device = new FakeDevice();
  const first = await receiver({ trust: "first" });
  await first.take([device.info]);

  const second = await receiver({ trust: "first", out: first.out });
  await second.take([new FakeDevice().info]);

  expect(second.alarms).toEqual(["DEVICE_KEY_CHANGED"]);
});

const REFUSALS: {
  name: string;
  code: string;
  make: (device: FakeDevice) => Promise<FakeDisclosure>;
}[] = [
  {
    name: "a receipt of another recipient's",
    code: "RECEIPT_FOR_ANOTHER",
    make: (device) => device.disclose(randomBytes(100), { claims: { sub: "ben" } }),
  },
  {
    name: "a receipt of another device's",
    code: "RECEIPT_FOR_ANOTHER",
    make: (device) => device.disclose(randomBytes(100), { claims: { iss: "garden" } }),
  },
  {
    name: "a clip that was not to be sent any more",
    code: "CLIP_EXPIRED",
    make: (device) => device.disclose(randomBytes(100), { notAfter: "2026-11-22T11:59:59.000Z" }),
  },
  {
    name: "a manifest that names another disclosure than the receipt",
    code: "MANIFEST_CONTRADICTED",
    make: (device) => device.disclose(randomBytes(100), { manifest: { disclosure: "01k9zzzzzzzzzzzzzzzzzzzzzz" } }),
  },
  {
    name: "a clip that is sealed to somebody else",
    code: "CLIP_FOR_ANOTHER_KEY",
    make: async (device) =>
      device.disclose(randomBytes(100), { keys: [await identityToRecipient(await generateX25519Identity())] }),
  },
];
for (const { name, code, make } of REFUSALS) {
  test(`is refused, once, and writes nothing: ${name}`, async () => {
    const device = new FakeDevice();
    const rig = await receiver({ trust: device.key.publicKey, identities: [identity] });
    const sent = await make(device);

    await rig.take(sent.messages);

    expect(rig.refused).toEqual([`${code} ${sent.clip}`]);
    expect(rig.files()).toEqual([]);
    expect(rig.said).toEqual([]);
  });
}

test("a clip that expires while its last part is on the way is not saved", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey });
  const sent = await device.disclose(randomBytes(1_000), { partBytes: 300 });

  await rig.take(sent.messages.slice(1));
  await rig.clock.advance(days(8));
  await rig.take(sent.messages.slice(0, 1));

  expect(rig.refused).toEqual([`CLIP_EXPIRED ${sent.clip}`]);
  expect(rig.partial()).toEqual([]);
});

test("a clip with one bit altered on the way is never saved, and is once the right bytes come", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey });
  const sent = await device.disclose(randomBytes(1_000));
  const [data, ...rest] = sent.messages;

  await rig.take([altered(data!), ...rest]);
  const before = { files: rig.files(), missing: rig.intake.missing(sent.clip) };
  await rig.take([data!]);

  expect(before).toEqual({ files: [], missing: [0] });
  expect(rig.read(`${sent.clip}.mp4`).equals(sent.media)).toBe(true);
});

test("parts that hash as their manifest says but do not make up the signed clip are refused", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey });
  const sent = await device.disclose(randomBytes(300), { partBytes: 100 });
  const forged = [randomBytes(100), randomBytes(100), randomBytes(100)];
  const manifest = {
    ...sent.manifest,
    transfer: { mode: "parts", part_bytes: 100, count: 3, sha256: forged.map(sha256) },
  };

  await rig.take([
    ...forged.map((payload, n) => ({ suffix: `clip/${sent.clip}/part/${n}`, payload })),
    { suffix: `clip/${sent.clip}/manifest`, payload: Buffer.from(JSON.stringify(manifest)) },
    sent.messages.at(-2)!,
  ]);
  const before = [...rig.refused, ...rig.files()];
  await rig.take(sent.messages);

  expect(before).toEqual([`PARTS_ALTERED ${sent.clip}`]);
  expect(rig.read(`${sent.clip}.mp4`).equals(sent.media)).toBe(true);
});

test("a receipt whose proof rewrites what was sent before is an alarm", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey });
  await rig.take((await device.disclose(randomBytes(100))).messages);
  device.forgetHistory();

  const again = await device.disclose(randomBytes(100));
  await rig.take(again.messages);

  expect(rig.alarms).toEqual(["HISTORY_REWRITTEN"]);
  expect(rig.refused).toEqual([`HISTORY_REWRITTEN ${again.clip}`]);
});

test("a history that was rewritten shows as soon as the next receipt, even when it is longer than before", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey });
  await rig.take((await device.disclose(randomBytes(100))).messages);
  device.forgetHistory();
  await device.disclose(randomBytes(100));

  await rig.take((await device.disclose(randomBytes(100))).messages);

  expect(rig.alarms).toEqual(["HISTORY_REWRITTEN"]);
});

test("a checkpoint that says otherwise than an earlier receipt is an alarm, and one that agrees is not", async () => {
  const device = new FakeDevice();
  const rig = await receiver({ trust: device.key.publicKey });
  await rig.take((await device.disclose(randomBytes(100))).messages);

  await rig.take([device.checkpoint]);
  const before = [...rig.alarms];
  device.forgetHistory();
  await device.disclose(randomBytes(100));
  await rig.take([device.checkpoint]);

  expect(before).toEqual([]);
  expect(rig.alarms).toEqual(["HISTORY_REWRITTEN"]);
  expect(rig.journal.checkpoint).toContain("doorstep/porch/anna\n1\n");
});

test("somebody who floods the topic costs a bounded folder, and true clips still arrive", async () => {
  const device = new FakeDevice();
  const limits = { clips: 3, clipBytes: 2_000, totalBytes: 4_000, pieces: 30, variants: 2 };
  const rig = await receiver({ trust: device.key.publicKey, limits });
  const sent = await device.disclose(randomBytes(1_000), { partBytes: 100 });

  for (let n = 0; n < 300; n++) {
    const clip = `01k9${String(n % 7).padStart(22, "0")}`;
    for (const leaf of ["data", `part/${n}`])
      await rig.take([{ suffix: `clip/${clip}/${leaf}`, payload: randomBytes(300) }]);
    await rig.take([{ suffix: `clip/${sent.clip}/part/0`, payload: randomBytes(90) }]);
  }
  const pieces = rig.partial().length;
  await rig.take(sent.messages);
  await rig.take(sent.messages);

  expect(pieces).toBeLessThanOrEqual(60);
  expect(rig.read(`${sent.clip}.mp4`).equals(sent.media)).toBe(true);
});
