// A chime that plays a WAV file through aplay.
import { access, constants } from "node:fs/promises";
import { type Clock, after, minutes } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { type Ending, type SupervisedProcess, startProcess } from "../process/process.ts";
import type { Chime } from "./chime.ts";

export interface SoundOptions {
  readonly file: string;
  /** ALSA device; left out, the default one. */
  readonly device?: string;
  /** Default "aplay". */
  readonly program?: string;
}

/** A sound card that hangs must not hold the next ring up for ever. */
const LONGEST = minutes(1);

export class SoundChime implements Chime {
  readonly #options: SoundOptions;
  readonly #clock: Clock;
  #ringing: Promise<void> | undefined;
  #player: SupervisedProcess | undefined;

  constructor(options: SoundOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  async open(): Promise<void> {
    const { file } = this.#options;
    try {
      await access(file, constants.R_OK);
    } catch (error) {
      throw new DriverError("CHIME_SOUND_MISSING", file, error);
    }
  }

  ring(): Promise<void> {
    this.#ringing ??= this.#play().finally(() => (this.#ringing = undefined));
    return this.#ringing;
  }

  async close(): Promise<void> {
    await this.#player?.stop("closed");
  }

  async #play(): Promise<void> {
    await this.open();
    const { file, device, program = "aplay" } = this.#options;
    const args = ["--quiet", ...(device === undefined ? [] : ["--device", device]), "--", file];
    const player = startProcess({ program, args }, this.#clock);
    this.#player = player;
    player.stdout.resume();
    const spare = after(this.#clock, LONGEST, () => void player.kill("too long"));
    const ending = await player.ended;
    spare();
    this.#player = undefined;
    if (ending.reason !== "closed") complain(file, ending);
  }
}

function complain(file: string, { cause, code, signal, stderr }: Ending): void {
  if (cause === "not-started") throw new DriverError("CHIME_PLAYER_MISSING", stderr.trim().slice(0, 200));
  if (cause === "exited" && code === 0) return;
  const said = stderr.trim().split("\n")[0]?.slice(0, 200) ?? "";
  throw new DriverError("CHIME_NOT_PLAYED", `${file}: ${said || `aplay ended with ${signal ?? code}`}`);
}
