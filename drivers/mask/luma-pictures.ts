// Decodes coded pictures to their luma, whole and untouched, with a short-lived ffmpeg: what the pattern is looked for in.
import { constants, setPriority } from "node:os";
import { nalType, NAL, nalUnits } from "../camera/nal-unit.ts";
import { parseSps } from "../camera/sps.ts";
import { type Clock, after, seconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { type SupervisedProcess, startProcess } from "../process/process.ts";

/** One decoded picture. It is lent: its memory holds the next one when that is asked for. */
export interface LumaPicture {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** A byte a pixel as it was coded, rows from the top, no padding. */
  readonly luma: Uint8Array;
}

export interface LumaPicturesOptions {
  readonly clock: Clock;
  /** A path, or a name that is looked up on PATH. */
  readonly ffmpeg: string;
  /** True when others need the processor more. */
  readonly background: boolean;
  readonly signal?: AbortSignal;
}

/** Two key pictures in a row are two pictures, even with the same idr_pic_id (H.264 §7.4.1.2.4). */
const DELIMITER = Uint8Array.of(0, 0, 0, 1, 9, 0xf0);
/** Far above what the key pictures of the longest clip take on the slowest board. */
const LIMIT = seconds(120);
/** The plane as it is: a conversion to grey would change its range. One thread, as for any picture nobody waits for. */
const DECODER =
  "-hide_banner -nostdin -loglevel error -threads 1 -probesize 32 -f h264 -i pipe:0 -fps_mode passthrough -vf extractplanes=y -f rawvideo pipe:1";

/**
 * Yields one picture for each of `units`, the first of which is a key picture with its parameter sets.
 *
 * @throws DriverError MASK_NOT_CHECKED when a unit gives no picture or there is no decoder; `signal`'s reason.
 */
export async function* lumaPictures(
  units: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { clock, ffmpeg, background, signal }: LumaPicturesOptions,
): AsyncGenerator<LumaPicture, void, undefined> {
  signal?.throwIfAborted();
  const source = iterate(units);
  const first = await source.next();
  if (first.done) return;
  const { width, height } = sizeOf(first.value);
  const child = startProcess({ program: ffmpeg, args: DECODER.split(" "), stdin: true, grace: seconds(1) }, clock);
  if (background) yieldProcessor(child);
  const abort = (): void => void child.kill("aborted");
  signal?.addEventListener("abort", abort, { once: true });
  const spare = after(clock, LIMIT, abort);
  const fed = feed(child, first.value, source);
  // Looked at below; until then its failure only ends the input.
  fed.catch(() => {});
  try {
    let pictures = 0;
    const luma = Buffer.allocUnsafeSlow(width * height);
    let filled = 0;
    for await (const chunk of child.stdout as AsyncIterable<Buffer>)
      for (let from = 0; from < chunk.length;) {
        const taken = chunk.copy(luma, filled, from);
        from += taken;
        filled += taken;
        if (filled < luma.length) continue;
        filled = 0;
        pictures++;
        yield { width, height, luma };
      }
    const { cause, stderr } = await child.ended;
    signal?.throwIfAborted();
    if (cause === "not-started") throw new DriverError("MASK_NOT_CHECKED", `no ${ffmpeg}: ${stderr.trim()}`);
    const count = await fed;
    const words = stderr.trim().split("\n").at(-1) ?? "";
    if (pictures !== count || filled > 0)
      throw new DriverError("MASK_NOT_CHECKED", `${pictures} of ${count} pictures could be decoded: ${words}`);
  } finally {
    spare();
    signal?.removeEventListener("abort", abort);
    await child.kill("no longer wanted");
    await source.return?.(undefined);
  }
}

function sizeOf(unit: Uint8Array): { width: number; height: number } {
  for (const nal of nalUnits(unit)) {
    const sps = nalType(nal[0]!) === NAL.sps ? parseSps(nal) : undefined;
    if (sps) return sps;
  }
  throw new DriverError("MASK_NOT_CHECKED", `no sequence parameter set in ${unit.length} bytes`);
}

async function* iterate(
  units: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  yield* units;
}

/** Writes as fast as ffmpeg reads, and says how many units there were. */
async function feed(
  child: SupervisedProcess,
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void, void>,
): Promise<number> {
  const stdin = child.stdin!;
  let units = 0;
  try {
    for (let unit: Uint8Array | void = first; unit && !stdin.destroyed; unit = (await rest.next()).value) {
      units++;
      if (nalType(unit[unit[2] === 1 ? 3 : 4] ?? 0) !== NAL.delimiter) stdin.write(DELIMITER);
      if (stdin.write(unit)) continue;
      await Promise.race([new Promise((resolve) => stdin.once("drain", resolve)), child.ended]);
    }
    return units;
  } finally {
    stdin.end();
  }
}

function yieldProcessor({ pid }: SupervisedProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or may not be told: it then only works at everybody's pace.
  }
}
