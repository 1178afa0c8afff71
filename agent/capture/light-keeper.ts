// Keeps the light truthful (promise 11): confirmed on before anything opens, off after the last process is reaped.
import { DriverError } from "../../drivers/error.ts";
import type { Light, LightPattern } from "../../drivers/light/light.ts";
import type { CaptureStatus } from "./listener.ts";

export interface LightState {
  readonly state: "none" | "off" | "on" | "failed";
  readonly detail: string;
  /** What to do about a failure. */
  readonly remedy?: string;
}

export class LightKeeper {
  readonly #light: Light | undefined;
  readonly #onFailure: (error: unknown) => void;
  #shown: LightPattern = "off";
  #failure: DriverError | undefined;
  #work: Promise<void> = Promise.resolve();

  /** `light` undefined: the owner wrote light = "none". `onFailure`: it cannot be driven while the camera is open, so close it. */
  constructor(light: Light | undefined, onFailure: (error: unknown) => void) {
    this.#light = light;
    this.#onFailure = onFailure;
    light?.onLost((error) => {
      this.#failure = error;
      onFailure(error);
    });
  }

  get state(): LightState {
    if (!this.#light) return { state: "none", detail: "as configured" };
    if (this.#failure !== undefined)
      return { state: "failed", detail: this.#failure.message, remedy: this.#failure.remedy };
    return this.#shown === "off" ? { state: "off", detail: "" } : { state: "on", detail: this.#shown };
  }

  /** Puts it out, whatever a process that died has left it at. What is wrong with it is known from then on. */
  async start(): Promise<void> {
    await this.#confirm("off").catch(() => {});
  }

  /** For Capture's beforeOpen. @throws DriverError LIGHT_…: the camera then stays closed. */
  async beforeOpen(): Promise<void> {
    await this.#show("steady");
  }

  /** For Capture's afterClose. A light that cannot be switched off errs on the side of the people at the door. */
  async afterClose(): Promise<void> {
    await this.#show("off").catch(() => {});
  }

  /** Shows what is open now. The microphone is the stronger word, then the recording. */
  follow({ camera, microphone, recording }: CaptureStatus): void {
    if (camera !== "open") return;
    const pattern = microphone === "open" ? "double-blink" : recording === undefined ? "steady" : "slow-blink";
    this.#work = this.#work.then(() => this.#show(pattern)).catch(this.#onFailure);
  }

  /** Off, and the line let go. */
  async close(): Promise<void> {
    await this.#work;
    await this.#light?.close();
    this.#shown = "off";
  }

  async #show(pattern: LightPattern): Promise<void> {
    if (pattern !== this.#shown || this.#failure !== undefined) await this.#confirm(pattern);
  }

  async #confirm(pattern: LightPattern): Promise<void> {
    if (!this.#light) return;
    try {
      await this.#light.show(pattern);
      this.#shown = pattern;
      this.#failure = undefined;
    } catch (error) {
      if (error instanceof DriverError) this.#failure = error;
      throw error;
    }
  }
}
