// Reads a request that a stranger wrote (docs/spec/consent.md §10) and makes its text safe to show. Pure.
import type { WallTime } from "../../drivers/clock/clock.ts";

export const REQUEST_KINDS = ["disclosure", "access", "erasure", "objection"] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** What somebody asks for, cleaned. Nothing in it decides anything. */
export interface RequestText {
  readonly kind: RequestKind;
  /** Who they say they are. */
  readonly from: string;
  readonly why: string;
  readonly contact: string;
  readonly legalBasis: string;
  readonly span?: { readonly from: WallTime; readonly to: WallTime };
  /** Shown, and that is all (promise 5). */
  readonly emergency: boolean;
}

/** The most a request may weigh, in bytes. */
export const REQUEST_BYTES = 2048;
const MEMBERS: readonly string[] = ["v", "kind", "from", "why", "contact", "legal_basis", "span", "emergency"];

/** The request in `payload`, or undefined when it is not exactly one. */
export function readRequest(payload: Uint8Array): RequestText | undefined {
  if (payload.length > REQUEST_BYTES) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    return undefined;
  }
  if (!isObject(value) || value["v"] !== 1 || Object.keys(value).some((key) => !MEMBERS.includes(key)))
    return undefined;
  const kind = REQUEST_KINDS.find((known) => known === value["kind"]);
  const from = cleanText(value["from"], 1, 80);
  const why = cleanText(value["why"], 0, 800);
  const contact = cleanText(value["contact"] ?? "", 0, 200);
  const legalBasis = cleanText(value["legal_basis"] ?? "", 0, 200);
  const emergency = value["emergency"] ?? false;
  const span = value["span"] === undefined ? null : readSpan(value["span"]);
  if (!kind || from === undefined || why === undefined || contact === undefined || legalBasis === undefined)
    return undefined;
  if (typeof emergency !== "boolean" || span === undefined) return undefined;
  return { kind, from, why, contact, legalBasis, ...(span ? { span } : {}), emergency };
}

/**
 * `value` as text of `min` to `max` characters that cannot move a cursor, hide, or turn the line around: control, format,
 * private and unassigned characters become U+FFFD, white space becomes one space. Undefined when it is no such text.
 */
export function cleanText(value: unknown, min: number, max: number): string | undefined {
  if (typeof value !== "string" || value.length > 4 * max) return undefined;
  const clean = value
    .toWellFormed()
    .normalize("NFC")
    .replace(/[\s\u2028\u2029]+/gu, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}]/gu, "\u{FFFD}")
    .trim();
  const { length } = Array.from(clean);
  return length >= min && length <= max ? clean : undefined;
}

function readSpan(value: unknown): RequestText["span"] | undefined {
  if (!isObject(value) || Object.keys(value).length !== 2) return undefined;
  const [from, to] = [readInstant(value["from"]), readInstant(value["to"])];
  return from !== undefined && to !== undefined && from <= to ? { from, to } : undefined;
}

function readInstant(value: unknown): WallTime | undefined {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(value))
    return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : (at as WallTime);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Cyrillic and Greek letters, lower case, and the Latin ones they are taken for, in the same order. */
const LOOKALIKES = "аеорсухіјѕһԁԛԝкмтвнгαορνκιτυχεηω";
const LATIN = "aeopcyxijshdqwkmtbhraopvkituxenw";

/** The form in which names are compared: "Роlice " and "police" are the same requester. */
export const comparedName = (name: string): string =>
  Array.from(name.normalize("NFKC").toLowerCase(), (letter) => LATIN[LOOKALIKES.indexOf(letter)] ?? letter)
    .join("")
    .normalize("NFD")
    .replace(/[^\p{L}\p{N}]/gu, "");

/** Whether a name is written in letters of more than one alphabet, as somebody would who pretends to be somebody else. */
export const mixesAlphabets = (name: string): boolean =>
  [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u].filter((script) => script.test(name)).length > 1;
