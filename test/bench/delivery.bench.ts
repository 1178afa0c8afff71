// From the outbox to the last byte at a subscriber, against mosquitto_pub of the same bytes in the same run; and what waiting clips cost in memory.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { StandIn } from "../agent/publisher/stand-in.ts";
import { startMosquitto } from "../mosquitto.ts";

const CLIP_BYTES = 5_000_000;
const ROUNDS = 15;
const WAITING = 100;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** A 5 MB clip, plain: milliseconds from the outbox to the subscriber, divided by those of `mosquitto_pub -f`, medians. Wanted: at most 1. */
export async function deliveryRatio(): Promise<{ readonly ratio: number; readonly detail: string }> {
  await using broker = await startMosquitto();
  const subscriber = await connectAsync(broker.url);
  await subscriber.subscribeAsync("#", { qos: 1 });
  let arrived: (at: number) => void = () => {};
  subscriber.on("message", (_topic, payload) => {
    if (payload.length === CLIP_BYTES) arrived(performance.now());
  });
  const next = (): Promise<number> => new Promise((resolve) => (arrived = resolve));
  await using rig = await StandIn.create({ url: broker.url });
  rig.fork();
  await rig.brokerState("connected");
  const bytes = randomBytes(CLIP_BYTES);
  const file = join(broker.dir, "clip.mp4");
  writeFileSync(file, bytes);

  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const { id } = await rig.state.spool(bytes);
    let end = next();
    let from = performance.now();
    rig.door.send({ type: "spooled", id });
    ours.push((await end) - from);
    await rig.delivery(id, "accepted");

    end = next();
    from = performance.now();
    const pub = spawn("mosquitto_pub", ["-p", String(broker.port), "-q", "1", "-t", "clip", "-f", file]);
    const gone = once(pub, "exit");
    theirs.push((await end) - from);
    await gone;
  }
  subscriber.end(true);
  const detail = `${median(ours).toFixed(1)} ms, mosquitto_pub ${median(theirs).toFixed(1)} ms, medians of ${ROUNDS}`;
  return { ratio: median(ours) / median(theirs), detail };
}

/** Peak resident memory of a publisher while a hundred 5 MB clips drain, divided by its idle memory. Wanted: at most 1.3. */
export async function drainingMemoryRatio(): Promise<{
  readonly ratio: number;
  readonly idleMb: number;
  readonly detail: string;
}> {
  await using broker = await startMosquitto();
  const subscriber = await connectAsync(broker.url);
  await subscriber.subscribeAsync("#", { qos: 1 });
  await using rig = await StandIn.create({ url: broker.url });
  const { pid } = rig.fork();
  const megabytes = (field: string): number =>
    Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;
  await rig.brokerState("connected");
  const ring = await rig.event();
  await rig.delivery(ring.id, "accepted");
  const idleMb = megabytes("VmRSS");

  const bytes = randomBytes(CLIP_BYTES);
  const clips: string[] = [];
  for (let n = 0; n < WAITING; n++) clips.push((await rig.state.spool(bytes)).id);
  const from = performance.now();
  for (const id of clips) rig.door.send({ type: "spooled", id });
  for (const id of clips) await rig.delivery(id, "accepted");
  const seconds = (performance.now() - from) / 1000;
  const peakMb = megabytes("VmHWM");
  subscriber.end(true);
  const rate = (WAITING * CLIP_BYTES) / 1e6 / seconds;
  return {
    ratio: peakMb / idleMb,
    idleMb,
    detail: `idle ${idleMb.toFixed(0)} MB, peak ${peakMb.toFixed(0)} MB, ${rate.toFixed(0)} MB/s`,
  };
}

if (import.meta.main) {
  const delivery = await deliveryRatio();
  process.stdout.write(`outbox to subscriber / mosquitto_pub: ${delivery.ratio.toFixed(2)} (${delivery.detail})\n`);
  const memory = await drainingMemoryRatio();
  process.stdout.write(
    `publisher's peak / idle memory while ${WAITING} clips drain: ${memory.ratio.toFixed(2)} (${memory.detail})\n`,
  );
}
