// The owner's answers that come over MQTT (docs/spec/consent.md §10.1): signed by owner_key, or, if the owner chose so, unsigned
// from whoever may write the topic. Reads and verifies; the gate decides.
import { AgentError } from "../error.ts";
import { PublicKey } from "../ledger/public-key.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { OwnerAnswer } from "./decision.ts";

/** The most an answer may weigh, in bytes. */
export const ANSWER_BYTES = 2048;
const LONGEST_LIFE_S = 7 * 86_400;
const AHEAD_S = 300;

/** What any answer says, signed or not. */
export interface UnsignedAnswer {
  readonly clip: string;
  readonly recipient: string;
  readonly answer: OwnerAnswer["answer"];
}

/** What the owner's key has signed: for these bytes, once, until `expires`. */
export interface SignedAnswer extends UnsignedAnswer {
  readonly clipSha256: string;
  readonly jti: string;
  readonly expires: WallTime;
}

/** What the device knows when it reads one. */
export interface AnswerContext {
  readonly device: string;
  /** Base64 of 32 raw bytes. */
  readonly ownerKey: string;
  readonly now: WallTime;
  readonly clockTrusted: boolean;
}

/**
 * Verifies a compact JWS by the owner's key.
 *
 * @throws AgentError ANSWER_NOT_VERIFIED, whatever is wrong with it.
 */
export function readSignedAnswer(payload: Uint8Array, context: AnswerContext): SignedAnswer {
  const text = payload.length > ANSWER_BYTES ? "" : Buffer.from(payload).toString("latin1").trimEnd();
  const [, header, claims, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]{86})$/.exec(text) ?? [];
  if (!header || !claims || !signature) throw refused("it is not a compact JWS");
  const { alg, typ, ...others } = object(header);
  if (alg !== "EdDSA" || typ !== "doorstep-answer" || Object.keys(others).length)
    throw refused("its header is another");
  const bytes = Buffer.from(signature, "base64url");
  const key = new PublicKey(Buffer.from(context.ownerKey, "base64"));
  // The last character has bits to spare: only one of its spellings counts, or one answer could have several.
  if (bytes.toString("base64url") !== signature || !key.verifies(Buffer.from(`${header}.${claims}`), bytes))
    throw refused("it was not signed by approvals.owner_key");
  return judged(object(claims), context);
}

function judged(claims: Record<string, unknown>, { device, now, clockTrusted }: AnswerContext): SignedAnswer {
  const { v, device: meant, clip_sha256: clipSha256, jti, iat, exp } = claims;
  const said = readPlain(claims);
  if (v !== 1 || !said || Object.keys(claims).length !== 9) throw refused("its claims are not those of an answer");
  if (meant !== device) throw refused("it is for another device");
  if (typeof clipSha256 !== "string" || !/^[0-9a-f]{64}$/.test(clipSha256)) throw refused("it names no clip's hash");
  if (typeof jti !== "string" || !/^[A-Za-z0-9_-]{16,64}$/.test(jti))
    throw refused("it has no jti of 16 to 64 characters");
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp))
    throw refused("it does not say when it was signed, and until when it holds");
  const [from, until] = [iat as number, exp as number];
  if (until <= from || until - from > LONGEST_LIFE_S) throw refused("it would hold for more than seven days");
  if (said.answer === "approved" && !clockTrusted)
    throw refused("the clock cannot be trusted, so its age cannot be told");
  if (from > now / 1000 + AHEAD_S) throw refused("it was signed in the future");
  if (until <= now / 1000 && clockTrusted) throw refused("it has expired");
  return { ...said, clipSha256, jti, expires: (until * 1000) as WallTime };
}

/**
 * Reads an unsigned answer.
 *
 * @throws AgentError ANSWER_NOT_VERIFIED when it is not exactly one.
 */
export function readUnsignedAnswer(payload: Uint8Array): UnsignedAnswer {
  if (payload.length > ANSWER_BYTES) throw refused("it is too long");
  const value = parsed(Buffer.from(payload).toString("utf8"));
  const said = readPlain(value);
  if (!said || value["v"] !== 1 || Object.keys(value).length !== 4) throw refused("it is not an answer");
  return said;
}

/** A signed answer is three words with dots between them; an unsigned one begins with a brace. */
export const looksSigned = (payload: Uint8Array): boolean => payload[0] !== 0x7b;

function readPlain({ clip, recipient, answer }: Record<string, unknown>): UnsignedAnswer | undefined {
  if (typeof clip !== "string" || !/^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(clip)) return undefined;
  if (typeof recipient !== "string" || !/^[a-z0-9_-]{1,40}$/.test(recipient)) return undefined;
  return answer === "approved" || answer === "denied" || answer === "withdrawn"
    ? { clip, recipient, answer }
    : undefined;
}

const object = (part: string): Record<string, unknown> => parsed(Buffer.from(part, "base64url").toString("utf8"));

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Falls through: what is no JSON is no answer.
  }
  throw refused("it is not a JSON object");
}

const refused = (detail: string): AgentError => new AgentError("ANSWER_NOT_VERIFIED", detail);
