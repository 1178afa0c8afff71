// The code that an owner wrote on the card before the first start: good for one sign-in, which removes it from the device.
import { timingSafeEqual } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../durable.ts";

/** One file, put there before the recorder starts (agent/first-boot), gone once its code has been used. */
export class SetupCode {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /**
   * True once for the right code, however it is spaced or capitalised. It is off the card before anybody is let in.
   *
   * @throws the operating system's own error when it cannot be removed: then nobody is let in by it.
   */
  async take(typed: string): Promise<boolean> {
    const kept = (await readFile(this.#file, "utf8").catch(() => "")).trim();
    const said = Buffer.from(typed.toLowerCase().replaceAll(/[\s-]/g, ""));
    const code = Buffer.from(kept);
    if (code.length === 0 || said.length !== code.length || !timingSafeEqual(said, code)) return false;
    await rm(this.#file);
    await syncFolder(dirname(this.#file));
    return true;
  }
}
