// Bech32 (BIP 173) as age uses it: lower case, no limit of 90 characters. Reading only. Pure.

const ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const CHECKSUM_WORDS = 6;

export interface Bech32 {
  readonly prefix: string;
  readonly bytes: Uint8Array;
}

/** Prefix and bytes, or undefined if a character is foreign, the checksum wrong or the padding not zero. */
export function decodeBech32(text: string): Bech32 | undefined {
  const split = text.lastIndexOf("1");
  if (split < 1 || text.length - split - 1 < CHECKSUM_WORDS) return undefined;
  const prefix = text.slice(0, split);
  if (!/^[!-@[-~]+$/.test(prefix)) return undefined;
  const words = Array.from(text.slice(split + 1), (character) => ALPHABET.indexOf(character));
  if (words.includes(-1)) return undefined;
  const codes = Array.from(prefix, (character) => character.charCodeAt(0));
  const expanded = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...words];
  if (polymod(expanded) !== 1) return undefined;
  const bytes = toBytes(words.slice(0, -CHECKSUM_WORDS));
  return bytes && { prefix, bytes };
}

function polymod(words: readonly number[]): number {
  let sum = 1;
  for (const word of words) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    for (const [bit, generator] of GENERATOR.entries()) if ((top >> bit) & 1) sum ^= generator;
  }
  return sum >>> 0;
}

function toBytes(words: readonly number[]): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((words.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const word of words) {
    held = ((held << 5) | word) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  return bits < 5 && (held & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}
