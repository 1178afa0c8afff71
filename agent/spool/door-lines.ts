// The language of door.sock: one JSON object a line, at most 4 KiB, from a closed set; anything else ends the conversation. Pure.
// docs/spec/spool.md §4 is normative.
import { AgentError } from "../error.ts";
import { DOOR_LINE_BYTES, type PublisherToRecorder, type RecorderToPublisher, type SessionDocument } from "./door.ts";
import {
  type Check,
  closed,
  type Fields,
  integer,
  level,
  list,
  oneOf,
  optional,
  parseJson,
  text,
  ulid,
} from "./shape.ts";

type Message = RecorderToPublisher | PublisherToRecorder;
type Shapes<M extends Message> = { readonly [T in M["type"]]: Check<Extract<M, { type: T }>> };

/** A message of one type: `type` need not be repeated. */
const shape = <M extends Message>(type: M["type"], fields: Omit<Fields<M>, "type">): Check<M> =>
  closed<M>({ type: oneOf(type), ...fields } as unknown as Fields<M>);

const reference = integer(0, Number.MAX_SAFE_INTEGER);
const path = text(1024);
/** A topic or filter of anyone's: wildcards only where the spec of MQTT has them is the broker's business; no control characters. */
const topic = text(512, /^[^\p{Cc}]+$/u);
const code = text(64, /^[A-Z][A-Z0-9_]*$/);
const detail = text(500);
/** Of anything, bounded by the line. */
const object: Check<Readonly<Record<string, unknown>>> = (value): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const FROM_RECORDER: Shapes<RecorderToPublisher> = {
  session: shape("session", {
    v: oneOf(1),
    device: level,
    broker: closed<SessionDocument["broker"]>({
      url: text(512, /^(mqtts?|wss?):\/\/[^\s/]/),
      username: optional(text(256)),
      password_file: optional(path),
      ca_file: optional(path),
      cert_file: optional(path),
      key_file: optional(path),
    }),
    subscriptions: list(200, text(120, /^[a-z0-9_+-]+(\/[a-z0-9_+-]+)*$/)),
  }),
  retained: shape("retained", { topic, document: optional(object) }),
  open: shape("open", {}),
  closed: shape("closed", { retract: list(400, topic) }),
  spooled: shape("spooled", { id: ulid }),
  take_down: shape("take_down", { id: ulid }),
  stored: shape("stored", { ref: reference }),
  selftest: shape("selftest", { ref: reference }),
};

const FROM_PUBLISHER: Shapes<PublisherToRecorder> = {
  hello: shape("hello", { v: oneOf(1), version: text(64) }),
  broker: shape("broker", {
    state: oneOf("idle", "connecting", "connected", "refused", "unreachable"),
    protocol: optional(oneOf(4, 5)),
    code: optional(code),
    detail: optional(detail),
  }),
  delivery: shape("delivery", {
    id: ulid,
    state: oneOf("unheard", "accepted", "confirmed", "unconfirmed", "failed", "expired"),
    code: optional(code),
    detail: optional(detail),
  }),
  taken_down: shape("taken_down", {
    id: ulid,
    sent: oneOf("none", "part", "all"),
    parts: optional(reference),
    of: optional(reference),
  }),
  inbound: shape("inbound", { ref: reference, topic, payload_base64: text(DOOR_LINE_BYTES, /^[A-Za-z0-9+/]*={0,2}$/) }),
  retracted: shape("retracted", {}),
  selftest: shape("selftest", { ref: reference, outcome: detail }),
};

export type Reader<M extends Message> = (line: Uint8Array) => M | undefined;

/** What the recorder may say; undefined for anything else. */
export const readFromRecorder: Reader<RecorderToPublisher> = (line) => read(line, FROM_RECORDER);

/** What the publisher may say; undefined for anything else. */
export const readFromPublisher: Reader<PublisherToRecorder> = (line) => read(line, FROM_PUBLISHER);

/**
 * One line, its newline included.
 *
 * @throws AgentError DOOR_LINE_TOO_LONG; DOOR_LINE_REFUSED when the other side would not take it.
 */
export function writeLine(message: Message): string {
  const line = JSON.stringify(message);
  const bytes = new TextEncoder().encode(line);
  if (bytes.length >= DOOR_LINE_BYTES)
    throw new AgentError("DOOR_LINE_TOO_LONG", `${message.type}: ${bytes.length} bytes`);
  if (!readFromRecorder(bytes) && !readFromPublisher(bytes)) throw new AgentError("DOOR_LINE_REFUSED", message.type);
  return `${line}\n`;
}

/** Text cut to what a detail may hold. */
export const doorDetail = (detail: string): string => detail.toWellFormed().slice(0, 500);

function read<M extends Message>(line: Uint8Array, shapes: Shapes<M>): M | undefined {
  const value = parseJson(line);
  if (typeof value !== "object" || value === null) return undefined;
  const { type } = value as { type?: unknown };
  if (typeof type !== "string" || !Object.hasOwn(shapes, type)) return undefined;
  const check = shapes[type as M["type"]];
  return check(value) ? value : undefined;
}

/** Cuts a stream of bytes into messages, holding back at most one line. */
export class LineSplitter<M extends Message> {
  readonly #read: Reader<M>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(read: Reader<M>) {
    this.#read = read;
  }

  /**
   * The messages that `chunk` completes, in order.
   *
   * @throws AgentError DOOR_LINE_REFUSED for a line that is too long or not in the set. Nothing after it may be believed.
   */
  push(chunk: Uint8Array): M[] {
    const messages: M[] = [];
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const line = join(this.#rest, chunk.subarray(from, end));
      this.#rest = new Uint8Array(0);
      from = end + 1;
      const message = line.length < DOOR_LINE_BYTES ? this.#read(line) : undefined;
      if (!message) throw new AgentError("DOOR_LINE_REFUSED", `a line of ${line.length} bytes`);
      messages.push(message);
    }
    const left = chunk.length - from + this.#rest.length;
    if (left >= DOOR_LINE_BYTES) throw new AgentError("DOOR_LINE_REFUSED", `a line of ${left} bytes or more`);
    if (from < chunk.length) this.#rest = join(this.#rest, chunk.subarray(from));
    return messages;
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
