// SHA-256 as a string of 32 Latin-1 characters: what verification computes and compares by the million, for a fraction of what a
// Buffer each would cost.
import { hash } from "node:crypto";

/** 32 characters U+0000 to U+00FF, one a byte. Anything else, as of a damaged row, equals no digest. */
export type Digest = string;

export const DIGEST_BYTES = 32;

/** SHA-256 of these bytes; of the UTF-8 of a string. */
export const digestOf = (data: Uint8Array | string): Digest => hash("sha256", data, "binary");

const pair = Buffer.alloc(65);
pair[0] = 1;

/** The Merkle hash of two children (RFC 6962 §2.1); of damaged ones, something that equals nothing. */
export function pairDigest(left: Digest | undefined, right: Digest | undefined): Digest {
  if (left?.length !== DIGEST_BYTES || right?.length !== DIGEST_BYTES) return "";
  pair.write(left, 1, "latin1");
  pair.write(right, 33, "latin1");
  return digestOf(pair);
}

export const digestIn = (bytes: Buffer): Digest => bytes.toString("latin1");

export const bytesOf = (digest: Digest): Buffer => Buffer.from(digest, "latin1");
