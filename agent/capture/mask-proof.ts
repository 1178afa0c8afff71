// Whether a clip may be announced: its key pictures, decoded again, show everything hidden that has to be (promise 10).
import { DriverError } from "../../drivers/error.ts";
import type { MaskWitness } from "../../drivers/mask/mask.ts";
import { AgentError } from "../error.ts";
import { keyPictures } from "../vault/key-pictures.ts";

/** Why camera and microphone are shut when a mask could not be proven. Only other eyes, or a restart, open them again. */
export const UNPROVEN = "a mask is not proven";

/** Looking again helps against a decoder that was killed, not against a mask that is not there. */
const ATTEMPTS = 2;

/** The camera says itself that its masks are not in what it coded: it must not be opened again as it is. */
export const isUnproven = (error: unknown): boolean => error instanceof DriverError && error.code === "MASK_NOT_PROVEN";

/**
 * Looks at every key picture of the finished clip in `file`. Answers why it may not be announced, beginning with a code, or
 * undefined; never rejects: what cannot be looked at is not proven. `anyStart`: the camera's start that it belongs to is no
 * longer remembered, because a crash lies between.
 */
export async function proveClip(witness: MaskWitness, file: string, anyStart = false): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++)
    try {
      const wrong = await witness.examine(units(file), { anyStart });
      return wrong === undefined ? undefined : `MASK_NOT_PROVEN: ${wrong}`;
    } catch (error) {
      if (attempt < ATTEMPTS) continue;
      return error instanceof DriverError || error instanceof AgentError
        ? error.message
        : `MASK_NOT_CHECKED: ${String(error)}`;
    }
}

async function* units(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const { unit } of keyPictures(file)) yield unit;
}
