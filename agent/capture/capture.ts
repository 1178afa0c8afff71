// Ties camera, pre-roll ring, session and clip writer together: triggers in, finished clips out (DESIGN §5).
import type { Trigger } from "../../config/trigger.ts";
import type { AccessUnit } from "../../drivers/camera/camera.ts";
import { type Uptime, after, milliseconds } from "../../drivers/clock/clock.ts";
import { type VideoFormat, sameFormat, videoFormat } from "../../drivers/h264/h264.ts";
import type { AudioPacket } from "../../drivers/microphone/microphone.ts";
import type { Service } from "../lifecycle.ts";
import type { ClipId } from "../vault/clip.ts";
import { AudioRing } from "./audio-ring.ts";
import { Finishing } from "./finishing.ts";
import type { CaptureStatus } from "./listener.ts";
import { isUnproven, UNPROVEN } from "./mask-proof.ts";
import { type MovementNote, OpenClip } from "./open-clip.ts";
import type { CaptureOptions, CaptureSettings } from "./options.ts";
import { PreRollRing } from "./ring.ts";
import * as session from "./session.ts";
import { type SourceState, Supervisor } from "./supervisor.ts";

const RING_BYTES = 16 << 20;
const QUEUE_BYTES = 8 << 20;
const MOST_UNPROVEN = 2;
/** The blind time of the common PIR sensors. */
const COOL_DOWN_MS = 2_500;

export class Capture implements Service {
  readonly name = "capture";
  readonly #options: CaptureOptions;
  readonly #camera: Supervisor<AccessUnit>;
  readonly #microphone: Supervisor<AudioPacket> | undefined;
  readonly #ring: PreRollRing;
  readonly #sounds = new AudioRing();
  readonly #taps = new Set<(unit: AccessUnit) => void>();
  readonly #finishing = new Finishing();
  #settings: CaptureSettings;
  #session = session.IDLE;
  #format: VideoFormat | undefined;
  #newestKey: AccessUnit | undefined;
  #clip: OpenClip | undefined;
  /** The last clip, if it was cut at a key picture with which the next one may begin. */
  #cutId: ClipId | undefined;
  #shutBy: string[] = [];
  #started = false;
  /** How often in a row the camera has failed because a mask was not in its first pictures. */
  #unproven = 0;
  #analysing = false;
  #objecting = false;
  #notes: MovementNote[] = [];
  #timer: { readonly at: Uptime; readonly cancel: () => void } | undefined;

  constructor(options: CaptureOptions) {
    const { clock, camera, microphone } = options;
    this.#options = options;
    this.#settings = options.settings;
    this.#ring = new PreRollRing(this.#ringLimits());
    this.#camera = new Supervisor<AccessUnit>({
      clock,
      open: (signal) => camera.frames(signal),
      onItem: (unit) => this.#pictured(unit),
      onState: (state) => this.#cameraChanged(state),
      beforeOpen: async () => {
        await options.beforeOpen?.();
        this.#microphone?.want(this.#wanted());
      },
      afterClose: async () => {
        this.#microphone?.want(false);
        await this.#microphone?.closed();
        await options.afterClose?.();
      },
    });
    this.#microphone =
      microphone &&
      new Supervisor<AudioPacket>({
        clock,
        open: (signal) => microphone.packets(signal),
        onItem: (packet) => this.#heard(packet),
        onState: (state) => {
          if (state.kind === "failed" || state.kind === "ended") this.#clip?.endAudio();
          this.#tell();
        },
      });
  }

  /** Resolves at once; the camera opens on its own time. */
  async start(): Promise<void> {
    this.#started = true;
    if (this.#shutBy.length === 0) this.#session = { ...this.#session, closed: false };
    this.#settle();
  }

  /**
   * Ends the clip, closes the camera, and resolves when both are done and the listener has dealt with every clip.
   *
   * @throws AggregateError of what {@link CaptureListener.onReady} rejected with, when everything is closed all the same.
   */
  async stop(): Promise<void> {
    this.#send({ kind: "stop", at: this.#now() });
    this.#started = false;
    this.#timer?.cancel();
    this.#settle();
    await this.#camera.closed();
    await this.#microphone?.closed();
    await this.#finishing.told();
  }

  /** Somebody came. A trigger also makes a running clip longer. `at`: when it happened, default now. */
  trigger(trigger: Trigger, at = this.#now()): void {
    this.#send({ kind: "trigger", trigger, at });
  }

  /** Says that somebody is there, or no longer: while they are, the clip goes on. Does not begin one: see {@link trigger}. */
  presence(source: session.PresenceSource, present: boolean, at = this.#now()): void {
    this.#send({ kind: "presence", source, present, at });
  }

  /** Something moved in these zones. `strength` 0–1: how much of them. */
  moved(zones: readonly string[], strength: number, at = this.#now()): void {
    const note = { zones, strength, at };
    this.#notes = [...this.#notes.filter((old) => at - old.at < this.#settings.maxClipMs), note];
    this.#clip?.moved(note);
  }

  /** Whether {@link moved} can be relied on from now on. Zones of a clip are unknown unless it could all the time. */
  analysing(active: boolean): void {
    this.#analysing = active;
    if (!active) this.#clip?.unanalysed();
  }

  /** Whether the objection input is held. A clip during which it was is marked. */
  objecting(held: boolean): void {
    this.#objecting = held;
    if (held) this.#clip?.objected();
  }

  /** Closes camera and microphone for `reason` (privacy switch, owner, a mask that cannot be proven); resolves when they are. */
  async close(reason: string): Promise<void> {
    if (!this.#shutBy.includes(reason)) this.#shutBy.push(reason);
    this.#send({ kind: "close", at: this.#now() });
    this.#tell();
    await this.#camera.closed();
    await this.#finishing.written();
  }

  /** Takes `reason` away, or all of them. The camera opens again when none is left. */
  open(reason?: string): void {
    this.#shutBy = reason === undefined ? [] : this.#shutBy.filter((other) => other !== reason);
    if (this.#shutBy.length === 0) this.#send({ kind: "open", at: this.#now() });
    else this.#tell();
  }

  /** New settings apply at once, to a running clip too. */
  configure(settings: CaptureSettings): void {
    this.#settings = settings;
    this.#ring.limit(this.#ringLimits());
    this.#send({ kind: "tick", at: this.#now() });
  }

  /** Calls `listener` with each picture as it arrives. It must not throw and must not keep more than it needs. */
  subscribe(listener: (unit: AccessUnit) => void): () => void {
    this.#taps.add(listener);
    return () => void this.#taps.delete(listener);
  }

  /** The newest key picture and what came since, for whoever begins to watch now; empty while the camera is closed. */
  newestGroup(): readonly AccessUnit[] {
    return this.#newestKey ? this.#ring.since(this.#newestKey.at) : [];
  }

  /** The newest key picture of the open camera; undefined while it is closed. */
  newestKey(): AccessUnit | undefined {
    return this.#newestKey;
  }

  status(): CaptureStatus {
    const { state } = this.#camera;
    const microphone = this.#microphone?.state;
    return {
      camera: state.kind !== "closed" ? state.kind : this.#shutBy.length ? "shut" : "asleep",
      shutBy: [...this.#shutBy],
      microphone: microphone?.kind ?? "none",
      recording: this.#clip?.id,
      ...(state.kind === "failed" ? { cameraError: state.error } : {}),
      ...(microphone?.kind === "failed" ? { microphoneError: microphone.error } : {}),
    };
  }

  /** In memory now: pre-roll bytes and milliseconds. */
  get preRoll(): { readonly bytes: number; readonly spanMs: number } {
    return { bytes: this.#ring.bytes, spanMs: this.#ring.spanMs };
  }

  #pictured(unit: AccessUnit): void {
    if (unit.key) {
      const format = videoFormat(unit.data);
      if (format && this.#format && !sameFormat(format, this.#format)) {
        this.#ring.clear();
        this.#send({ kind: "format-changed", at: unit.at });
      }
      this.#format = format ?? this.#format;
      this.#newestKey = unit;
      this.#send({ kind: "key-picture", at: unit.at });
    }
    this.#ring.push(unit);
    // Only now does the ring's span reach back from this picture: the oldest one keeps the sound of its first moment.
    if (unit.key) this.#sounds.forgetBefore((unit.at - this.#ring.spanMs) as Uptime);
    if (this.#clip) this.#feed(this.#clip, unit);
    for (const tap of this.#taps) tap(unit);
  }

  #heard(packet: AudioPacket): void {
    this.#sounds.push(packet);
    this.#clip?.audio(packet);
  }

  #feed(clip: OpenClip, unit: AccessUnit): void {
    if (clip.begun) clip.video(unit);
    else if (unit.key) this.#begun(clip, [unit]);
  }

  #begun(clip: OpenClip, units: readonly AccessUnit[]): void {
    const first = units[0]!;
    this.#session = session.step(this.#session, { kind: "clip-began", at: first.at }, this.#sessionSettings()).session;
    this.#options.listener.onStarted(clip.begin(units, this.#sounds.since(first.at), this.#notes));
  }

  #cameraChanged(state: SourceState): void {
    if (state.kind !== "open") {
      this.#ring.clear();
      this.#sounds.clear();
      this.#newestKey = undefined;
      this.#format = undefined;
      if (this.#session.seeing || this.#clip) this.#send({ kind: "camera-lost", at: this.#now() });
    }
    this.#tell();
    if (state.kind === "open") this.#unproven = 0;
    // Once may be an accident, and nothing has been shown. After that somebody has to look at it.
    if (state.kind === "failed" && isUnproven(state.error) && ++this.#unproven === MOST_UNPROVEN)
      void this.close(UNPROVEN);
  }

  #send(event: session.SessionEvent): void {
    const { session: next, actions } = session.step(this.#session, event, this.#sessionSettings());
    this.#session = next;
    for (const action of actions) this.#act(action);
    this.#settle();
  }

  #act(action: session.SessionAction): void {
    const { listener } = this.#options;
    switch (action.kind) {
      case "begin":
        this.#beginClip(action);
        break;
      case "end":
        this.#endClip(action);
        break;
      case "ignored":
        listener.onMissed(action.trigger, this.#now(), action.reason);
        break;
      case "missed":
        for (const { trigger, at } of action.signs) listener.onMissed(trigger, at, action.reason);
        break;
    }
  }

  #beginClip(action: session.SessionAction & { kind: "begin" }): void {
    const { clock, clockTrusted, ids, clipsDir, queueBytes = QUEUE_BYTES } = this.#options;
    const clip: OpenClip = new OpenClip({
      id: ids(),
      directory: clipsDir,
      clock,
      clockTrusted,
      queueBytes,
      audio: ["opening", "open"].includes(this.#microphone?.state.kind ?? "closed"),
      signs: action.signs,
      continues: action.continues ? this.#cutId : undefined,
      analysed: this.#analysing,
      objected: this.#objecting,
      onFailure: () => {
        if (this.#clip === clip) this.#fail(clip);
      },
    });
    this.#clip = clip;
    this.#cutId = undefined;
    const units = action.continues ? [] : this.#ring.since(action.from);
    if (units.length) this.#begun(clip, units);
    this.#tell();
  }

  /** The card did not take it: the session must know, so that the next trigger begins a new clip. */
  #fail(clip: OpenClip): void {
    this.#clip = undefined;
    const signs = this.#session.clip?.signs ?? [];
    this.#finishing.add(() => clip.finish(signs, "stopped", this.#options.listener));
    this.#send({ kind: "clip-failed", at: this.#now() });
    this.#tell();
  }

  #endClip({ reason, keep, signs }: session.SessionAction & { kind: "end" }): void {
    const clip = this.#clip;
    if (!clip) return;
    this.#clip = undefined;
    this.#cutId = reason === "max-length" || reason === "format-changed" ? clip.id : undefined;
    const { listener } = this.#options;
    // What nobody looked at, because the decoder failed or had only begun, cannot be said to be empty.
    const kept = keep || !clip.analysed;
    this.#finishing.add(() => (kept ? clip.finish(signs, reason, listener) : clip.discard(listener)));
    this.#tell();
  }

  /** After anything that may have changed them: what is open, and when time alone will change something. */
  #settle(): void {
    this.#camera.want(this.#wanted());
    if (!this.#wanted()) {
      this.#microphone?.want(false);
      // It takes a while to close, and gives no picture meanwhile: whoever comes waits until it has opened again.
      this.#session = { ...this.#session, seeing: false };
    }
    const due = this.#started ? session.deadline(this.#session, this.#sessionSettings()) : undefined;
    if (due === this.#timer?.at) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (due === undefined) return;
    const { clock } = this.#options;
    const cancel = after(clock, milliseconds(Math.max(0, due - clock.uptime())), () => {
      this.#timer = undefined;
      this.#send({ kind: "tick", at: this.#now() });
    });
    this.#timer = { at: due, cancel };
  }

  #wanted(): boolean {
    const { mode } = this.#settings;
    return this.#started && this.#shutBy.length === 0 && (mode === "ready" || session.wantsPictures(this.#session));
  }

  #tell(): void {
    this.#options.listener.onCameraState(this.status());
  }

  #now(): Uptime {
    return this.#options.clock.uptime();
  }

  #ringLimits(): { spanMs: number; bytes: number } {
    return { spanMs: this.#settings.preRollMs, bytes: this.#options.ringBytes ?? RING_BYTES };
  }

  #sessionSettings(): session.SessionSettings {
    const { preRollMs, postRollMs, maxClipMs, confirm } = this.#settings;
    const pirReadyAt = this.#options.pirReadyAt ?? (0 as Uptime);
    return { preRollMs, postRollMs, maxClipMs, confirm, coolDownMs: COOL_DOWN_MS, pirReadyAt };
  }
}
