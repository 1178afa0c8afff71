// One clip being recorded: a bounded queue between the camera, which never waits, and the card, which may.
import type { AccessUnit } from "../../drivers/camera/camera.ts";
import type { AudioPacket } from "../../drivers/microphone/microphone.ts";
import type { ClipWriter, WrittenClip } from "./clip-writer.ts";

export interface RecordingOptions {
  readonly writer: ClipWriter;
  /** What may wait for the card, beyond what the recording began with. */
  readonly queueBytes: number;
  /** Called once when the clip cannot be written; {@link Recording.finish} rejects with the same error. */
  readonly onFailure: (error: unknown) => void;
}

type Item = { readonly unit: AccessUnit } | { readonly packet: AudioPacket };

export class Recording {
  readonly #options: RecordingOptions;
  #queue: Item[] = [];
  #queuedBytes = 0;
  #limit: number;
  #pumping: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;
  #skipping = false;
  #droppedPictures = 0;

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#limit = options.queueBytes;
  }

  /** Pictures left out because the card was too slow: whole ends of key intervals, so that the rest can be decoded. */
  get droppedPictures(): number {
    return this.#droppedPictures;
  }

  /** Takes what the ring held. It is in memory anyway, so it does not count against the queue. */
  begin(units: readonly AccessUnit[], packets: readonly AudioPacket[]): void {
    const from = units[0]?.at ?? 0;
    const items: Item[] = [
      ...units.map((unit) => ({ unit })),
      ...packets.filter(({ at }) => at >= from).map((packet) => ({ packet })),
    ];
    for (const item of items.sort((a, b) => timeOf(a) - timeOf(b))) this.#enqueue(item);
    this.#limit = this.#options.queueBytes + this.#queuedBytes;
  }

  video(unit: AccessUnit): void {
    const full = this.#queuedBytes + unit.data.byteLength > this.#limit;
    // Once a picture is missing, those that depend on it are of no use.
    if (this.#skipping ? full || !unit.key : full) {
      this.#skipping = true;
      this.#droppedPictures += 1;
      return;
    }
    this.#skipping = false;
    this.#enqueue({ unit });
  }

  audio(packet: AudioPacket): void {
    if (this.#queuedBytes + packet.data.byteLength <= this.#limit) this.#enqueue({ packet });
  }

  /**
   * Writes what is queued and finishes the clip.
   *
   * @throws AgentError CLIP_NOT_WRITTEN.
   */
  async finish(): Promise<WrittenClip> {
    await this.#pumping;
    if (this.#failure) throw this.#failure.error;
    return await this.#options.writer.finish();
  }

  /** Gives the clip up and removes it. */
  async discard(): Promise<void> {
    this.#queue = [];
    await this.#pumping;
    await this.#options.writer.discard();
  }

  #enqueue(item: Item): void {
    if (this.#failure) return;
    this.#queue.push(item);
    this.#queuedBytes += bytesOf(item);
    this.#pumping ??= this.#pump();
  }

  async #pump(): Promise<void> {
    const { writer, onFailure } = this.#options;
    try {
      for (let item = this.#queue.shift(); item; item = this.#queue.shift()) {
        if ("unit" in item) await writer.video(item.unit);
        else await writer.audio(item.packet);
        this.#queuedBytes -= bytesOf(item);
      }
    } catch (error) {
      this.#failure = { error };
      this.#queue = [];
      onFailure(error);
    } finally {
      this.#pumping = undefined;
    }
  }
}

const timeOf = (item: Item): number => ("unit" in item ? item.unit.at : item.packet.at);
const bytesOf = (item: Item): number => ("unit" in item ? item.unit.data : item.packet.data).byteLength;
