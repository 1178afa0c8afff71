// One configuration's eyes and ears: camera, inputs and light put together, started and stopped as one.
import type { Config } from "../../config/config.ts";
import type { Button } from "../../drivers/button/button.ts";
import type { Camera, Stills } from "../../drivers/camera/camera.ts";
import type { Chime } from "../../drivers/chime/chime.ts";
import type { Clock, Uptime } from "../../drivers/clock/clock.ts";
import type { Light } from "../../drivers/light/light.ts";
import type { MaskWitness } from "../../drivers/mask/mask.ts";
import type { Microphone } from "../../drivers/microphone/microphone.ts";
import type { Pir } from "../../drivers/pir/pir.ts";
import type { PrivacySwitch } from "../../drivers/privacy-switch/privacy-switch.ts";
import type { Service } from "../lifecycle.ts";
import type { ClipId } from "../vault/clip.ts";
import { Capture } from "./capture.ts";
import { Doorway } from "./doorway.ts";
import { LightKeeper, type LightState } from "./light-keeper.ts";
import { type CaptureListener, type CaptureStatus, watchedBy } from "./listener.ts";
import { proveClip, UNPROVEN } from "./mask-proof.ts";
import { captureSettings } from "./options.ts";
import { SleepStill } from "./sleep-still.ts";

/** The hardware of one configuration, chosen by the composition root. */
export interface Hardware {
  /** It paints over what masks and property hide, if there are any; `masks` then finds that in what was recorded. */
  readonly camera: Camera;
  readonly masks?: MaskWitness;
  /** For the time while the camera sleeps; refuses where anything is masked. */
  readonly stills?: Stills;
  readonly microphone?: Microphone;
  readonly pir?: Pir;
  readonly button?: Button;
  readonly light?: Light;
  readonly privacySwitch?: PrivacySwitch;
  readonly objection?: Pir;
  readonly chime?: Chime;
  /** A real PIR is not believed before. */
  readonly pirReadyAt?: Uptime;
  /** Presses a simulated input. @throws AgentError INPUT_NOT_SIMULATED. */
  press(input: "pir" | "button"): void;
}

export interface WatchOptions {
  readonly config: Config;
  readonly hardware: Hardware;
  readonly clock: Clock;
  readonly clockTrusted: () => boolean;
  readonly ids: () => ClipId;
  readonly clipsDir: string;
  readonly listener: CaptureListener;
  readonly onRing: () => void;
  readonly onPir: (active: boolean) => void;
  readonly onInputFault: (input: string, error: unknown) => void;
}

export class Watch implements Service {
  readonly name = "watch";
  readonly capture: Capture;
  readonly #doorway: Doorway;
  readonly #light: LightKeeper;
  readonly #still: SleepStill;
  readonly #hardware: Hardware;
  readonly #onInputFault: WatchOptions["onInputFault"];
  readonly #faults = new Map<string, string>();

  constructor(options: WatchOptions) {
    const { hardware, clock, listener } = options;
    this.#hardware = hardware;
    this.#onInputFault = options.onInputFault;
    // Closed at once, then opened as far as the light allows: each attempt of the camera begins with it.
    const withoutLight = async (): Promise<void> => {
      await this.capture.close(LIGHT);
      this.capture.open(LIGHT);
    };
    this.#light = new LightKeeper(hardware.light, () => void withoutLight());
    const told = watchedBy(listener, (status) => {
      this.#light.follow(status);
      if (status.camera === "shut") void this.#still.yield();
    });
    this.capture = new Capture({
      camera: hardware.camera,
      ...(hardware.microphone && { microphone: hardware.microphone }),
      clock,
      clockTrusted: options.clockTrusted,
      ids: options.ids,
      clipsDir: options.clipsDir,
      settings: captureSettings(options.config),
      listener: told,
      beforeOpen: async () => {
        await this.#still.yield();
        await this.#light.beforeOpen();
      },
      afterClose: () => this.#light.afterClose(),
      ...(hardware.pirReadyAt !== undefined && { pirReadyAt: hardware.pirReadyAt }),
    });
    const status = (): CaptureStatus => this.capture.status();
    this.#still = new SleepStill(hardware.stills, this.#light, status, (now) => told.onCameraState(now));
    this.#doorway = new Doorway({
      clock,
      capture: this.capture,
      ...(hardware.pir && { pir: hardware.pir }),
      ...(hardware.button && { button: hardware.button }),
      ...(hardware.privacySwitch && { privacySwitch: hardware.privacySwitch }),
      ...(hardware.objection && { objection: hardware.objection }),
      onRing: () => {
        void this.#chime((chime) => chime.ring());
        options.onRing();
      },
      onPir: options.onPir,
      onFault: (input, error) => this.#fault(input, error),
      onRecovered: (input) => this.#faults.delete(input),
    });
  }

  get light(): LightState {
    return this.#light.state;
  }

  /** Inputs that cannot be read now, with what is wrong. */
  get inputFaults(): ReadonlyMap<string, string> {
    return this.#faults;
  }

  async start(): Promise<void> {
    await this.#light.start();
    void this.#chime((chime) => chime.open());
    await this.#doorway.start();
    await this.capture.start();
  }

  /** Ends a running clip properly; the light goes out last. */
  async stop(): Promise<void> {
    await this.#doorway.stop();
    await this.#still.yield();
    await this.capture.stop();
    await this.#light.close();
    await this.#hardware.chime?.close();
  }

  /** What can change without closing the camera: spans and modes. */
  configure(config: Config): void {
    this.capture.configure(captureSettings(config));
  }

  press(input: "pir" | "button"): void {
    this.#hardware.press(input);
  }

  /** A picture of this moment while the camera sleeps: see {@link SleepStill.take}. */
  still(): Promise<Uint8Array> {
    return this.#still.take();
  }

  /** Answers why the clip in `file` may not be announced, or undefined. If it may not, the camera is shut. */
  async prove(file: string): Promise<string | undefined> {
    const { masks } = this.#hardware;
    const doubt = masks && (await proveClip(masks, file));
    // Not waited for: the clip whose telling this is belongs to what closing waits for.
    if (doubt !== undefined) void this.capture.close(UNPROVEN);
    return doubt;
  }

  /** A chime that cannot ring is a fault to tell of, and nobody else's trouble. */
  async #chime(use: (chime: Chime) => Promise<void>): Promise<void> {
    const { chime } = this.#hardware;
    if (!chime) return;
    try {
      await use(chime);
      this.#faults.delete("chime");
    } catch (error) {
      this.#fault("chime", error);
    }
  }

  /** What is tried again and fails again in the same way is told once. */
  #fault(input: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#faults.get(input) === message) return;
    this.#faults.set(input, message);
    this.#onInputFault(input, error);
  }
}

/** Why the camera is shut while its light cannot be trusted. */
const LIGHT = "light";

/** Whether going from one configuration to the other needs other hardware, or the same opened anew. */
export const needsOtherEyes = (before: Config, after: Config): boolean =>
  JSON.stringify(eyesOf(before)) !== JSON.stringify(eyesOf(after));

const eyesOf = ({
  camera: { source, width, height, fps, rotation, encoder },
  masks,
  property,
  trigger,
  chime,
  audio,
}: Config): unknown => [
  ...[source, width, height, fps, rotation, encoder, masks, property, chime, audio],
  ...[trigger.pir, trigger.button, trigger.light, trigger.privacySwitch, trigger.objection],
];
