// Plays what we cannot pass through (another codec, another container, B-frames) by having ffmpeg make H.264 of it.
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { type Clock, seconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { mediabunny } from "../mp4/mp4.ts";
import { type Ending, startProcess } from "../process/process.ts";
import { openContainer, unitsOf } from "./recording-container.ts";
import type { RecordedUnit } from "./recording.ts";

export interface Transcoding {
  readonly file: string;
  /** Pictures larger than this are made smaller, keeping their shape; smaller ones stay. */
  readonly width: number;
  readonly height: number;
  /** Why ffmpeg is needed, for the error when it is missing: "mjpeg video", "pictures out of order". */
  readonly because: string;
  /** For raw streams, which hold no times. */
  readonly rawFps?: number;
  /** Default "ffmpeg". */
  readonly ffmpeg?: string;
}

const KEY_PICTURE_EVERY_S = 2;
const CACHE_BYTES = 4 * 1024 * 1024;

const ENCODER = "-c:v libx264 -preset veryfast -bf 0 -pix_fmt yuv420p -fps_mode passthrough".split(" ");
/** One picture a fragment, so that each can be read as soon as it is encoded. */
const STREAMED_MP4 = "-movflags frag_every_frame+empty_moov+default_base_moof -flush_packets 1 -f mp4 pipe:1".split(
  " ",
);

function transcoderArguments({ file, width, height, rawFps }: Transcoding): string[] {
  const fit = `scale=min(${width}\\,iw):min(${height}\\,ih):force_original_aspect_ratio=decrease:force_divisible_by=2`;
  // "file:" keeps ffmpeg from reading a name with a colon as a protocol.
  const input = ["-i", `file:${file}`, "-map", "0:v:0", "-vf", fit];
  const raw = rawFps ? ["-f", "h264", "-framerate", String(rawFps)] : [];
  const keys = ["-force_key_frames", `expr:gte(t,n_forced*${KEY_PICTURE_EVERY_S})`];
  return ["-hide_banner", "-loglevel", "error", "-nostdin", ...raw, ...input, ...ENCODER, ...keys, ...STREAMED_MP4];
}

/**
 * The pictures of any recording that ffmpeg can read.
 *
 * @throws DriverError FFMPEG_MISSING, CAMERA_FILE_NOT_VIDEO, CAMERA_FILE_NO_VIDEO, CAMERA_FILE_DAMAGED.
 */
export async function* transcodedUnits(
  transcoding: Transcoding,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<RecordedUnit, void, undefined> {
  const child = startProcess(
    { program: transcoding.ffmpeg ?? "ffmpeg", args: transcoderArguments(transcoding), grace: seconds(1) },
    clock,
  );
  // It may be waiting for us to read on, and would not hear a signal before.
  const abort = (): void => {
    child.stdout.destroy();
    void child.stop();
  };
  signal.addEventListener("abort", abort, { once: true });
  const stream = Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>;
  const input = openContainer(
    new (mediabunny().ReadableStreamSource)(stream, {
      maxCacheSize: CACHE_BYTES,
      handleUnhandledError: () => {},
    }),
  );
  let pictures = 0;
  try {
    for await (const unit of unitsOf(input)) {
      pictures++;
      yield unit;
    }
    judge(await child.ended, transcoding, pictures);
  } catch (error) {
    if (signal.aborted) return;
    // What ffmpeg says of the file is worth more than what we make of its output. If it has said all, let it end itself.
    judge(await (child.stdout.readableEnded ? child.ended : child.stop()), transcoding, pictures);
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
    input.dispose();
    abort();
    await child.ended;
  }
}

function judge({ cause, code, stderr }: Ending, { file, because }: Transcoding, pictures: number): void {
  const complaint = stderr.trim().split("\n")[0] ?? "";
  if (cause === "not-started") throw new DriverError("FFMPEG_MISSING", `${file} holds ${because}`);
  if (/matches no streams|does not contain any stream/.test(stderr))
    throw new DriverError("CAMERA_FILE_NO_VIDEO", file);
  if (pictures === 0 && code) throw new DriverError("CAMERA_FILE_NOT_VIDEO", `${file}: ${complaint}`);
  const damaged = /truncat|partial file|moov atom not found|invalid data|end of file/i.test(stderr);
  if (damaged || (cause === "exited" && code) || cause === "signalled") {
    throw new DriverError("CAMERA_FILE_DAMAGED", `${file}: ${complaint}`);
  }
}
