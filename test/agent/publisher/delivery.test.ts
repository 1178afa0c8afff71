// From the outbox to a subscriber through a real mosquitto: what arrives, in which order, and what the recorder is told.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Manifest } from "../../../agent/publisher/topics.ts";
import { listen, type Message, say, startMosquitto } from "../../mosquitto.ts";
import { RECEIPT } from "../spool/samples.ts";
import { StandIn } from "./stand-in.ts";

const leaf = ({ topic }: Message): string => topic.split("/").slice(3).join("/");
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test("a clip arrives whole in one message, then its receipt, then the manifest, then the news of it", async () => {
  await using broker = await startMosquitto();
  await using anna = await listen(broker, ["doorstep/porch/anna/#"]);
  await using rig = await StandIn.create({ url: broker.url });
  const bytes = randomBytes(5_000_000);
  const { id, clip } = await rig.state.spool(bytes);

  rig.publish();
  const messages = await anna.until(4);

  expect(messages.map(leaf)).toEqual([
    `clip/${clip}/data`,
    `clip/${clip}/receipt`,
    `clip/${clip}/manifest`,
    "event/clip",
  ]);
  expect(messages.some(({ retain }) => retain)).toBe(false);
  expect(messages[0]!.payload.equals(bytes)).toBe(true);
  expect(messages[1]!.payload.toString()).toBe(RECEIPT);
  expect(JSON.parse(messages[2]!.payload.toString())).toEqual({
    v: 1,
    clip,
    disclosure: id,
    started: "2026-11-22T03:45:00.120Z",
    duration_s: 10,
    not_after: "2099-01-01T00:00:00.000Z",
    media: { type: "video/mp4", encrypted: false, bytes: 5_000_000, sha256: sha256(bytes) },
    transfer: { mode: "single" },
  });
  expect(JSON.parse(messages[3]!.payload.toString())).toMatchObject({ v: 1, event_type: "ready", clip });
  await rig.delivery(id, "accepted");

  await say(broker, "doorstep/porch/anna/ack", JSON.stringify({ v: 1, type: "arrived", clip, sha256: sha256(bytes) }));
  await rig.delivery(id, "confirmed");
});

for (const limit of [2_000_000, 262_144, 131_072])
  test(`a broker that takes ${limit} bytes gets a large clip in parts that fit, and a small one whole`, async () => {
    await using broker = await startMosquitto({ config: `max_packet_size ${limit}` });
    await using anna = await listen(broker, ["doorstep/porch/anna/clip/#"]);
    await using rig = await StandIn.create({ url: broker.url });
    const large = randomBytes(2_500_000);
    const small = randomBytes(100_000);
    const first = await rig.state.spool(large);
    const second = await rig.state.spool(small);

    rig.publish();
    await rig.delivery(first.id, "accepted");
    await rig.delivery(second.id, "accepted");
    await anna.until((all) => all.some(({ topic }) => topic.endsWith(`${second.clip}/manifest`)));

    const of = (clip: string): readonly Message[] => anna.messages.filter(({ topic }) => topic.includes(clip));
    const manifest = JSON.parse(of(first.clip).at(-1)!.payload.toString()) as Manifest;
    const parts = of(first.clip).filter(({ topic }) => topic.includes("/part/"));
    expect(of(first.clip).map(leaf)).toEqual([
      ...parts.map((_, n) => `clip/${first.clip}/part/${n}`),
      `clip/${first.clip}/receipt`,
      `clip/${first.clip}/manifest`,
    ]);
    const part_bytes = Math.min(limit - 1024, 1_000_000);
    expect(manifest.transfer).toEqual({
      mode: "parts",
      part_bytes,
      count: parts.length,
      sha256: parts.map(({ payload }) => sha256(payload)),
    });
    expect(sha256(Buffer.concat(parts.map(({ payload }) => payload)))).toBe(first.media.sha256);
    expect(of(second.clip).map(leaf)[0]).toBe(`clip/${second.clip}/data`);
  });

test("ten clips of 5 MB that drain stand in memory one after the other, never together", async () => {
  await using broker = await startMosquitto();
  await using _anna = await listen(broker, ["doorstep/porch/anna/clip/+/manifest"]);
  await using rig = await StandIn.create({ url: broker.url });
  const publisher = rig.fork();
  const megabytes = (field: "VmRSS" | "VmHWM"): number =>
    Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${publisher.pid!}/status`, "utf8"))![1]) / 1000;
  const first = await rig.clip(randomBytes(1_000));
  await rig.delivery(first.id, "accepted", "unheard");
  const idle = megabytes("VmRSS");

  const bytes = randomBytes(5_000_000);
  const clips: string[] = [];
  for (let n = 0; n < 10; n++) clips.push((await rig.clip(bytes)).id);
  for (const id of clips) await rig.delivery(id, "accepted", "unheard");

  // How little it is, the benchmarks say; here only that it is not all of them.
  expect(megabytes("VmHWM") - idle).toBeLessThan(25);
});
