// Keeps packets that are larger than anything we subscribed to for out of the memory: it counts bytes instead of collecting them. Pure.

/** What becomes of a stretch of what came in. */
export interface Passed {
  /** Goes on to the parser. */
  readonly bytes: readonly Uint8Array[];
  /** Packet ids of QoS 1 messages that were too large and are gone: to be acknowledged, or the broker keeps a place for them. */
  readonly swallowed: readonly number[];
}

const PUBLISH = 3;

/** Follows the packets of one connection. */
export class InboundGuard {
  readonly #limit: number;
  /** Header bytes of the packet that begins here, until its length is known. */
  #header: number[] = [];
  /** Bytes of the present packet still to come. */
  #left = 0;
  #skipping: { readonly qos: number; readonly head: number[] } | undefined;

  /** @param limit the most that a packet's remaining length may be, in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Takes what came in. Returns undefined when it is not MQTT or cannot be skipped: the connection must end.
   */
  pass(chunk: Uint8Array): Passed | undefined {
    const bytes: Uint8Array[] = [];
    const swallowed: number[] = [];
    let at = 0;
    let from = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const count = Math.min(this.#left, chunk.length - at);
        if (this.#skipping) this.#remember(chunk.subarray(at, at + count));
        this.#left -= count;
        at += count;
        if (this.#left > 0 || !this.#skipping) continue;
        const id = skippedId(this.#skipping.head);
        if (this.#skipping.qos === 1 && id !== undefined) swallowed.push(id);
        this.#skipping = undefined;
        from = at;
        continue;
      }
      const fresh = this.#header.length === 0;
      if (fresh && at > from) bytes.push(chunk.subarray(from, at));
      if (fresh) from = at;
      this.#header.push(chunk[at++]!);
      const length = remainingLength(this.#header);
      if (length === undefined) continue;
      if (length < 0) return undefined;
      const [first] = this.#header as [number];
      if (length > this.#limit) {
        if (first >> 4 !== PUBLISH) return undefined;
        this.#skipping = { qos: (first >> 1) & 3, head: [] };
      } else bytes.push(Uint8Array.from(this.#header));
      this.#header = [];
      this.#left = length;
      from = at;
    }
    if (this.#header.length === 0 && !this.#skipping && from < at) bytes.push(chunk.subarray(from, at));
    return { bytes, swallowed };
  }

  /** Keeps the beginning of a packet that is skipped: topic length, topic, packet id. */
  #remember(part: Uint8Array): void {
    const { head } = this.#skipping!;
    for (const byte of part) {
      if (head.length >= 2 && head.length >= 4 + ((head[0]! << 8) | head[1]!)) return;
      head.push(byte);
    }
  }
}

/** The remaining length that `header` says; undefined if it does not say yet, -1 if it says nonsense. */
function remainingLength(header: readonly number[]): number | undefined {
  if (header.length < 2) return undefined;
  if ((header.at(-1)! & 0x80) !== 0) return header.length === 5 ? -1 : undefined;
  return header.slice(1).reduceRight((sum, byte) => sum * 128 + (byte & 0x7f), 0);
}

function skippedId(head: readonly number[]): number | undefined {
  const topic = ((head[0] ?? 0) << 8) | (head[1] ?? 0);
  const [high, low] = [head[2 + topic], head[3 + topic]];
  return high === undefined || low === undefined ? undefined : (high << 8) | low;
}
