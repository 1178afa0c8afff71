// Raw pictures without marks: their size is proven by when the writer pauses, or nothing of them is shown. In told time.
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { RawCutter } from "../../../drivers/camera/raw-cutter.ts";
import { type RawStreamOptions, livePictures } from "../../../drivers/camera/raw-stream.ts";
import { milliseconds, seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { DriverError } from "../../../drivers/error.ts";
import type { Ending } from "../../../drivers/process/process.ts";

const FORMAT = { width: 32, height: 16, stride: 64 };
const PICTURE = 64 * 16 * 1.5;
const PERIOD = milliseconds(33);

/** A stream whose writer writes and pauses as told, and what came of it. */
function filming() {
  const clock = new SimulatedClock();
  const stdout = new PassThrough();
  const { promise: ended, resolve: end } = Promise.withResolvers<Ending>();
  const stop = (reason?: unknown): Promise<Ending> => {
    end({ cause: "stopped", signal: "SIGINT", stderr: "", reason });
    stdout.destroy();
    return ended;
  };
  const child: RawStreamOptions["child"] = { stdout, stderr: "", ended, stop };
  const fault = (code: "CAMERA_STALLED" | "CAMERA_PROGRAM_DIED") => () => new DriverError(code, "");
  const pictures = livePictures(
    {
      child,
      clock,
      cutter: (emit) => new RawCutter(FORMAT, emit),
      stamp: (at) => at,
      period: PERIOD,
      whyEnded: fault("CAMERA_PROGRAM_DIED"),
      whySilent: fault("CAMERA_STALLED"),
    },
    new AbortController().signal,
  );
  const seen: number[] = [];
  const outcome = (async () => {
    for await (const { at } of pictures) seen.push(at);
  })().catch((error: unknown) => error);
  const filmingStill = (): boolean => !stdout.destroyed;
  const write = async (bytes: number, pause: number): Promise<void> => {
    if (filmingStill()) stdout.write(Buffer.alloc(bytes));
    await clock.advance(milliseconds(pause));
  };
  return { clock, seen, outcome, write, filmingStill };
}

test("pictures are shown once three pauses in a row came after one whole picture each", async () => {
  const { seen, write } = filming();

  for (let n = 0; n < 8; n++) await write(PICTURE, PERIOD);

  expect(seen).toEqual([3, 4, 5, 6, 7].map((n) => n * PERIOD));
});

test.each([
  ["half as large", PICTURE / 2],
  ["twice as large", PICTURE * 2],
  ["a row larger", PICTURE + 64],
  ["an eighth smaller", (PICTURE / 8) * 7],
])("of pictures that are %s than we think none is shown, and the camera ends", async (_, size) => {
  const { seen, outcome, write } = filming();

  for (let n = 0; n < 40; n++) await write(size, PERIOD);

  expect(await outcome).toMatchObject({ code: "CAMERA_RAW_MISALIGNED" });
  expect(seen).toEqual([]);
});

test("bytes without a pause prove nothing: after the time for its start the camera ends", async () => {
  const { clock, seen, outcome, write } = filming();

  for (let ms = 0; ms < 15_000; ms += 5) await write(PICTURE / 4, 5);
  await clock.advance(seconds(1));

  expect(await outcome).toMatchObject({ code: "CAMERA_RAW_MISALIGNED" });
  expect(seen).toEqual([]);
});

test("a reader that is late now and then, and sees two pictures as one, does not end a proven camera", async () => {
  const { seen, write, filmingStill } = filming();
  for (let n = 0; n < 4; n++) await write(PICTURE, PERIOD);

  for (let n = 0; n < 20; n++) {
    await write(PICTURE * 2, PERIOD * 2);
    for (let on = 0; on < 3; on++) await write(PICTURE, PERIOD);
  }

  expect(seen.length).toBe(1 + 20 * 5);
  expect(filmingStill()).toBe(true);
});

test("a camera that says nothing at all is stalled, not misaligned", async () => {
  const { clock, outcome, write } = filming();
  await write(PICTURE, PERIOD);

  await clock.advance(seconds(16));

  expect(await outcome).toMatchObject({ code: "CAMERA_STALLED" });
});
