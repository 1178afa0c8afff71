// One still picture while the camera sleeps. The light says so all the same, and whoever comes takes precedence.
import type { Stills } from "../../drivers/camera/camera.ts";
import { AgentError } from "../error.ts";
import type { LightKeeper } from "./light-keeper.ts";
import type { CaptureStatus } from "./listener.ts";

export class SleepStill {
  readonly #stills: Stills | undefined;
  readonly #light: LightKeeper;
  readonly #status: () => CaptureStatus;
  readonly #told: (status: CaptureStatus) => void;
  #stop: AbortController | undefined;
  #taking: Promise<unknown> = Promise.resolve();

  /** `stills` undefined: this camera cannot. `told` hears that the camera is open, and that it is closed again. */
  constructor(
    stills: Stills | undefined,
    light: LightKeeper,
    status: () => CaptureStatus,
    told: (status: CaptureStatus) => void,
  ) {
    this.#stills = stills;
    this.#light = light;
    this.#status = status;
    this.#told = told;
  }

  /**
   * A JPEG of this moment.
   *
   * @throws AgentError CAMERA_NOT_ASLEEP; DriverError LIGHT_… or CAMERA_….
   */
  async take(): Promise<Uint8Array> {
    const stills = this.#stills;
    if (!stills || this.#stop || this.#status().camera !== "asleep")
      throw new AgentError("CAMERA_NOT_ASLEEP", stills ? this.#status().camera : "this camera takes no stills");
    const stop = (this.#stop = new AbortController());
    const taking = this.#take(stills, stop.signal).finally(() => (this.#stop = undefined));
    this.#taking = taking.catch(() => {});
    return taking;
  }

  /** Gives the camera up at once; resolves when nothing holds it any longer. */
  async yield(): Promise<void> {
    this.#stop?.abort(new AgentError("CAMERA_NOT_ASLEEP", "it was wanted for something else"));
    await this.#taking;
  }

  async #take(stills: Stills, signal: AbortSignal): Promise<Uint8Array> {
    await this.#light.beforeOpen();
    this.#told({ ...this.#status(), camera: "open" });
    try {
      return await stills.still(signal);
    } finally {
      await this.#light.afterClose();
      this.#told(this.#status());
    }
  }
}
