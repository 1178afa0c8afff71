// The recorder's eyes under the configuration in force: camera, inputs and light, and the look for motion in the picture.
import type { Config } from "../config/config.ts";
import type { Clock } from "../drivers/clock/clock.ts";
import type { LumaDecoder } from "../drivers/luma/luma.ts";
import type { Capture } from "./capture/capture.ts";
import { watchedBy, type CaptureListener } from "./capture/listener.ts";
import { needsOtherEyes, Watch, type Hardware } from "./capture/watch.ts";
import type { Gate } from "./consent/gate.ts";
import { MotionNews } from "./motion/news.ts";
import { motionPlan } from "./motion/plan.ts";
import { MotionWatcher } from "./motion/watcher.ts";
import type { ClipId } from "./vault/clip.ts";

export interface EyesOptions {
  readonly clock: Clock;
  readonly clockTrusted: () => boolean;
  readonly ids: () => ClipId;
  readonly clipsDir: string;
  /** @throws AgentError or DriverError when there is no such hardware: nothing opens. */
  readonly hardware: (config: Config) => Promise<Hardware>;
  readonly luma: LumaDecoder;
  readonly listener: CaptureListener;
  readonly gate: Pick<Gate, "considerEvent" | "motionEnded">;
  readonly onInputFault: (input: string, error: unknown) => void;
  /** Something could not be opened or decoded; the same failure of the decoder is told once. */
  readonly onFault: (error: unknown) => void;
}

export class Eyes {
  readonly #options: EyesOptions;
  #watch: Watch | undefined;
  #motion: MotionWatcher | undefined;
  #news: MotionNews | undefined;

  constructor(options: EyesOptions) {
    this.#options = options;
  }

  /** Undefined while nothing could be opened. */
  get watch(): Watch | undefined {
    return this.#watch;
  }

  /** Opens what the configuration names, after closing what was open. What cannot be opened stays closed, and is told. */
  async open(config: Config): Promise<void> {
    await this.close();
    const { clock, clockTrusted, ids, clipsDir, hardware, listener, onInputFault, onFault } = this.#options;
    try {
      this.#watch = new Watch({
        ...{ config, clock, clockTrusted, ids, clipsDir, onInputFault },
        hardware: await hardware(config),
        // The decoder goes when the camera does.
        listener: watchedBy(listener, ({ camera }) => {
          if (camera !== "open") void this.#motion?.cameraClosed();
        }),
        onRing: () => this.#rang(),
        onPir: (active) => this.#news?.pir(active),
      });
      await this.#lookForMotion(config, this.#watch.capture);
      await this.#watch.start();
    } catch (error) {
      onFault(error);
    }
  }

  /** Goes over to another configuration, closing the camera only if that needs it. */
  async follow(before: Config, after: Config): Promise<void> {
    if (!this.#watch || needsOtherEyes(before, after)) return this.open(after);
    this.#watch.configure(after);
    if (JSON.stringify(motionOf(before)) !== JSON.stringify(motionOf(after)))
      await this.#lookForMotion(after, this.#watch.capture);
  }

  /** Answers why a clip may not be announced, or undefined: see {@link Watch.prove}. */
  async prove(file: string): Promise<string | undefined> {
    return this.#watch ? this.#watch.prove(file) : "MASK_NOT_CHECKED: nobody knows what had to be hidden";
  }

  /** Ends a running clip properly. */
  async close(): Promise<void> {
    this.#news?.stop();
    await this.#watch?.stop();
    await this.#motion?.stop();
    this.#watch = this.#motion = this.#news = undefined;
  }

  async #lookForMotion(config: Config, capture: Capture): Promise<void> {
    const { clock, clockTrusted, luma, gate, onFault } = this.#options;
    this.#news?.stop();
    await this.#motion?.stop();
    this.#motion = undefined;
    const { plan, ...told } = motionOf(config);
    const news = (this.#news = new MotionNews({
      ...{ clock, clockTrusted, ...told },
      began: (event) => void gate.considerEvent(event).catch(onFault),
      ended: () => void gate.motionEnded().catch(onFault),
    }));
    if (!plan) return;
    let lastFailure = "";
    this.#motion = new MotionWatcher({
      ...plan,
      ...{ luma, clock },
      capture: {
        subscribe: (listener) => capture.subscribe(listener),
        trigger: (trigger, at) => capture.trigger(trigger, at),
        presence: (source, present, at) => capture.presence(source, present, at),
        moved: (zones, strength, at) => {
          capture.moved(zones, strength, at);
          news.moved(zones);
        },
        analysing: (active) => {
          if (active) lastFailure = "";
          capture.analysing(active);
          news.analysing(active);
        },
      },
      onMotion: (_, ended) => news.picture(!ended),
      onFailure: (error) => {
        // It is tried again every few seconds: one line is enough.
        if (String(error) !== lastFailure) onFault(error);
        lastFailure = String(error);
      },
    });
    await this.#motion.start();
  }

  #rang(): void {
    const { clock, clockTrusted, gate, onFault } = this.#options;
    gate
      .considerEvent({
        kind: "ring",
        at: clock.wall(),
        clockTrusted: clockTrusted(),
        triggers: ["button"],
        zones: "unknown",
      })
      .catch(onFault);
  }
}

/** How motion is looked for and told of under a configuration. */
const motionOf = (config: Config) => {
  const plan = motionPlan(config);
  const needsZones =
    plan !== undefined && config.recipients.some(({ events, zones }) => events === "auto" && zones !== "all");
  return { plan, video: plan?.trigger ?? false, needsZones };
};
