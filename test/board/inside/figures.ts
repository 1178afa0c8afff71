// Figures from inside the board, as one line of JSON: how late an edge is, at each driver and as a recording that has begun, and
// how many of many are lost; bare gpiomon beside. Arguments: number of edges, number of rings.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { milliseconds } from "../../../drivers/clock/clock.ts";
import { EdgeCount } from "../../../drivers/gpio/sysfs-edge-count.ts";
import { clock, drive, DRIVERS, watched } from "./bench.ts";
import { recordings } from "./recordings.ts";

const EDGES = Number(process.argv[2] ?? 10_000);
const RINGS = Number(process.argv[3] ?? 100);
const PERIOD_MS = 20;
/** Of a pause between two edges when the finger is late. */
const SHORTEST_MS = 15;
const LATENCY_EDGES = 200;

interface Watched {
  readonly name: string;
  readonly gpio: number;
  /** Number of edges seen, and how long each took to reach us, in milliseconds. */
  seen: number;
  readonly lateMs: number[];
}

/** When the finger moved last. */
let movedAt = 0;
const note = (one: Watched): void => {
  one.seen++;
  one.lateMs.push(clock.uptime() - movedAt);
};

const stop = new AbortController();
const lines = [17, 18];
// Both versions of gpiomon read the kernel's queue in the same way: one of them is enough.
const drivers = DRIVERS.slice(0, 2).map(({ name, make }, i) => {
  const one: Watched = { name, gpio: lines[i]!, seen: 0, lateMs: [] };
  const ended = (async () => {
    // The first is how the line was found.
    let first = true;
    for await (const _ of make().levels({ gpio: one.gpio, pull: "down" }, stop.signal)) {
      if (!first) note(one);
      first = false;
    }
  })();
  return { one, ended };
});
const bare: Watched = { name: "gpiomon", gpio: 20, seen: 0, lateMs: [] };
const gpiomon = spawn("gpiomon", ["-e", "both", "-F", "%e", "GPIO20"]);
gpiomon.stdout.on("data", (chunk: Buffer) => {
  for (const byte of chunk) if (byte === 10) note(bare);
});
const all = [...drivers.map(({ one }) => one), bare];
for (const { gpio } of all) {
  drive(gpio, false);
  await watched(gpio);
}

// One line after the other, each alone, so that they do not wait for one another.
const move = (one: Watched, up: boolean): void => {
  movedAt = clock.uptime();
  drive(one.gpio, up);
};
for (const one of all)
  for (let i = 0; i < LATENCY_EDGES; i++) {
    move(one, i % 2 === 0);
    await clock.sleep(milliseconds(PERIOD_MS));
  }
const late = new Map(all.map((one) => [one, one.lateMs.splice(0).sort((a, b) => a - b)]));
for (const one of all) one.seen = 0;

// At 50 Hz, moved by another process: a finger does not wait for whoever watches it. Again each line alone: three of them would be
// more than an emulated processor can watch, and what it misses then tells nothing about whom.
const paceHz = new Map<Watched, number>();
// What the kernel has counted on the line that sysfs has: an edge that it lost itself is nobody's to tell.
const kernels = EdgeCount.of(lines[0]!, [])!;
const before = kernels.read()!;
for (const one of all) {
  const fingers = spawn("/bin/bash", ["-c", FINGERS(one.gpio, EDGES, PERIOD_MS)]);
  const began = clock.uptime();
  await once(fingers, "exit");
  paceHz.set(one, Number(((1000 * EDGES) / (clock.uptime() - began)).toFixed(1)));
}
await clock.sleep(milliseconds(1_000));
const counted = new Map([[all[0]!, (kernels.read()! - before) >>> 0]]);
kernels.close();
stop.abort();
await Promise.all(drivers.map(({ ended }) => ended));
gpiomon.kill();

const at = (sorted: readonly number[], q: number): number =>
  Number((sorted[Math.floor((sorted.length - 1) * q)] ?? Number.NaN).toFixed(2));
const figures = all.map((one) => ({
  name: one.name,
  edges: EDGES,
  lost: EDGES - one.seen,
  kernel_lost: counted.has(one) ? EDGES - counted.get(one)! : undefined,
  pace_hz: paceHz.get(one)!,
  median_ms: at(late.get(one)!, 0.5),
  p99_ms: at(late.get(one)!, 0.99),
}));
const rings: { name: string; rings: number; median_ms: number; p99_ms: number }[] = [];
for (const { name, make } of DRIVERS.slice(0, 2)) {
  const lateMs = (await recordings(make(), RINGS)).sort((a, b) => a - b);
  rings.push({ name, rings: lateMs.length, median_ms: at(lateMs, 0.5), p99_ms: at(lateMs, 0.99) });
}
process.stdout.write(`${JSON.stringify({ figures, rings })}\n`);

/**
 * A program of bash's own commands that moves the line up and down, `edges` times, by the clock. What held it up is made good
 * again only a little at a time: edges in a burst would be faster than what is measured.
 */
function FINGERS(gpio: number, edges: number, periodMs: number): string {
  const move = (level: string): string => `echo pull-${level} >/run/board/gpio/sim_gpio${gpio}/pull; rest`;
  return `exec 9<> <(:)
    due=\${EPOCHREALTIME/./}
    rest() {
      now=\${EPOCHREALTIME/./}
      (( due += ${periodMs * 1000}, left = due - now, left >= ${SHORTEST_MS * 1000} )) || left=${SHORTEST_MS * 1000}
      printf -v pause '0.%06d' $left
      read -r -t $pause <&9
    }
    for ((i = 0; i < ${edges / 2}; i++)); do ${move("up")}; ${move("down")}; done
    true`;
}
