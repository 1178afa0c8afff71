// A camera and a microphone that show and say what the test tells them to, on its clock; and a diary of what Capture told.
import type { CaptureListener, CaptureStatus, ClipDraft, FinishedClip } from "../../../agent/capture/listener.ts";
import type { AccessUnit, Camera } from "../../../drivers/camera/camera.ts";
import { milliseconds, type Uptime } from "../../../drivers/clock/clock.ts";
import type { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import type { AudioPacket, Microphone } from "../../../drivers/microphone/microphone.ts";
import { footage, sound } from "./footage.ts";

/** Hands out what it is given, one iteration at a time, until it is aborted, failed or ended. */
class Feed<T> {
  opened = 0;
  open = false;
  #waiting: T[] = [];
  #end: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  give(item: T): void {
    if (this.open) this.#waiting.push(item);
    this.#wake?.();
  }

  end(error?: Error): void {
    this.#end = { error };
    this.#wake?.();
  }

  /** A method, so that the compiler does not believe that nobody else can end the feed. */
  #ending(): { readonly error: Error | undefined } | undefined {
    return this.#end;
  }

  async *items(signal: AbortSignal): AsyncGenerator<T, void, void> {
    this.opened += 1;
    this.open = true;
    this.#end = undefined;
    this.#waiting = [];
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
    try {
      while (!signal.aborted) {
        const item = this.#waiting.shift();
        const end = this.#ending();
        if (item !== undefined) yield item;
        else if (end?.error) throw end.error;
        else if (end) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.open = false;
    }
  }
}

const FPS = 5;

export class ScriptedCamera implements Camera {
  readonly feed = new Feed<AccessUnit>();
  readonly #clock: SimulatedClock;
  #units = footage({ seconds: 4, fps: FPS, keyEvery: FPS, size: "160x90" });
  /** Every picture that was shown, in order. */
  readonly shown: AccessUnit[] = [];
  #next = 0;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  frames(signal: AbortSignal): AsyncIterable<AccessUnit> {
    this.#next = 0;
    return this.feed.items(signal);
  }

  /** Lets `seconds` pass; the camera shows five pictures in each, a key picture every second, if it is open. */
  async play(seconds: number, also?: () => void): Promise<void> {
    for (let n = 0; n < seconds * FPS; n++) {
      if (this.feed.open) {
        const unit = { ...this.#units[this.#next++ % this.#units.length]!, at: this.#clock.uptime() };
        this.shown.push(unit);
        this.feed.give(unit);
      }
      also?.();
      await this.#clock.advance(milliseconds(1000 / FPS));
    }
  }

  /** From the next picture on it has another size. */
  resize(size: string): void {
    this.#units = footage({ seconds: 4, fps: FPS, keyEvery: FPS, size });
    this.#next = 0;
  }
}

export class ScriptedMicrophone implements Microphone {
  readonly feed = new Feed<AudioPacket>();
  readonly #clock: SimulatedClock;
  readonly #packets = sound({ seconds: 10, startMs: 0 });
  #said = 0;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  packets(signal: AbortSignal): AsyncIterable<AudioPacket> {
    return this.feed.items(signal);
  }

  /** Says everything that is due by now. */
  speak(): void {
    for (;;) {
      const packet = this.#packets[this.#said % this.#packets.length]!;
      const at = this.#said * packet.durationMs;
      if (at > this.#clock.uptime()) return;
      this.#said += 1;
      this.feed.give({ ...packet, at: at as Uptime });
    }
  }
}

/** Writes down what it is told. */
export class Diary implements CaptureListener {
  readonly started: ClipDraft[] = [];
  readonly ready: FinishedClip[] = [];
  readonly failed: { id: string; error: unknown }[] = [];
  readonly discarded: string[] = [];
  readonly missed: string[] = [];
  readonly states: CaptureStatus[] = [];

  onStarted(draft: ClipDraft): void {
    this.started.push(draft);
  }
  onReady(clip: FinishedClip): void | Promise<void> {
    this.ready.push(clip);
  }
  onFailed(id: string, error: unknown): void {
    this.failed.push({ id, error });
  }
  onDiscarded(id: string): void {
    this.discarded.push(id);
  }
  onMissed(trigger: string, _at: Uptime, reason: string): void {
    this.missed.push(`${trigger}: ${reason}`);
  }
  onCameraState(status: CaptureStatus): void {
    this.states.push(status);
  }
}
