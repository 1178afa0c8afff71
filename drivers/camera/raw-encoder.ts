// Raw pictures in, access units out: an ffmpeg child that encodes what it is handed, one picture for one picture.
import { type Clock, type Duration, type Uptime, seconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { type RawFormat, rawBytes } from "../mask/painter.ts";
import { type Ending, type SupervisedProcess, startProcess } from "../process/process.ts";
import type { AccessUnit } from "./camera.ts";
import { liveUnits } from "./live-stream.ts";
import type { RawCamera, RawPicture } from "./raw.ts";

/** What is encoded, and how. */
export interface RawEncoderOptions {
  readonly source: RawCamera;
  /** Nominal; the pictures keep their own times. */
  readonly fps: number;
  /** What turns the input into Annex B on stdout: see software-encoder.ts. */
  readonly encoder: readonly string[];
  /** ffmpeg's words for the colours of pictures in the limited range. */
  readonly colour?: readonly string[];
  /** Called with each picture before it goes to the encoder; may change it. What it throws ends the iteration. */
  readonly prepare?: (picture: RawPicture) => void;
  /** Default "ffmpeg". */
  readonly ffmpeg?: string;
  /** How long the encoder may take over its first picture, and how long it may be silent. */
  readonly startLimit?: Duration;
  readonly stallLimit?: Duration;
}

/**
 * glibc would give the memory of each picture back to the kernel, and fetch and clear it again for the next: a seventh of
 * all the work of encoding (malloc(3), mallopt(3)). Bytes.
 */
const KEEP_MEMORY = { MALLOC_TRIM_THRESHOLD_: "67108864", MALLOC_MMAP_THRESHOLD_: "33554432" };

/**
 * A busy board may stop an encoder half-way through writing a picture: what is there then must not be taken for all of it,
 * or its lower half would seem unpainted. The next picture tells, and only where none comes, time does.
 */
const PATIENCE = seconds(1);

/** What rpicam-vid and JPEG call YUV: BT.601's matrix, luma from 0 to 255. */
const FULL_RANGE = "-color_range pc -colorspace smpte170m -color_primaries bt709 -color_trc iec61966-2-1".split(" ");

/**
 * Opens the source, then the encoder, and yields access units as {@link Camera} does. What goes wrong with the source is
 * thrown as it is.
 *
 * @throws DriverError FFMPEG_MISSING, CAMERA_ENCODER_FAILED, CAMERA_PICTURE_CHANGED, and the source's own.
 */
export async function* encodedUnits(
  options: RawEncoderOptions,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<AccessUnit, void, undefined> {
  const { source, ffmpeg = "ffmpeg", startLimit, stallLimit } = options;
  const over = new AbortController();
  const pictures = source.pictures(AbortSignal.any([signal, over.signal]))[Symbol.asyncIterator]();
  const first = await pictures.next();
  if (first.done) return;
  const args = encoderArguments(first.value, options);
  const child = startProcess({ program: ffmpeg, args, variables: KEEP_MEMORY, stdin: true }, clock);
  void child.ended.then(() => over.abort());
  const taken: Uptime[] = [];
  const feeding = feed(options, child, first.value, pictures, taken);
  // The encoder gives one picture for each it gets, in order: no reordering, no lookahead.
  const stamp = (arrival: Uptime): Uptime => taken.shift() ?? arrival;
  const whyEnded = (ending: Ending): DriverError => whyEncoderEnded(ending);
  const whySilent = (): DriverError => new DriverError("CAMERA_ENCODER_FAILED", "ffmpeg gives no pictures");
  const limits = { ...(startLimit && { startLimit }), ...(stallLimit && { stallLimit }) };
  try {
    yield* liveUnits({ child, clock, stamp, whyEnded, whySilent, idle: PATIENCE, ...limits }, signal);
  } catch (error) {
    const { code } = await child.ended;
    const fed = await feeding;
    // A finite source has come to its end, and the encoder with it.
    if (fed.exhausted && code === 0) return;
    throw fed.error ?? error;
  } finally {
    over.abort();
    await child.stop();
    await feeding;
  }
}

/** Ended well, of itself, or for an error of the source's or of whoever prepares. */
interface Fed {
  readonly exhausted: boolean;
  readonly error?: unknown;
}

/** Never rejects: what goes wrong ends the encoder. */
async function feed(
  { prepare }: RawEncoderOptions,
  child: SupervisedProcess,
  first: RawPicture,
  rest: AsyncIterator<RawPicture>,
  taken: Uptime[],
): Promise<Fed> {
  const stdin = child.stdin!;
  try {
    for (let picture: RawPicture | undefined = first; picture;) {
      if (!sameFormat(picture.format, first.format))
        throw new DriverError("CAMERA_PICTURE_CHANGED", "in the middle of the stream");
      prepare?.(picture);
      if (stdin.destroyed) return { exhausted: false };
      taken.push(picture.at);
      await write(child, picture.pieces);
      const next = await rest.next();
      picture = next.done ? undefined : next.value;
    }
    stdin.end();
    return { exhausted: true };
  } catch (error) {
    void child.stop(error);
    return { exhausted: false, error };
  } finally {
    await rest.return?.();
  }
}

/** Resolves when the pipe has taken it all, or the encoder is gone. */
function write(child: SupervisedProcess, pieces: readonly Uint8Array[]): Promise<unknown> {
  const stdin = child.stdin!;
  return Promise.race([
    child.ended,
    new Promise<void>((resolve) => {
      stdin.cork();
      for (const [index, piece] of pieces.entries())
        stdin.write(piece, index === pieces.length - 1 ? () => resolve() : undefined);
      stdin.uncork();
    }),
  ]);
}

const sameFormat = (a: RawFormat, b: RawFormat): boolean =>
  a.width === b.width && a.height === b.height && a.stride === b.stride && rawBytes(a) === rawBytes(b);

function encoderArguments({ format, range }: RawPicture, { fps, encoder, colour = [] }: RawEncoderOptions): string[] {
  const { width, height, stride } = format;
  const size = ["-pix_fmt", "yuv420p", "-video_size", `${stride}x${height}`, "-framerate", String(fps)];
  // Rows may be longer than the picture is wide: cropping moves pointers only.
  const crop = stride === width ? [] : ["-vf", `crop=${width}:${height}:0:0`];
  const colours = range === "full" ? FULL_RANGE : colour;
  const full = range === "full" ? ["-color_range", "pc"] : [];
  const input = ["-f", "rawvideo", ...full, ...size, "-i", "pipe:0"];
  return ["-hide_banner", "-loglevel", "error", ...input, ...crop, ...colours, ...encoder];
}

function whyEncoderEnded({ cause, code, signal, stderr }: Ending): DriverError {
  if (cause === "not-started") return new DriverError("FFMPEG_MISSING", stderr.trim());
  const how = signal ? `by ${signal}` : `with exit code ${code}`;
  return new DriverError("CAMERA_ENCODER_FAILED", `ffmpeg ended ${how}: ${stderr.trim().slice(0, 200)}`);
}
