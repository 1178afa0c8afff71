// Public keys that clips are encrypted to, in age's own text form (C2SP age.md). Pure.
import { decodeBech32 } from "./bech32.ts";
import { type Kind, type Refusal, read, refuse } from "./kind.ts";

/** classic: X25519. post-quantum: ML-KEM-768 with X25519. One file is never encrypted to both. */
export type AgeFamily = "classic" | "post-quantum";

const CLASSIC_BYTES = 32;
// An ML-KEM-768 encapsulation key (FIPS 203 §8) and an X25519 public key.
const POST_QUANTUM_BYTES = 1184 + 32;
const MAX_KEYS = 16;

/** The family of a recipient, or undefined if `text` is not one: a typing error fails the checksum. */
export function ageFamily(text: string): AgeFamily | undefined {
  if (text.length > 2100) return undefined;
  const decoded = decodeBech32(text);
  if (decoded?.prefix === "age" && decoded.bytes.length === CLASSIC_BYTES) return "classic";
  if (decoded?.prefix === "age1pq" && decoded.bytes.length === POST_QUANTUM_BYTES) return "post-quantum";
  return undefined;
}

/** One recipient as text, or a list of one family. Read sorted and without repetitions: their order means nothing. */
export const ageKeysKind: Kind<readonly string[]> = {
  expected: 'a public key such as "age1…", or a list of them, all age1… or all age1pq1…',
  read(value) {
    const keys = Array.isArray(value) ? value : [value];
    if (keys.length === 0 || keys.length > MAX_KEYS)
      return refuse({ found: `a list of ${keys.length}`, expected: `1 to ${MAX_KEYS} public keys` });
    const families = keys.map((key: unknown) => (typeof key === "string" ? ageFamily(key) : undefined));
    const refusals = families.flatMap((family, index): Refusal[] =>
      family ? [] : [{ ...refusalOf(keys[index]), ...(Array.isArray(value) && { within: [index] }) }],
    );
    if (refusals.length) return { refusals };
    if (new Set(families).size > 1)
      return refuse({
        code: "CONFIG_AGE_KEY_INVALID",
        found: "age1… and age1pq1… together",
        expected: "keys of one family",
        hint: "mixed, a quantum computer would still open the file through the older key: write two recipients",
      });
    return read([...new Set(keys as string[])].sort());
  },
  write: (keys) => (keys.length === 1 ? keys[0] : keys),
};

function refusalOf(key: unknown): Refusal {
  const code = "CONFIG_AGE_KEY_INVALID";
  if (typeof key !== "string") return { code };
  if (/^age-secret-key/i.test(key.trim()))
    return {
      code: "CONFIG_SECRET_INLINE",
      found: "a secret key (not shown)",
      hint: "this is the half that stays with the recipient, and it is no secret any more: make a new pair, write the age1… line here",
    };
  if (ageFamily(key.trim().toLowerCase())) return { code, hint: "write it in lower case, without spaces" };
  if (key.startsWith("ssh-")) return { code, hint: "keys of ssh are not read: `doorstep keygen` makes an age key" };
  if (key.startsWith("age1")) return { code, hint: "a character is wrong or missing: copy the whole line again" };
  return { code };
}
