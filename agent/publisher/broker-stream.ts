// The bytes between MQTT.js and the socket. Lets a large payload pass from the disk to the socket in one place of the order,
// without ever standing in memory whole, and keeps what is too large from coming in.
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { release } from "../release.ts";
import { InboundGuard } from "./inbound-guard.ts";

/** Each is done with when the next is asked for. */
export type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** A packet that is not in memory: sent in one piece, between what was written before and after it. */
export interface Transmission {
  readonly head: Uint8Array;
  /** Of the whole packet. */
  readonly bytes: number;
  /** What follows the head. If it throws, the connection is destroyed before its last chunk: the broker drops what is not whole. */
  readonly chunks?: () => Chunks;
  /**
   * How many bytes of the packet have been handed to the socket so far, and how many of those the kernel has taken. What was
   * handed over may arrive, whatever happens afterwards.
   */
  readonly onProgress: (handed: number, taken: number) => void;
}

interface Queued {
  readonly transmission: Transmission;
  cancelled: boolean;
}

/** What MQTT.js takes for its socket. */
export class BrokerStream extends Duplex {
  readonly #inner: Duplex;
  readonly #guard: InboundGuard;
  readonly #queued = new WeakMap<Uint8Array, Queued>();

  /**
   * @param inner the socket. Destroyed with this.
   * @param inboundLimit the largest remaining length of a packet that is let in, in bytes.
   * @param onSwallowed told the packet id of each QoS 1 message that was kept out.
   */
  constructor(inner: Duplex, inboundLimit: number, onSwallowed: (messageId: number) => void) {
    super({ allowHalfOpen: false });
    this.#inner = inner;
    this.#guard = new InboundGuard(inboundLimit);
    inner.on("data", (chunk: Buffer<ArrayBuffer>) => {
      const passed = this.#guard.pass(chunk);
      if (!passed) return void this.destroy();
      for (const bytes of passed.bytes) if (!this.push(bytes)) inner.pause();
      for (const id of passed.swallowed) onSwallowed(id);
      if (passed.bytes.length === 0) release(chunk);
    });
    inner.on("end", () => this.push(null));
    inner.on("error", (error) => this.destroy(error));
    inner.on("close", () => this.destroy());
  }

  /**
   * Sends a packet when its turn comes. Resolves when the kernel has the last byte.
   *
   * @returns a promise that rejects when the stream dies first, and `cancel`, which answers whether that came early enough: not a byte of it had gone.
   */
  transmit(transmission: Transmission): { readonly done: Promise<void>; readonly cancel: () => boolean } {
    const place = Buffer.allocUnsafe(1);
    const queued: Queued = { transmission, cancelled: false };
    this.#queued.set(place, queued);
    const done = new Promise<void>((resolve, reject) => {
      this.write(place, (error) => (error ? reject(error) : resolve()));
    });
    const cancel = (): boolean => {
      queued.cancelled = this.#queued.has(place);
      return queued.cancelled;
    };
    return { done, cancel };
  }

  /** Drops the connection, and with it whatever the kernel has not sent yet. */
  reset(): void {
    if (this.#inner instanceof Socket) this.#inner.resetAndDestroy();
    this.destroy();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#queued.has(chunk)) void this.#sendAll([chunk], done);
    else this.#inner.write(chunk, done);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    void this.#sendAll(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#inner.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner.destroy();
    done(error);
  }

  /** In their order; small ones that have piled up go in one call to the kernel. */
  async #sendAll(chunks: readonly Buffer[], done: (error?: Error | null) => void): Promise<void> {
    try {
      for (let at = 0; at < chunks.length;) {
        const small: Transmission[] = [];
        for (; at < chunks.length && !this.#isStreamed(chunks[at]!); at++) small.push(...this.#take(chunks[at]!));
        for (const { head, onProgress } of small) onProgress(head.length, 0);
        if (small.length > 0) await this.#put(small.map(({ head }) => head));
        for (const { head, onProgress } of small) onProgress(head.length, head.length);
        if (at < chunks.length) for (const streamed of this.#take(chunks[at++]!)) await this.#send(streamed);
      }
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  }

  #isStreamed(chunk: Uint8Array): boolean {
    return this.#queued.get(chunk)?.transmission.chunks !== undefined;
  }

  /** What stands in this place of the order, now that its turn has come; nothing if it was withdrawn. */
  #take(chunk: Uint8Array): readonly Transmission[] {
    const queued = this.#queued.get(chunk);
    if (!queued) return [{ head: chunk, bytes: chunk.length, onProgress: () => {} }];
    this.#queued.delete(chunk);
    return queued.cancelled ? [] : [queued.transmission];
  }

  async #send({ head, bytes, chunks, onProgress }: Transmission): Promise<void> {
    let taken = 0;
    const put = async (...pieces: readonly Uint8Array[]): Promise<void> => {
      const handed = pieces.reduce((sum, { length }) => sum + length, taken);
      onProgress(handed, taken);
      await this.#put(pieces);
      taken = handed;
      onProgress(taken, taken);
    };
    let first: Uint8Array | undefined = head;
    for await (const chunk of chunks?.() ?? []) {
      // The head goes with the first of it, in one call to the kernel.
      await (first ? put(first, chunk) : put(chunk));
      first = undefined;
      // The kernel may take much at once: others have their turn in between.
      if (taken < bytes) await setImmediate();
    }
  }

  /** Waits until the kernel has all of it: only then may the pieces be written over. */
  #put(pieces: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#inner.cork();
      pieces.forEach((bytes, at) => {
        const isLast = at === pieces.length - 1;
        this.#inner.write(bytes, isLast ? (error) => (error ? reject(error) : resolve()) : undefined);
      });
      this.#inner.uncork();
    });
  }
}
