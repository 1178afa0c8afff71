// Watches the live pictures for motion and tells Capture who is there, since when and in which zones.
import type { Area } from "../../config/config.ts";
import type { AccessUnit } from "../../drivers/camera/camera.ts";
import { type Clock, type Uptime, after, seconds } from "../../drivers/clock/clock.ts";
import { type VideoFormat, sameFormat, videoFormat } from "../../drivers/h264/h264.ts";
import type { LumaDecoder, LumaFrame, LumaStream } from "../../drivers/luma/luma.ts";
import type { Service } from "../lifecycle.ts";
import { Attention } from "./attention.ts";
import { MotionDetector, type Verdict } from "./detector.ts";
import { EventTracker, type MotionEvent } from "./events.ts";

/** What it needs of Capture. */
export interface Watched {
  subscribe(listener: (unit: AccessUnit) => void): () => void;
  trigger(trigger: "motion", at: Uptime): void;
  presence(source: "motion", present: boolean, at: Uptime): void;
  moved(zones: readonly string[], strength: number, at: Uptime): void;
  analysing(active: boolean): void;
}

export interface WatcherOptions {
  readonly capture: Watched;
  readonly luma: LumaDecoder;
  readonly clock: Clock;
  readonly zones: readonly Area[];
  /** 0–1, as in the configuration. */
  readonly sensitivity: number;
  /** Whether motion begins a clip by itself. */
  readonly trigger: boolean;
  /** "key": key pictures only. n: every n-th picture as well while there is a cause, meant to be about five a second. */
  readonly every: "key" | number;
  /** Motion began or ended: called with the event so far when it begins, and with all of it when it has ended. */
  readonly onMotion?: (event: MotionEvent, ended: boolean) => void;
  /** The decoder failed; it is started again with the next key picture after a pause. Must not throw. */
  readonly onFailure?: (error: unknown) => void;
}

const WIDTH = 160;
/** Without pictures for so long the camera is closed, and the decoder is let go. */
const SILENCE = seconds(10);
const PAUSE_MS = 10_000;
/** Pictures until the detector knows the place. */
const LEARNING = 3;

interface Watch {
  readonly stop: AbortController;
  readonly attention: Attention;
  readonly stream: LumaStream;
  readonly format: VideoFormat;
  readonly done: Promise<void>;
}

export class MotionWatcher implements Service {
  readonly name = "motion";
  readonly #options: WatcherOptions;
  #watch: Watch | undefined;
  #leave: (() => void) | undefined;
  #silence: (() => void) | undefined;
  #unitsSince = 0;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /** Begins with the next key picture. */
  async start(): Promise<void> {
    this.#leave = this.#options.capture.subscribe((unit) => this.#take(unit));
  }

  /** Resolves when the decoder is gone and Capture has been told that motion is no longer analysed. */
  async stop(): Promise<void> {
    this.#leave?.();
    await this.#end();
  }

  /** The camera has closed: there is nothing to decode until it opens again. */
  async cameraClosed(): Promise<void> {
    await this.#end();
  }

  #take(unit: AccessUnit): void {
    this.#unitsSince += 1;
    const format = unit.key ? videoFormat(unit.data) : undefined;
    if (format && this.#watch && !sameFormat(format, this.#watch.format)) void this.#end();
    if (format && !this.#watch && this.#options.clock.uptime() >= this.#notBefore) this.#begin(format);
    if (!this.#watch) return;
    const { attention, stream } = this.#watch;
    stream.attend(attention.unit(unit.data.byteLength, unit.key, unit.at));
    stream.push(unit);
  }

  #begin(format: VideoFormat): void {
    const { luma, every } = this.#options;
    const stop = new AbortController();
    const stream = luma.decode({ width: WIDTH, every }, stop.signal);
    const attention = new Attention();
    this.#watch = { stop, attention, stream, format, done: this.#follow(stream, attention, stop.signal) };
    this.#listenForSilence();
  }

  async #end(): Promise<void> {
    this.#silence?.();
    const watch = this.#watch;
    this.#watch = undefined;
    watch?.stop.abort();
    await watch?.done;
  }

  #listenForSilence(): void {
    this.#unitsSince = 0;
    this.#silence = after(this.#options.clock, SILENCE, () => {
      if (this.#unitsSince === 0) void this.#end();
      else this.#listenForSilence();
    });
  }

  /** Never rejects. */
  async #follow(stream: LumaStream, attention: Attention, signal: AbortSignal): Promise<void> {
    const { capture, clock, onFailure, onMotion } = this.#options;
    const tracker = new EventTracker();
    let newest = clock.uptime();
    try {
      let detector: MotionDetector | undefined;
      let pictures = 0;
      for await (const frame of stream.frames) {
        if (signal.aborted) break;
        detector ??= this.#detectorFor(frame);
        newest = frame.at;
        attention.seen(this.#judge(detector, tracker, frame), frame.at);
        pictures += 1;
        if (pictures === LEARNING) capture.analysing(true);
      }
    } catch (error) {
      onFailure?.(error);
    } finally {
      if (!signal.aborted) {
        this.#silence?.();
        this.#watch = undefined;
        this.#notBefore = clock.uptime() + PAUSE_MS;
      }
      capture.analysing(false);
      const ended = tracker.end();
      if (ended) {
        capture.presence("motion", false, newest);
        onMotion?.(ended, true);
      }
    }
  }

  #detectorFor({ width, height }: LumaFrame): MotionDetector {
    const { zones, sensitivity } = this.#options;
    return new MotionDetector({ width, height, zones, sensitivity });
  }

  #judge(detector: MotionDetector, tracker: EventTracker, { pixels, at }: LumaFrame): Verdict {
    const { capture, trigger, onMotion } = this.#options;
    const before = tracker.current;
    const verdict = detector.frame(pixels, at);
    const ended = tracker.push(verdict, at);
    const event = tracker.current;
    if (ended) {
      capture.presence("motion", false, at);
      onMotion?.(ended, true);
    }
    if (verdict.present) capture.moved(verdict.zones, verdict.strength, at);
    if (event && (ended || !before)) {
      if (trigger) capture.trigger("motion", event.startMs as Uptime);
      capture.presence("motion", true, at);
      onMotion?.(event, false);
    }
    return verdict;
  }
}
