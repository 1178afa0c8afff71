// A camera that plays a recording, at its own pace or faster. H.264 is passed through untouched; ffmpeg helps with the rest.
import { type FileHandle, open } from "node:fs/promises";
import { type Clock, type Uptime, milliseconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { mediabunny } from "../mp4/mp4.ts";
import type { AccessUnit, Camera } from "./camera.ts";
import { missingBytes } from "./file-shape.ts";
import { type ContainerContent, contentOf, openContainer, unitsOf } from "./recording-container.ts";
import { firstSps, looksRaw, rawUnits } from "./recording-raw.ts";
import { transcodedUnits } from "./recording-transcoded.ts";
import type { RecordedUnit } from "./recording.ts";

export interface ReplayOptions {
  readonly file: string;
  /** Starts again at the end. A recording that is damaged, or changes its picture, ends with its error all the same. */
  readonly loop: boolean;
  /** 1 is the recording's own pace, 10 is ten times as fast. Above 0. */
  readonly speed: number;
  /** The largest picture, where one has to be encoded anew. What is passed through keeps its size. */
  readonly width: number;
  readonly height: number;
  /** Pictures a second of a raw .h264 file, which does not say. */
  readonly fps: number;
  /** Default "ffmpeg". */
  readonly ffmpeg?: string;
}

const RAW_NAME = /\.(h264|264|avc)$/i;
const HEAD_BYTES = 64 * 1024;
/** Of the file, kept in memory: a recording is read once from front to back. */
const CACHE_BYTES = 1024 * 1024;
/** Keeps `at` strictly increasing where a recording's own times are closer than a clock can tell. */
const LEAST_STEP_MS = 0.001;

/** A recording in the place of a camera. */
export class ReplayCamera implements Camera {
  readonly #options: ReplayOptions;
  readonly #clock: Clock;

  constructor(options: ReplayOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /**
   * @throws DriverError CAMERA_FILE_MISSING, CAMERA_FILE_UNREADABLE, CAMERA_FILE_NOT_VIDEO, CAMERA_FILE_NO_VIDEO or
   *   FFMPEG_MISSING before the first picture; CAMERA_FILE_NO_KEYFRAME instead of one; CAMERA_FILE_DAMAGED,
   *   CAMERA_PICTURE_CHANGED or CAMERA_STREAM_BROKEN at the place where the recording breaks.
   */
  async *frames(signal: AbortSignal): AsyncGenerator<AccessUnit, void, undefined> {
    let start: Uptime | undefined;
    let passMs = 0;
    let last = -Infinity;
    do {
      let firstMs: number | undefined;
      let endMs = 0;
      for await (const { data, key, mediaMs, spanMs } of this.#recording(signal)) {
        if (signal.aborted) return;
        firstMs ??= mediaMs;
        start ??= this.#clock.uptime();
        const at = Math.max(start + (passMs + mediaMs - firstMs) / this.#options.speed, last + LEAST_STEP_MS) as Uptime;
        if (!(await this.#reach(at, signal))) return;
        yield { data, key, at };
        last = at;
        endMs = mediaMs - firstMs + spanMs;
      }
      passMs += endMs;
    } while (this.#options.loop && !signal.aborted);
  }

  /** False when aborted before the time has come. */
  async #reach(at: Uptime, signal: AbortSignal): Promise<boolean> {
    const span = at - this.#clock.uptime();
    if (span > 0) await this.#clock.sleep(milliseconds(span), signal).catch(() => {});
    return !signal.aborted;
  }

  async *#recording(signal: AbortSignal): AsyncGenerator<RecordedUnit, void, undefined> {
    const { file, fps } = this.#options;
    const { head, missing } = await examine(file);
    if (RAW_NAME.test(file) || looksRaw(head)) {
      const reordered = (firstSps(head)?.reorderFrames ?? 0) > 0;
      if (reordered) yield* this.#transcoded("pictures out of order (B-frames)", signal, fps);
      else yield* rawUnits(file, fps);
      return;
    }
    using input = openContainer(
      new (mediabunny().FilePathSource)(file, { maxCacheSize: CACHE_BYTES, handleUnhandledError: () => {} }),
    );
    const content = await contentOf(input);
    if (content === "h264") yield* unitsOf(input);
    else if (content === "no video" && !missing) throw new DriverError("CAMERA_FILE_NO_VIDEO", file);
    else if (content === "no video") throw new DriverError("CAMERA_FILE_DAMAGED", `${file}: its index is missing`);
    else yield* this.#transcoded(WHY_TRANSCODED[content], signal);
    if (missing) throw new DriverError("CAMERA_FILE_DAMAGED", `${file}: the last ${missing} bytes of it are missing`);
  }

  #transcoded(because: string, signal: AbortSignal, rawFps?: number): AsyncIterable<RecordedUnit> {
    const { file, width, height, ffmpeg } = this.#options;
    const more = { ...(rawFps ? { rawFps } : {}), ...(ffmpeg ? { ffmpeg } : {}) };
    return transcodedUnits({ file, width, height, because, ...more }, this.#clock, signal);
  }
}

const WHY_TRANSCODED: Record<Exclude<ContainerContent, "h264" | "no video">, string> = {
  "nothing readable": "a format that only ffmpeg may know",
  "h264 out of order": "pictures out of order (B-frames)",
  "other video": "another kind of video than H.264",
};

/** Opens the file once to see that it is one, and what it looks like. */
async function examine(file: string): Promise<{ head: Uint8Array; missing: number }> {
  let handle: FileHandle;
  try {
    handle = await open(file);
  } catch (error) {
    const missing = error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
    throw new DriverError(missing ? "CAMERA_FILE_MISSING" : "CAMERA_FILE_UNREADABLE", file, error);
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) {
      const what = stat.isDirectory() ? "a directory" : "not a regular file";
      throw new DriverError("CAMERA_FILE_NOT_VIDEO", `${file} is ${what}`);
    }
    if (stat.size === 0) throw new DriverError("CAMERA_FILE_NOT_VIDEO", `${file} is empty`);
    const head = Buffer.alloc(Math.min(HEAD_BYTES, stat.size));
    await handle.read(head, 0, head.length, 0);
    return { head, missing: await missingBytes(handle, stat.size) };
  } finally {
    await handle.close();
  }
}
