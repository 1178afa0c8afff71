// Access units in, one durable fragmented MP4 out: one fragment a key interval, the camera's H.264 untouched (DESIGN §5).
import { join } from "node:path";
import type { EncodedAudioPacketSource, EncodedVideoPacketSource } from "mediabunny";
import type { AccessUnit } from "../../drivers/camera/camera.ts";
import type { Uptime } from "../../drivers/clock/clock.ts";
import { type VideoFormat, videoFormat } from "../../drivers/h264/h264.ts";
import type { AudioPacket } from "../../drivers/microphone/microphone.ts";
import { mediabunny } from "../../drivers/mp4/mp4.ts";
import { AgentError } from "../error.ts";
import type { ClipId } from "../vault/clip.ts";
import { type FragmentedMp4, fragmentedMp4 } from "./fragmented-mp4.ts";
import { PartFile } from "./part-file.ts";

export interface ClipWriterOptions {
  readonly directory: string;
  readonly id: ClipId;
  /** Whether {@link ClipWriter.audio} will be called. A track that stays empty is left out. */
  readonly audio: boolean;
}

export interface WrittenClip {
  readonly file: string;
  readonly bytes: number;
  /** Lower-case hex of the finished file. */
  readonly sha256: string;
  readonly durationMs: number;
  readonly width: number;
  readonly height: number;
  readonly hasAudio: boolean;
  /** When the first picture was captured: the zero of the file's own time. */
  readonly startedAtUptime: Uptime;
}

/** Audio further behind the pictures than this has stopped: the clip goes on without, instead of waiting in memory. */
const AUDIO_PATIENCE_MS = 3_000;
/** How long a picture is shown when there is no other to tell the pace by. */
const LONE_PICTURE_MS = 1000 / 15;
const NO_SPACE = new Set(["ENOSPC", "EDQUOT"]);

export class ClipWriter {
  readonly #options: ClipWriterOptions;
  readonly #part: PartFile;
  #video: EncodedVideoPacketSource | undefined;
  #audio: EncodedAudioPacketSource | undefined;
  #mp4: FragmentedMp4 | undefined;
  #format: VideoFormat | undefined;
  /** The newest picture, held back until the next one tells how long it is shown. */
  #held: AccessUnit | undefined;
  #pictureMs = LONE_PICTURE_MS;
  #startedAt: Uptime | undefined;
  #audioUntil: number | undefined;
  #audioOpen: boolean;
  #hasAudio = false;

  constructor(options: ClipWriterOptions) {
    this.#options = options;
    this.#part = new PartFile(this.file);
    this.#audioOpen = options.audio;
  }

  /** Where the finished clip will stand. */
  get file(): string {
    return join(this.#options.directory, `${this.#options.id}.mp4`);
  }

  /**
   * Takes the next picture, in capture order; the first one must be a key picture and creates the file. Resolves when the
   * next may come: slower than the card writes, never slower than that.
   *
   * @throws AgentError CLIP_NOT_WRITTEN; the writer is then closed, the file removed (card full) or left for recovery.
   */
  async video(unit: AccessUnit): Promise<void> {
    await this.#guard(async () => {
      if (this.#startedAt === undefined) await this.#start(unit);
      const held = this.#held;
      this.#held = unit;
      if (held) await this.#write(held, unit.at - held.at);
      const audioUntil = this.#audioUntil ?? this.#startedAt ?? unit.at;
      if (this.#audioOpen && unit.at - audioUntil > AUDIO_PATIENCE_MS) this.endAudio();
    });
  }

  /**
   * Takes the next packet of sound. What was captured before the first picture, out of order, or after
   * {@link endAudio} is left out.
   *
   * @throws AgentError CLIP_NOT_WRITTEN, as {@link video}.
   */
  async audio(packet: AudioPacket): Promise<void> {
    const startedAt = this.#startedAt;
    if (!this.#audio || !this.#audioOpen || startedAt === undefined) return;
    if (packet.at < (this.#audioUntil ?? startedAt)) return;
    const source = this.#audio;
    await this.#guard(async () => {
      const { sampleRate, channels } = packet;
      const meta = { decoderConfig: { codec: "mp4a.40.2", sampleRate, numberOfChannels: channels } };
      const at = (packet.at - startedAt) / 1000;
      const { EncodedPacket } = mediabunny();
      await source.add(new EncodedPacket(packet.data, "key", at, packet.durationMs / 1000), meta);
      // The sample count decides, not the stamp: a stamp that is a fraction early must not lose the packet.
      this.#audioUntil = packet.at + packet.durationMs / 2;
      this.#hasAudio = true;
    });
  }

  /** No more sound will come: pictures no longer wait for it. */
  endAudio(): void {
    if (this.#audioOpen && this.#mp4) this.#audio?.close();
    this.#audioOpen = false;
  }

  /**
   * Ends the clip: complete, durable and under its own name when this resolves.
   *
   * @throws AgentError CLIP_NOT_WRITTEN, also when there was no picture.
   */
  async finish(): Promise<WrittenClip> {
    const format = this.#format;
    const startedAtUptime = this.#startedAt;
    const last = this.#held;
    const output = this.#mp4?.output;
    if (!format || !last || !output || startedAtUptime === undefined) throw this.#failed("it has no picture");
    return await this.#guard(async () => {
      await this.#write(last, this.#pictureMs);
      await output.finalize();
      this.#throwFailure();
      const written = await this.#part.finish();
      return {
        file: this.file,
        ...written,
        durationMs: Math.round(last.at + this.#pictureMs - startedAtUptime),
        width: format.width,
        height: format.height,
        hasAudio: this.#hasAudio,
        startedAtUptime,
      };
    });
  }

  /** Gives the clip up and removes what there is of it. */
  async discard(): Promise<void> {
    await this.#mp4?.output.cancel();
    await this.#part.abandon("remove");
  }

  async #start(unit: AccessUnit): Promise<void> {
    const format = videoFormat(unit.data);
    if (!unit.key || !format) throw this.#failed("it would not begin with a key picture and its parameter sets");
    await this.#part.open();
    const mp4 = fragmentedMp4(this.#part);
    const { output } = mp4;
    const { EncodedAudioPacketSource, EncodedVideoPacketSource } = mediabunny();
    output.addVideoTrack((this.#video = new EncodedVideoPacketSource("avc")));
    if (this.#audioOpen) output.addAudioTrack((this.#audio = new EncodedAudioPacketSource("aac")));
    await output.start();
    this.#mp4 = mp4;
    this.#format = format;
    this.#startedAt = unit.at;
  }

  async #write(unit: AccessUnit, durationMs: number): Promise<void> {
    this.#pictureMs = durationMs;
    const at = (unit.at - this.#startedAt!) / 1000;
    const { EncodedPacket } = mediabunny();
    const packet = new EncodedPacket(unit.data, unit.key ? "key" : "delta", at, durationMs / 1000);
    const { codec, width, height } = this.#format!;
    await this.#video!.add(packet, { decoderConfig: { codec, codedWidth: width, codedHeight: height } });
    this.#throwFailure();
  }

  #throwFailure(): void {
    const failure = this.#mp4?.failure();
    if (failure !== undefined) throw this.#failed("the card did not take it", failure);
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // A full card needs the room more than half a clip. Of a failing one, recovery saves what it can.
      const code = (error instanceof AgentError ? error.cause : error) as NodeJS.ErrnoException | undefined;
      await this.#part.abandon(NO_SPACE.has(code?.code ?? "") ? "remove" : "keep").catch(() => {});
      throw error instanceof AgentError ? error : this.#failed("writing failed", error);
    }
  }

  #failed(detail: string, cause?: unknown): AgentError {
    return new AgentError("CLIP_NOT_WRITTEN", `clip ${this.#options.id}: ${detail}`, cause);
  }
}
