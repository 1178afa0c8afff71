// Tells open pages that something has changed, as server-sent events (HTML §9.2). News, not facts: the page asks again.
import { seconds, type Clock } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";

const MOST_READERS = 16;
/** A reader that does not keep up is told to ask for everything again. */
const QUEUED = 64;
/** Keeps proxies from closing the line, and finds out who has gone. */
const BEAT = seconds(20);

/** What changed. `ref` is the clip, disclosure or request it is about, or "". */
export interface Change {
  /** A ledger entry's type, or what is in no ledger: "status", "clip.pinned", "clip.pictures". */
  readonly what: string;
  readonly ref: string;
}

interface Reader {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  lost: boolean;
}

const encoder = new TextEncoder();
const event = (name: string, data: unknown): Uint8Array =>
  encoder.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
const LOST = event("lost", {});

/** All open pages. */
export class ChangeFeed {
  readonly #clock: Clock;
  readonly #onBeat: () => void;
  readonly #readers = new Set<Reader>();

  /** `onBeat` is called every 20 seconds while somebody reads: sessions that have run out end then. */
  constructor(clock: Clock, onBeat: () => void = () => {}) {
    this.#clock = clock;
    this.#onBeat = onBeat;
  }

  note(change: Change): void {
    const line = event("change", change);
    for (const reader of this.#readers) this.#give(reader, line);
  }

  /** A stream until its reader goes or `ended` aborts. @throws AgentError EVENTS_REFUSED when too many read already. */
  stream(ended: AbortSignal | undefined): ReadableStream<Uint8Array> {
    if (this.#readers.size >= MOST_READERS) throw new AgentError("EVENTS_REFUSED", `${MOST_READERS} pages are open`);
    const gone = new AbortController();
    const over = ended ? AbortSignal.any([gone.signal, ended]) : gone.signal;
    let reader: Reader;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          reader = { controller, lost: false };
          this.#readers.add(reader);
          controller.enqueue(encoder.encode("retry: 1500\n\n"));
          void this.#beat(reader, over);
        },
        pull: () => {
          if (!reader.lost) return;
          reader.lost = false;
          this.#give(reader, LOST);
        },
        cancel: () => {
          this.#readers.delete(reader);
          gone.abort();
        },
      },
      new CountQueuingStrategy({ highWaterMark: QUEUED }),
    );
  }

  #give(reader: Reader, line: Uint8Array): void {
    if ((reader.controller.desiredSize ?? 0) > 0) reader.controller.enqueue(line);
    else reader.lost = true;
  }

  async #beat(reader: Reader, over: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#clock.sleep(BEAT, over);
        this.#onBeat();
        this.#give(reader, encoder.encode(": here\n\n"));
      }
    } catch {
      // The reader has gone, or its session has ended.
      if (this.#readers.delete(reader)) reader.controller.close();
    }
  }
}
