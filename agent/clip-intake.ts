// What becomes of a clip between the camera and the consent gate: a row, a ledger entry, a decision, pictures; in that order.
import type { Trigger } from "../config/trigger.ts";
import type { Clock, Uptime } from "../drivers/clock/clock.ts";
import { rfc3339 } from "../drivers/clock/clock.ts";
import type { CaptureListener, CaptureStatus, ClipDraft, FinishedClip } from "./capture/listener.ts";
import type { Gate } from "./consent/gate.ts";
import { AgentError, type AgentErrorCode } from "./error.ts";
import type { EntryDetails } from "./ledger/entry.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Catalogue } from "./vault/catalogue.ts";
import type { Cause, Clip, ClipId } from "./vault/clip.ts";
import type { StoryboardQueue } from "./vault/storyboard-queue.ts";

export interface ClipIntakeOptions {
  readonly catalogue: Catalogue;
  readonly ledger: Ledger;
  readonly gate: Gate;
  readonly storyboards: StoryboardQueue;
  readonly clock: Clock;
  /** Answers why a finished clip may not be announced, or undefined. Never rejects. */
  readonly prove: (file: string) => Promise<string | undefined>;
  /** Camera, microphone or recording changed. */
  readonly onStatus: (status: CaptureStatus) => void;
  /** The clip is announced, and every recipient decided. */
  readonly afterClip: (clip: Clip) => Promise<void>;
  /** A clip could not be written, or not be catalogued: the card may be full. */
  readonly onLost: () => void;
  readonly alarm: (code: AgentErrorCode, detail: string) => void;
}

/** Capture's listener. A card or ledger that fails costs sharing and says so; it never costs the next recording. */
export class ClipIntake implements CaptureListener {
  readonly #options: ClipIntakeOptions;

  constructor(options: ClipIntakeOptions) {
    this.#options = options;
  }

  onStarted(draft: ClipDraft): void {
    const { catalogue, ledger } = this.#options;
    this.#guard(draft.id, () => {
      catalogue.add({ ...BLANK, ...draft, state: "recording", triggers: draft.triggers });
      ledger.append("clip.started", draft.id, { triggers: draft.triggers });
    });
  }

  async onReady(finished: FinishedClip): Promise<void> {
    const { catalogue } = this.#options;
    const clip = readyClip(finished);
    if (finished.droppedPictures > 0)
      this.#options.alarm(
        "CLIP_NOT_WRITTEN",
        `${clip.id}: ${finished.droppedPictures} pictures were dropped, the card was too slow`,
      );
    const doubt = await this.#options.prove(finished.file);
    if (doubt !== undefined) return this.#quarantine(clip, causesOf(finished), doubt);
    if (this.#guard(clip.id, () => catalogue.add(clip, causesOf(finished)))) await this.announce(clip);
  }

  /** Kept for the owner to look at, and never shared. The camera is shut already. */
  #quarantine(clip: Clip, causes: readonly Cause[], reason: string): void {
    const { catalogue, ledger, alarm } = this.#options;
    this.#guard(clip.id, () => {
      catalogue.add({ ...clip, state: "quarantined" }, causes, { reason });
      ledger.append("clip.quarantined", clip.id, { why: reason });
    });
    alarm("CLIP_QUARANTINED", `${clip.id}: ${reason}`);
  }

  /** Its row stays "recording": whatever is on the card is saved at the next start. */
  onFailed(id: ClipId, error: unknown): void {
    this.#alarmOf(error, id);
    this.#options.onLost();
  }

  onDiscarded(id: ClipId): void {
    const { catalogue, ledger } = this.#options;
    this.#guard(id, () => {
      catalogue.discard(id);
      ledger.append("clip.deleted", id, { why: "unusable", had_received: [] });
    });
  }

  /** What is turned away because the camera is shut or the sensor warms up is no news; that nobody was seen is. */
  onMissed(trigger: Trigger, _at: Uptime, reason: "warm-up" | "closed" | "no-picture"): void {
    if (reason === "no-picture")
      this.#options.alarm("VISIT_NOT_RECORDED", `${trigger}: the camera gave no picture in time`);
  }

  onCameraState(status: CaptureStatus): void {
    this.#options.storyboards.setRecording(status.recording !== undefined);
    this.#options.onStatus(status);
  }

  /** Writes into the ledger that a catalogued clip is ready, and lets the gate decide. */
  async announce(clip: Clip): Promise<void> {
    const { ledger, gate, storyboards } = this.#options;
    if (!this.#guard(clip.id, () => ledger.append("clip.ready", clip.id, readyDetails(clip)))) return;
    await gate.consider(clip);
    storyboards.wake();
    await this.#options.afterClip(clip);
  }

  /** Announces what became ready and was never written down, because the power failed in between; salvaged clips among them. */
  async announceLeftovers(): Promise<void> {
    const { catalogue, ledger } = this.#options;
    for (const clip of catalogue.list({ states: ["ready"] }).toReversed())
      if (!ledger.entries({ type: "clip.ready", ref: clip.id, limit: 1 }).length) await this.announce(clip);
  }

  #guard(id: ClipId, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.#alarmOf(error, id);
      return false;
    }
  }

  #alarmOf(error: unknown, id: ClipId): void {
    if (error instanceof AgentError) this.#options.alarm(error.code, error.detail);
    else this.#options.alarm("CLIP_NOT_RECORDED", `${id}: ${String(error)}`);
  }
}

const BLANK = {
  durationMs: 0,
  bytes: 0,
  sha256: "",
  hasAudio: false,
  zones: "unknown",
  pinned: false,
  objected: false,
} as const;

const readyClip = (facts: FinishedClip): Clip => ({
  id: facts.id,
  state: "ready",
  startedAt: facts.startedAt,
  clockTrusted: facts.clockTrusted,
  durationMs: facts.durationMs,
  preRollMs: facts.preRollMs,
  bytes: facts.bytes,
  sha256: facts.sha256,
  width: facts.width,
  height: facts.height,
  hasAudio: facts.hasAudio,
  triggers: facts.triggers,
  zones: facts.zones,
  pinned: false,
  objected: facts.objected,
});

const causesOf = ({ reasons, movements }: FinishedClip): readonly Cause[] => [
  ...reasons.map(({ trigger, atMs }): Cause => ({
    kind: "trigger",
    name: trigger,
    offsetMs: Math.max(0, atMs),
    spanMs: 0,
  })),
  ...movements.map(({ zone, fromMs, toMs, peak }): Cause => ({
    kind: "zone",
    name: zone,
    offsetMs: Math.max(0, fromMs),
    spanMs: toMs - fromMs,
    strength: peak,
  })),
];

const readyDetails = (clip: Clip): EntryDetails["clip.ready"] => ({
  sha256: clip.sha256,
  bytes: clip.bytes,
  duration_s: clip.durationMs / 1000,
  started: rfc3339(clip.startedAt),
  clock_trusted: clip.clockTrusted,
  triggers: clip.triggers,
  zones: clip.zones,
  audio: clip.hasAudio,
  objected: clip.objected,
});
