// A code that signs in once: printed by `doorstep review code`, typed on the page within ten minutes. In memory only.
import { randomInt, timingSafeEqual } from "node:crypto";
import { minutes, rfc3339, type Clock, type Uptime, type WallTime } from "../../drivers/clock/clock.ts";

/** Without letters that look like digits, or like each other. 31^10 codes: about 49 bits. */
const ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz";
const LENGTH = 10;
const LIFE = minutes(10);

/** What the command prints. */
export interface IssuedCode {
  /** "k3m7p-x2r9w". */
  readonly code: string;
  /** RFC 3339. */
  readonly expires: string;
}

/** One code at a time: a new one replaces the last. */
export class OneTimeCode {
  readonly #clock: Clock;
  #code: string | undefined;
  #until = 0 as Uptime;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(): IssuedCode {
    const code = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
    this.#code = code;
    // No timer: it would keep the process from ending.
    this.#until = (this.#clock.uptime() + LIFE) as Uptime;
    return {
      code: `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`,
      expires: rfc3339((this.#clock.wall() + LIFE) as WallTime),
    };
  }

  /** True once for the right code, however it is spaced or capitalised. */
  take(typed: string): boolean {
    const said = typed.toLowerCase().replaceAll(/[\s-]/g, "");
    if (this.#clock.uptime() >= this.#until) this.forget();
    if (this.#code === undefined || said.length !== LENGTH || !/^[a-z0-9]*$/.test(said)) return false;
    if (!timingSafeEqual(Buffer.from(said), Buffer.from(this.#code))) return false;
    this.forget();
    return true;
  }

  forget(): void {
    this.#code = undefined;
  }
}
