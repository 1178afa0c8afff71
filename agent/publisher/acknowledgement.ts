// What a receiver says on {recipient}/ack, read from whatever bytes arrive there (docs/spec/wire.md §5). Pure.
import { closed, integer, list, oneOf, parseJson, sha256, ulid } from "../spool/shape.ts";
import type { Acknowledgement } from "./topics.ts";

type Said<T extends Acknowledgement["type"]> = Extract<Acknowledgement, { type: T }>;

/** A receiver names no more missing parts than these at once. */
export const MOST_NAMED = 1_000;

const SHAPES = [
  closed<Said<"hello">>({ v: oneOf(1), type: oneOf("hello") }),
  closed<Said<"arrived">>({ v: oneOf(1), type: oneOf("arrived"), clip: ulid, sha256 }),
  closed<Said<"missing">>({
    v: oneOf(1),
    type: oneOf("missing"),
    clip: ulid,
    parts: list(MOST_NAMED, integer(0, 1_000_000)),
  }),
];

/** The most an acknowledgement may weigh, in bytes. */
export const ACKNOWLEDGEMENT_BYTES = 16_384;

/** Undefined for anything that is not exactly one of the three. */
export function parseAcknowledgement(bytes: Uint8Array): Acknowledgement | undefined {
  if (bytes.length > ACKNOWLEDGEMENT_BYTES) return undefined;
  const value = parseJson(bytes);
  for (const shape of SHAPES) if (shape(value)) return value;
  return undefined;
}
