// The clip that is being recorded, and everything that will be said of it.
import type { AccessUnit } from "../../drivers/camera/camera.ts";
import type { Clock, Uptime, WallTime } from "../../drivers/clock/clock.ts";
import { videoFormat } from "../../drivers/h264/h264.ts";
import type { AudioPacket } from "../../drivers/microphone/microphone.ts";
import type { ClipId } from "../vault/clip.ts";
import { ClipWriter } from "./clip-writer.ts";
import type { CaptureListener, ClipDraft, FinishedClip, Movement } from "./listener.ts";
import { Recording } from "./recording.ts";
import type { CloseReason, Sign } from "./session.ts";

/** Something moved in these zones at that time. */
export interface MovementNote {
  readonly zones: readonly string[];
  /** 0–1. */
  readonly strength: number;
  readonly at: Uptime;
}

export interface OpenClipOptions {
  readonly id: ClipId;
  readonly directory: string;
  readonly clock: Clock;
  readonly clockTrusted: () => boolean;
  readonly queueBytes: number;
  readonly audio: boolean;
  readonly signs: readonly Sign[];
  readonly continues: ClipId | undefined;
  readonly analysed: boolean;
  readonly objected: boolean;
  /** The clip can no longer be written; it is to be finished all the same, which tells the listener. */
  readonly onFailure: () => void;
}

/** Tells the listener how it went. */
export type Telling = () => void | Promise<void>;

export class OpenClip {
  readonly id: ClipId;
  readonly #options: OpenClipOptions;
  readonly #writer: ClipWriter;
  readonly #recording: Recording;
  #draft: ClipDraft | undefined;
  #beganAt: Uptime | undefined;
  #analysed: boolean;
  #objected: boolean;
  #movements = new Map<string, Movement>();

  constructor(options: OpenClipOptions) {
    const { id, directory, audio, queueBytes, onFailure } = options;
    this.id = id;
    this.#options = options;
    this.#analysed = options.analysed;
    this.#objected = options.objected;
    this.#writer = new ClipWriter({ directory, id, audio });
    this.#recording = new Recording({ writer: this.#writer, queueBytes, onFailure });
  }

  get begun(): boolean {
    return this.#draft !== undefined;
  }

  /** `units` begin with a key picture; `notes` may be older than the clip. */
  begin(units: readonly AccessUnit[], packets: readonly AudioPacket[], notes: readonly MovementNote[]): ClipDraft {
    const { clock, clockTrusted, signs, continues } = this.#options;
    const first = units[0]!;
    const { width, height } = videoFormat(first.data) ?? { width: 0, height: 0 };
    const firstSign = Math.min(...signs.map(({ at }) => at));
    const draft: ClipDraft = {
      id: this.id,
      startedAt: (clock.wall() - (clock.uptime() - first.at)) as WallTime,
      clockTrusted: clockTrusted(),
      preRollMs: Math.max(0, Math.round(firstSign - first.at)),
      width,
      height,
      triggers: triggersOf(signs),
      ...(continues === undefined ? {} : { continues }),
    };
    this.#draft = draft;
    this.#beganAt = first.at;
    for (const note of notes) this.moved(note);
    this.#recording.begin(units, packets);
    return draft;
  }

  video(unit: AccessUnit): void {
    this.#recording.video(unit);
  }

  audio(packet: AudioPacket): void {
    if (this.begun) this.#recording.audio(packet);
  }

  endAudio(): void {
    this.#writer.endAudio();
  }

  moved({ zones, strength, at }: MovementNote): void {
    if (this.#beganAt === undefined || at < this.#beganAt) return;
    const atMs = Math.round(at - this.#beganAt);
    for (const zone of zones) {
      const known = this.#movements.get(zone);
      const fromMs = Math.min(known?.fromMs ?? atMs, atMs);
      const toMs = Math.max(known?.toMs ?? atMs, atMs);
      this.#movements.set(zone, { zone, fromMs, toMs, peak: Math.max(known?.peak ?? 0, strength) });
    }
  }

  /** Whether motion was looked for in all of it so far. */
  get analysed(): boolean {
    return this.#analysed;
  }

  unanalysed(): void {
    this.#analysed = false;
  }

  objected(): void {
    this.#objected = true;
  }

  /** Finishes the file; what is to be told comes back. Never rejects. */
  async finish(signs: readonly Sign[], endedBy: CloseReason, listener: CaptureListener): Promise<Telling> {
    const draft = this.#draft;
    const beganAt = this.#beganAt;
    if (!draft || beganAt === undefined) {
      return () => {
        for (const { trigger, at, times } of signs) if (times > 0) listener.onMissed(trigger, at, "no-picture");
      };
    }
    try {
      const { file, bytes, sha256, durationMs, width, height, hasAudio } = await this.#recording.finish();
      const clip: FinishedClip = {
        ...draft,
        ...{ file, bytes, sha256, durationMs, width, height, hasAudio, endedBy },
        triggers: triggersOf(signs),
        reasons: signs.map(({ trigger, at, times }) => ({ trigger, atMs: Math.round(at - beganAt), times })),
        zones: this.#analysed ? [...this.#movements.keys()] : "unknown",
        movements: [...this.#movements.values()],
        objected: this.#objected,
        droppedPictures: this.#recording.droppedPictures,
      };
      return () => listener.onReady(clip);
    } catch (error) {
      return () => listener.onFailed(this.id, error);
    }
  }

  /** Removes it; what is to be told comes back. Never rejects. */
  async discard(listener: CaptureListener): Promise<Telling> {
    try {
      await this.#recording.discard();
      return () => {
        if (this.#draft) listener.onDiscarded(this.id);
      };
    } catch (error) {
      return () => {
        if (this.#draft) listener.onFailed(this.id, error);
      };
    }
  }
}

const triggersOf = (signs: readonly Sign[]): ClipDraft["triggers"] => [...new Set(signs.map(({ trigger }) => trigger))];
