// What follows from a mask that cannot be proven: a shut camera, and a clip that may not be announced.
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Capture } from "../../../agent/capture/capture.ts";
import { proveClip, UNPROVEN } from "../../../agent/capture/mask-proof.ts";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { DriverError } from "../../../drivers/error.ts";
import type { MaskWitness } from "../../../drivers/mask/mask.ts";
import { h264File, scratchDirectory } from "../../drivers/camera/footage.ts";
import { temporaryDirectory } from "./footage.ts";
import { Diary, ScriptedCamera } from "./scripted-camera.ts";

const directory = scratchDirectory();
const notProven = new DriverError("MASK_NOT_PROVEN", "picture 1 lacks it");

function rig() {
  const folder = temporaryDirectory();
  onTestFinished(() => folder[Symbol.dispose]());
  const clock = new SimulatedClock();
  const camera = new ScriptedCamera(clock);
  const diary = new Diary();
  const settings = { mode: "ready", preRollMs: 1000, postRollMs: 1000, maxClipMs: 9000, confirm: "none" } as const;
  const options = { camera, clock, clockTrusted: () => true, ids: () => "", clipsDir: folder.path, settings };
  const capture = new Capture({ ...options, listener: diary });
  onTestFinished(() => capture.stop());
  return { capture, camera, clock };
}

test("a camera whose mask is not in its first pictures twice in a row is shut, and not opened again by itself", async () => {
  const { capture, camera, clock } = rig();
  await capture.start();
  for (let time = 0; time < 2; time++) {
    await clock.advance(seconds(2));
    camera.feed.end(notProven);
  }
  await clock.advance(seconds(3600));

  expect(camera.feed.opened).toBe(2);
  expect(capture.status()).toMatchObject({ camera: "shut", shutBy: [UNPROVEN] });
});

test("once is an accident: the camera that then shows its mask goes on, and may have another accident later", async () => {
  const { capture, camera, clock } = rig();
  await capture.start();
  for (let time = 0; time < 3; time++) {
    await clock.advance(seconds(2));
    camera.feed.end(notProven);
    await clock.advance(seconds(40));
    await camera.play(1);
  }

  expect(capture.status().camera).toBe("open");
});

test("a camera whose pictures could not be looked at is tried again, with patience", async () => {
  const { capture, camera, clock } = rig();
  await capture.start();
  for (let time = 0; time < 5; time++) {
    await clock.advance(seconds(61));
    camera.feed.end(new DriverError("MASK_NOT_CHECKED", "no memory"));
  }
  await clock.advance(seconds(61));

  expect(camera.feed.opened).toBeGreaterThanOrEqual(5);
  expect(capture.status().shutBy).toEqual([]);
});

/** Answers in turn, and counts what it was shown. */
class ScriptedWitness implements MaskWitness {
  readonly #answers: (string | Error | undefined)[];
  readonly seen: number[] = [];

  constructor(...answers: (string | Error | undefined)[]) {
    this.#answers = answers;
  }

  async examine(units: AsyncIterable<Uint8Array>): Promise<string | undefined> {
    let count = 0;
    for await (const _ of units) count++;
    this.seen.push(count);
    const answer = this.#answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

const clip = h264File(join(directory, "clip.mp4"), { frames: 45, gop: 10 });
const noMemory = new DriverError("MASK_NOT_CHECKED", "killed");

test.each([
  ["proven at once", [undefined], undefined, [5]],
  ["not proven", ["block 3"], "MASK_NOT_PROVEN: block 3", [5]],
  ["looked at again when the decoder was killed, and proven then", [noMemory, undefined], undefined, [5, 5]],
  ["not proven when it cannot be looked at", [noMemory, noMemory], "MASK_NOT_CHECKED: killed", [5, 5]],
  [
    "not proven when something is wrong with us",
    [new TypeError("x"), new TypeError("x")],
    "MASK_NOT_CHECKED: TypeError: x",
    [5, 5],
  ],
] as const)("a clip is %s, by every key picture of it", async (_, answers, expected, seen) => {
  const witness = new ScriptedWitness(...answers);

  expect(await proveClip(witness, clip)).toBe(expected);
  expect(witness.seen).toEqual(seen);
});

test("a file that is no clip, or is gone, is not proven", async () => {
  expect(await proveClip(new ScriptedWitness(), join(directory, "nowhere.mp4"))).toMatch(/^CLIP_UNREADABLE: /);
});
