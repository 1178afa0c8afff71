// The beginning and the end of what a program wrote, however much that was; and its lines, however long they are. Pure.

/** Keeps the first `headBytes` and the last `tailBytes`: the first complaint and the last words of a program. */
export class BoundedText {
  readonly #headBytes: number;
  readonly #tailBytes: number;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  #skipped = 0;

  constructor(headBytes = 4096, tailBytes = 4096) {
    this.#headBytes = headBytes;
    this.#tailBytes = tailBytes;
  }

  push(chunk: Uint8Array): void {
    const room = this.#headBytes - this.#head.length;
    if (room > 0) this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)]);
    if (chunk.length <= room) return;
    const rest = chunk.subarray(Math.max(room, 0));
    const before = this.#tail.length + rest.length;
    const keep = Math.max(0, this.#tailBytes - rest.length);
    this.#tail = Buffer.concat([this.#tail.subarray(this.#tail.length - Math.min(keep, this.#tail.length)), rest]);
    if (this.#tail.length > this.#tailBytes) {
      this.#tail = Buffer.from(this.#tail.subarray(this.#tail.length - this.#tailBytes));
    }
    this.#skipped += before - this.#tail.length;
  }

  /** What was kept, with a line in between that says how much was not. */
  toString(): string {
    const gap = this.#skipped ? `\n[${this.#skipped} bytes skipped]\n` : "";
    return `${this.#head.toString()}${gap}${this.#tail.toString()}`;
  }
}

const NEWLINE = 0x0a;

/** Cuts chunks into lines (without their end). What is longer than `maxBytes` loses the rest of its line. */
export class LineSplitter {
  readonly #emit: (line: string) => void;
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(emit: (line: string) => void, maxBytes = 4096) {
    this.#emit = emit;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, end));
      this.#flush();
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  /** The stream has ended: a last line without its newline counts too. */
  end(): void {
    if (this.#bytes) this.#flush();
  }

  #keep(part: Uint8Array): void {
    const kept = part.subarray(0, this.#maxBytes - this.#bytes);
    if (kept.length === 0) return;
    this.#parts.push(kept);
    this.#bytes += kept.length;
  }

  #flush(): void {
    this.#emit(Buffer.concat(this.#parts).toString().replace(/\r$/, ""));
    this.#parts = [];
    this.#bytes = 0;
  }
}
