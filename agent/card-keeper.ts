// Keeps room on the card for the next clip: what may go goes, and while that is not enough the camera is closed.
import { type Clock, seconds } from "../drivers/clock/clock.ts";
import type { Capture } from "./capture/capture.ts";
import type { Sweeper } from "./vault/sweeper.ts";

const CARD_FULL = "card full";
/** No event tells of free room. Only looked at while there is none. */
const LOOK_AGAIN = seconds(5);
/** What a clip may need that nobody knows the size of. */
const SOME_CLIP_BYTES = 16 * 1024 * 1024;

export interface CardKeeperOptions {
  readonly clock: Clock;
  readonly spool: { bytes(): Promise<number> };
  readonly sweeper: () => Pick<Sweeper, "sweep" | "makeRoom">;
  readonly capture: () => Pick<Capture, "open" | "close"> | undefined;
  readonly alarm: (detail: string) => void;
  readonly onFault: (error: unknown) => void;
  /** Ends the waiting for room. */
  readonly stop: AbortSignal;
}

export class CardKeeper {
  readonly #options: CardKeeperOptions;
  /** In the spool, when last looked at. */
  spoolBytes = 0;
  #wanted = 0;
  #waiting = false;

  constructor(options: CardKeeperOptions) {
    this.#options = options;
  }

  /** What is too old goes, and there is room for the next clip, maybe twice as large. */
  async afterClip(bytes: number): Promise<void> {
    const { spool, sweeper } = this.#options;
    this.spoolBytes = await spool.bytes();
    await sweeper().sweep();
    await this.makeRoom(2 * bytes);
  }

  /** For a clip of `bytes`, by default one of a size that nobody knows. */
  async makeRoom(bytes = SOME_CLIP_BYTES): Promise<void> {
    const { sweeper, capture, alarm } = this.#options;
    this.#wanted = bytes;
    if (this.#waiting) return;
    const { enough, freeBytes } = await sweeper().makeRoom(bytes);
    if (enough) return;
    alarm(`${freeBytes} bytes are free, and deleting clips would not make room enough`);
    await capture()?.close(CARD_FULL);
    void this.#wait();
  }

  async #wait(): Promise<void> {
    if (this.#waiting) return;
    this.#waiting = true;
    const { clock, sweeper, capture, onFault, stop } = this.#options;
    while (!stop.aborted) {
      await clock.sleep(LOOK_AGAIN, stop).catch(() => {});
      try {
        if (stop.aborted || (await sweeper().makeRoom(this.#wanted)).enough) break;
      } catch (error) {
        onFault(error);
      }
    }
    this.#waiting = false;
    if (!stop.aborted) capture()?.open(CARD_FULL);
  }
}
