// The bytes between MQTT.js and the socket. Lets a large payload pass from the disk to the socket in one place of the order,
// without ever standing in memory whole, and keeps what is too large from coming in.
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { InboundGuard } from "./inbound-guard.ts";

/** A packet that is not in memory: sent in one piece, between what was written before and after it. */
export interface Transmission {
  readonly head: Uint8Array;
  /** What follows the head. If it throws, the connection is destroyed before its last chunk: the broker drops what is not whole. */
  readonly chunks?: () => AsyncIterable<Uint8Array>;
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
    inner.on("data", (chunk: Buffer) => {
      const passed = this.#guard.pass(chunk);
      if (!passed) return void this.destroy();
      for (const bytes of passed.bytes) if (!this.push(bytes)) inner.pause();
      for (const id of passed.swallowed) onSwallowed(id);
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
    const place = Buffer.alloc(1);
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
    const queued = this.#queued.get(chunk);
    if (!queued) return void this.#inner.write(chunk, done);
    this.#queued.delete(chunk);
    if (queued.cancelled) return done();
    void this.#send(queued.transmission, done);
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

  async #send({ head, chunks, onProgress }: Transmission, done: (error?: Error | null) => void): Promise<void> {
    try {
      let taken = 0;
      const put = async (bytes: Uint8Array): Promise<void> => {
        onProgress(taken + bytes.length, taken);
        await this.#put(bytes);
        taken += bytes.length;
        onProgress(taken, taken);
      };
      await put(head);
      for await (const chunk of chunks?.() ?? []) await put(chunk);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  }

  /** Waits until the kernel has `bytes`: only then may they be written over. */
  #put(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#inner.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }
}
