// The watcher of a running camera: visits begin and hold clips, and the decoder comes and goes with the camera.
import { expect, onTestFinished, test } from "vitest";
import type { MotionEvent } from "../../../agent/motion/events.ts";
import { MotionWatcher, type Watched, type WatcherOptions } from "../../../agent/motion/watcher.ts";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import { seconds, type Uptime } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { DriverError } from "../../../drivers/error.ts";
import type { LumaDecoder, LumaFrame, LumaStream } from "../../../drivers/luma/luma.ts";
import { footage } from "../capture/footage.ts";
import { HEIGHT, house, noise, pictures, visitor, WIDTH } from "./scenery.ts";

/** A decoder that shows a drawn scene instead of what it is given: one picture a unit. */
class DrawnLuma implements LumaDecoder {
  readonly #scene: Uint8Array[];
  decoding = 0;
  /** For each unit, whether all were wanted. */
  readonly attended: boolean[] = [];
  failure: Error | undefined;

  constructor(scene: Uint8Array[]) {
    this.#scene = scene;
  }

  decode(_: unknown, signal: AbortSignal): LumaStream {
    const waiting: LumaFrame[] = [];
    let wake: (() => void) | undefined;
    signal.addEventListener("abort", () => wake?.());
    const frames = async function* (this: DrawnLuma): AsyncGenerator<LumaFrame> {
      this.decoding += 1;
      try {
        while (!signal.aborted) {
          if (this.failure) throw this.failure;
          const frame = waiting.shift();
          if (frame) yield frame;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        this.decoding -= 1;
      }
    }.call(this);
    const push = ({ at }: AccessUnit): void => {
      waiting.push({ width: WIDTH, height: HEIGHT, pixels: this.#scene.shift() ?? new Uint8Array(WIDTH * HEIGHT), at });
      wake?.();
    };
    return { push, attend: (closely) => void this.attended.push(closely), frames };
  }
}

function rig(options: Partial<WatcherOptions> = {}) {
  const clock = new SimulatedClock();
  const scene = [house, visitor({ from: 10, stands: [12, 20], to: 22 }), noise(2)];
  const luma = new DrawnLuma([...pictures({ seconds: 60, fps: 5, layers: scene })].map((picture) => picture.luma));
  const told: string[] = [];
  const zones = new Set<string>();
  let listener: ((unit: AccessUnit) => void) | undefined;
  const second = (at: number): string => (at / 1000).toFixed(0);
  const capture: Watched = {
    subscribe: (tap) => {
      listener = tap;
      return () => void (listener = undefined);
    },
    trigger: (trigger, at) => void told.push(`${second(at)} trigger ${trigger}`),
    presence: (_, present, at) => void told.push(`${second(at)} ${present ? "present" : "absent"}`),
    moved: (names) => names.forEach((name) => zones.add(name)),
    analysing: (active) => void told.push(active ? "analysing" : "not analysing"),
  };
  const events: MotionEvent[] = [];
  const watcher = new MotionWatcher({
    ...{ capture, luma, clock, sensitivity: 0.5, trigger: true, every: 1 },
    zones: [
      {
        name: "path",
        polygon: [
          [0, 0.3],
          [1, 0.3],
          [1, 1],
          [0, 1],
        ],
      },
    ],
    onMotion: (event, ended) => void (ended && events.push(event)),
    ...options,
  });
  onTestFinished(() => watcher.stop());
  const units = footage({ seconds: 2, fps: 5, keyEvery: 5, size: "160x90" });
  let shown = 0;
  const play = async (span: number): Promise<void> => {
    for (let n = 0; n < span * 5; n++) {
      listener?.({ ...units[shown++ % units.length]!, at: clock.uptime() });
      await clock.advance(seconds(0.2));
    }
  };
  return { watcher, luma, clock, play, told, zones, events };
}

test("a visit in the picture begins a clip, keeps it open, and lets it end", async () => {
  const { watcher, play, told, zones, events } = rig();
  await watcher.start();
  await play(40);

  expect(told).toEqual(["analysing", "10 trigger motion", "10 present", "24 absent"]);
  expect([...zones]).toEqual(["path"]);
  expect(events).toMatchObject([{ zones: ["path"] }]);
});

test("motion that is not to begin clips still keeps them open", async () => {
  const { watcher, play, told } = rig({ trigger: false });
  await watcher.start();
  await play(40);

  expect(told).toEqual(["analysing", "10 present", "24 absent"]);
});

test("every picture is decoded while somebody comes or goes, key pictures while nothing changes", async () => {
  const { watcher, play, luma } = rig();
  await watcher.start();
  await play(40);
  const share = (from: number, to: number): number =>
    luma.attended.slice(from * 5, to * 5).filter(Boolean).length / ((to - from) * 5);

  expect(share(10, 13)).toBeGreaterThan(0.7);
  expect(share(30, 40)).toBe(0);
});

test("a visit cut short by the end of watching is ended too", async () => {
  const { watcher, play, told, luma } = rig();
  await watcher.start();
  await play(15);
  await watcher.stop();

  expect(told.slice(-2)).toEqual(["not analysing", "15 absent"]);
  expect(luma.decoding).toBe(0);
});

test("the decoder is let go while the camera is closed and taken up again after", async () => {
  const { watcher, play, told, luma, clock } = rig();
  await watcher.start();
  await play(3);
  expect(luma.decoding).toBe(1);

  await clock.advance(seconds(25));
  expect(luma.decoding).toBe(0);

  await play(3);
  expect(luma.decoding).toBe(1);
  expect(told).toEqual(["analysing", "not analysing", "analysing"]);
});

test("a decoder that fails is reported, started again after a pause, and zones are unknown meanwhile", async () => {
  const failures: unknown[] = [];
  const { watcher, play, told, luma } = rig({ onFailure: (error) => void failures.push(error) });
  await watcher.start();
  await play(3);
  luma.failure = new DriverError("LUMA_UNDECODABLE", "a test");
  await play(1);
  expect(told).toEqual(["analysing", "not analysing"]);
  luma.failure = undefined;
  await play(4);
  expect(luma.decoding).toBe(0);

  await play(10);

  expect(failures).toHaveLength(1);
  expect(told[2]).toBe("analysing");
});

test("times are those of the pictures, whatever the clock says when they are looked at", async () => {
  const { watcher, play, events } = rig();
  await watcher.start();
  await play(40);

  expect(Math.abs(events[0]!.startMs - (10_000 as Uptime))).toBeLessThan(1000);
});

test("when the camera closes the decoder goes at once, and the next picture brings another", async () => {
  const { watcher, play, told, luma } = rig();
  await watcher.start();
  await play(5);
  await watcher.cameraClosed();
  const closed = luma.decoding;
  await play(5);

  expect([closed, luma.decoding, told]).toEqual([0, 1, ["analysing", "not analysing", "analysing"]]);
});
