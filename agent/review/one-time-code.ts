// A code that signs in once: printed by `doorstep review code`, typed on the page within ten minutes. In memory only.
import { randomInt, timingSafeEqual } from "node:crypto";
import { after, minutes, rfc3339, type Clock, type WallTime } from "../../drivers/clock/clock.ts";

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
  #cancel = (): void => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(): IssuedCode {
    this.forget();
    const code = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
    this.#code = code;
    this.#cancel = after(this.#clock, LIFE, () => (this.#code = undefined));
    return {
      code: `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`,
      expires: rfc3339((this.#clock.wall() + LIFE) as WallTime),
    };
  }

  /** True once for the right code, however it is spaced or capitalised. */
  take(typed: string): boolean {
    const said = typed.toLowerCase().replaceAll(/[\s-]/g, "");
    if (this.#code === undefined || said.length !== LENGTH || !/^[a-z0-9]*$/.test(said)) return false;
    if (!timingSafeEqual(Buffer.from(said), Buffer.from(this.#code))) return false;
    this.forget();
    return true;
  }

  forget(): void {
    this.#cancel();
    this.#code = undefined;
  }
}
