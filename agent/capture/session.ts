// When a clip begins and ends: (session, event, settings) → what happens next. Pure: no clock, no camera, no disk.
// A session ends on absence, not on stillness (DESIGN §5).
import type { Trigger } from "../../config/trigger.ts";
import type { Uptime } from "../../drivers/clock/clock.ts";

/** What can say for how long somebody is there, not only that somebody came. */
export type PresenceSource = "pir" | "motion";

export interface SessionSettings {
  /** How far before its trigger a clip begins, in milliseconds. */
  readonly preRollMs: number;
  /** How long a clip goes on after the last sign of presence. */
  readonly postRollMs: number;
  /** A clip ends at the first key picture this long after its own first picture. */
  readonly maxClipMs: number;
  /** After a clip, sensors wait this long before they begin another: the blind time of a PIR. Bell and owner do not wait. */
  readonly coolDownMs: number;
  /** Until then the PIR is warming up and is not believed. */
  readonly pirReadyAt: Uptime;
  /** "motion": a clip that only the PIR asked for is kept if something moved in it. */
  readonly confirm: "none" | "motion";
}

/** One reason for a clip. The same trigger again within {@link MERGE_MS} is the same sign. */
export interface Sign {
  readonly trigger: Trigger;
  readonly at: Uptime;
  /** How often it was given, merged ones included. 0 for a sign that a follow-on clip inherits from the one before. */
  readonly times: number;
}

export type CloseReason = "absence" | "max-length" | "camera-lost" | "closed" | "format-changed" | "stopped";

export type SessionEvent =
  | { readonly kind: "trigger"; readonly trigger: Trigger; readonly at: Uptime }
  | { readonly kind: "presence"; readonly source: PresenceSource; readonly present: boolean; readonly at: Uptime }
  /** A key picture has arrived and belongs to no clip yet. */
  | { readonly kind: "key-picture"; readonly at: Uptime }
  /** The clip asked for has its first picture, captured at `at`. */
  | { readonly kind: "clip-began"; readonly at: Uptime }
  /** The clip could not be written; it is gone. */
  | { readonly kind: "clip-failed"; readonly at: Uptime }
  /** The key picture that follows has another size: it cannot go into the same clip. */
  | { readonly kind: "format-changed"; readonly at: Uptime }
  | { readonly kind: "camera-lost"; readonly at: Uptime }
  /** Privacy switch, or the owner: nothing is recorded until `open`. */
  | { readonly kind: "close"; readonly at: Uptime }
  | { readonly kind: "open"; readonly at: Uptime }
  | { readonly kind: "stop"; readonly at: Uptime }
  /** A deadline has come (see {@link deadline}). */
  | { readonly kind: "tick"; readonly at: Uptime };

export type SessionAction =
  /** Begin a clip with the pictures since `from`; `continues`: with the key picture now arriving, straight after the last clip. */
  | { readonly kind: "begin"; readonly from: Uptime; readonly continues: boolean; readonly signs: readonly Sign[] }
  /** `keep` false: nothing confirmed what the PIR said. */
  | { readonly kind: "end"; readonly reason: CloseReason; readonly keep: boolean; readonly signs: readonly Sign[] }
  | { readonly kind: "ignored"; readonly trigger: Trigger; readonly reason: "warm-up" | "closed" }
  /** The camera gave no picture in time, or was closed before it gave one: these led to no clip. */
  | { readonly kind: "missed"; readonly reason: "no-picture" | "closed"; readonly signs: readonly Sign[] };

interface Clip {
  readonly signs: readonly Sign[];
  /** When its first picture was captured; undefined until that is known. */
  readonly beganAt: Uptime | undefined;
  readonly moved: boolean;
}

export interface Session {
  readonly phase: "idle" | "waiting" | "recording" | "cool-down";
  readonly closed: boolean;
  /** Whether the camera has delivered a key picture since it was last lost. */
  readonly seeing: boolean;
  /** Since when each source has been saying that somebody is there. */
  readonly present: { readonly [S in PresenceSource]?: Uptime };
  /** The last time anything said that somebody is there. */
  readonly lastSignAt: Uptime;
  /** The clip being recorded. */
  readonly clip: Clip | undefined;
  /** Signs that wait for a picture, or for the cool-down to be over. */
  readonly pending: readonly Sign[];
  /** When the last clip ended. */
  readonly endedAt: Uptime;
}

export interface Step {
  readonly session: Session;
  readonly actions: readonly SessionAction[];
}

/** The same trigger closer than this to the last is the same visit knocking again. */
export const MERGE_MS = 5_000;
/** A sensor that has said "present" this long without a change is taken to be stuck and no longer believed. */
export const STUCK_MS = 600_000;
/** How long a trigger waits for a camera that gives no picture. */
export const PATIENCE_MS = 30_000;
/** How long past its maximum a clip waits for the key picture at which it can be cut without losing any. */
export const CUT_PATIENCE_MS = 30_000;

const NEVER = Number.NEGATIVE_INFINITY as Uptime;

export const IDLE: Session = {
  phase: "idle",
  closed: false,
  seeing: false,
  present: {},
  lastSignAt: NEVER,
  clip: undefined,
  pending: [],
  endedAt: NEVER,
};

/** Total: every event is answered in every state. */
export function step(session: Session, event: SessionEvent, settings: SessionSettings): Step {
  switch (event.kind) {
    case "trigger":
      return triggered(session, event.trigger, event.at, settings);
    case "presence":
      return settle(perceived(session, event.source, event.present, event.at, settings), event.at, settings);
    case "key-picture":
      return pictured({ ...session, seeing: true }, event.at, settings);
    case "clip-began":
      return only(session.clip ? { ...session, clip: { ...session.clip, beganAt: event.at } } : session);
    case "clip-failed":
      return only({ ...session, phase: "cool-down", clip: undefined, endedAt: event.at });
    case "format-changed":
      return session.clip ? followOn(session, "format-changed", event.at, settings) : only(session);
    case "camera-lost":
      return lost({ ...session, seeing: false }, event.at, settings);
    case "close":
      return shut({ ...session, closed: true }, "closed", event.at, settings);
    case "open":
      return only({ ...session, closed: false });
    case "stop":
      return shut({ ...session, closed: true }, "stopped", event.at, settings);
    case "tick":
      return settle(session, event.at, settings);
  }
}

/** When a `tick` is due, or undefined if nothing changes by the passing of time alone. It may lie in the past: then at once. */
export function deadline(session: Session, settings: SessionSettings): Uptime | undefined {
  switch (session.phase) {
    case "idle":
      return undefined;
    case "waiting":
      return absentAt(session, Math.max(PATIENCE_MS, settings.postRollMs));
    case "cool-down":
      return plus(session.endedAt, settings.coolDownMs);
    case "recording": {
      const beganAt = session.clip?.beganAt;
      const overrun = beganAt === undefined ? Infinity : beganAt + settings.maxClipMs + CUT_PATIENCE_MS;
      return Math.min(absentAt(session, settings.postRollMs), overrun) as Uptime;
    }
  }
}

/** Whether the session needs pictures now: what a camera that sleeps is woken by. */
export const wantsPictures = ({ phase, pending }: Session): boolean =>
  phase === "recording" || phase === "waiting" || pending.length > 0;

function triggered(session: Session, trigger: Trigger, at: Uptime, settings: SessionSettings): Step {
  if (session.closed) return only(session, { kind: "ignored", trigger, reason: "closed" });
  if (trigger === "pir" && at < settings.pirReadyAt)
    return only(session, { kind: "ignored", trigger, reason: "warm-up" });

  const signed: Session = { ...session, lastSignAt: later(session.lastSignAt, at) };
  if (session.clip) {
    const moved = session.clip.moved || trigger === "motion";
    return only({ ...signed, clip: { ...session.clip, signs: merged(session.clip.signs, trigger, at), moved } });
  }
  const pending = merged(session.pending, trigger, at);
  const sensor = trigger === "pir" || trigger === "motion";
  if (session.phase === "cool-down" && sensor) return only({ ...signed, pending });
  return begin({ ...signed, pending }, settings);
}

function perceived(
  session: Session,
  source: PresenceSource,
  present: boolean,
  at: Uptime,
  settings: SessionSettings,
): Session {
  if (source === "pir" && at < settings.pirReadyAt) return session;
  const known = session.present[source];
  if (present) {
    const clip = session.clip && source === "motion" ? { ...session.clip, moved: true } : session.clip;
    return { ...session, clip, present: { ...session.present, [source]: known ?? at } };
  }
  if (known === undefined) return session;
  const { [source]: gone, ...rest } = session.present;
  // The end of a level that was stuck says nothing about when somebody left.
  const believed = gone !== undefined && at - gone <= STUCK_MS;
  return { ...session, present: rest, lastSignAt: believed ? later(session.lastSignAt, at) : session.lastSignAt };
}

function pictured(session: Session, at: Uptime, settings: SessionSettings): Step {
  if (session.phase === "waiting") return begin(session, settings, at);
  const beganAt = session.clip?.beganAt;
  if (beganAt !== undefined && at - beganAt >= settings.maxClipMs) return followOn(session, "max-length", at, settings);
  return only(session);
}

/** What the passing of time alone brings about. */
function settle(session: Session, at: Uptime, settings: SessionSettings): Step {
  const due = deadline(session, settings);
  if (due === undefined || at < due) return only(session);
  switch (session.phase) {
    case "idle":
      return only(session);
    case "waiting":
      return only({ ...session, phase: "idle", pending: [] }, ...missed(session.pending, "no-picture"));
    case "cool-down":
      return session.pending.length ? begin(session, settings) : only({ ...session, phase: "idle" });
    case "recording":
      if (at >= absentAt(session, settings.postRollMs)) return end(session, "absence", at, settings);
      return waitAgain(end(session, "max-length", at, settings), session, at, settings);
  }
}

/** The clip ends at this key picture; if somebody is still there the next one begins with it. */
function followOn(session: Session, reason: CloseReason, at: Uptime, settings: SessionSettings): Step {
  const ended = end(session, reason, at, settings);
  const signs = running(session, at, settings);
  if (!signs.length) return ended;
  return {
    session: {
      ...ended.session,
      phase: "recording",
      clip: { signs, beganAt: undefined, moved: "motion" in session.present },
    },
    actions: [...ended.actions, { kind: "begin", from: at, continues: true, signs }],
  };
}

function lost(session: Session, at: Uptime, settings: SessionSettings): Step {
  if (!session.clip) return only(session);
  return waitAgain(end(session, "camera-lost", at, settings), session, at, settings);
}

/** After a clip that ended against the visitor's will: go on with the next picture if they are still there. */
function waitAgain(ended: Step, before: Session, at: Uptime, settings: SessionSettings): Step {
  const pending = running(before, at, settings);
  if (!pending.length) return ended;
  return {
    session: { ...ended.session, phase: "waiting", pending, lastSignAt: later(before.lastSignAt, at) },
    actions: ended.actions,
  };
}

function shut(session: Session, reason: CloseReason, at: Uptime, settings: SessionSettings): Step {
  const ended = session.clip ? end(session, reason, at, settings) : only(session);
  return {
    session: { ...ended.session, phase: "idle", seeing: false, pending: [], present: {} },
    actions: [...ended.actions, ...missed(session.pending, "closed")],
  };
}

/** Begins a clip for what is pending, or waits for the camera. `arriving`: the key picture that ends the wait. */
function begin(session: Session, settings: SessionSettings, arriving?: Uptime): Step {
  if (!session.seeing) return only({ ...session, phase: "waiting" });
  const signs = session.pending;
  const wanted = Math.min(...signs.map(({ at }) => at)) - settings.preRollMs;
  const from = (arriving ?? Math.max(wanted, session.endedAt)) as Uptime;
  return {
    session: {
      ...session,
      phase: "recording",
      pending: [],
      clip: { signs, beganAt: undefined, moved: hasMoved(session) },
    },
    actions: [{ kind: "begin", from, continues: arriving !== undefined, signs }],
  };
}

function end(session: Session, reason: CloseReason, at: Uptime, settings: SessionSettings): Step {
  const { signs, moved } = session.clip ?? { signs: [], moved: true };
  // Only a clip that ran its course is thrown away: nobody should be able to lose a recording by cutting it short.
  const whole = reason === "absence" || reason === "max-length";
  const keep = settings.confirm === "none" || !whole || moved || signs.some(({ trigger }) => trigger !== "pir");
  return {
    session: { ...session, phase: "cool-down", clip: undefined, endedAt: at },
    actions: [{ kind: "end", reason, keep, signs }],
  };
}

/** What still says that somebody is there, as the inherited signs of a clip that follows. */
function running(session: Session, at: Uptime, settings: SessionSettings): Sign[] {
  const sources = believed(session, at).map((source): Sign => ({ trigger: source, at, times: 0 }));
  if (sources.length) return sources;
  const last = session.clip?.signs.at(-1);
  return last && at < session.lastSignAt + settings.postRollMs ? [{ trigger: last.trigger, at, times: 0 }] : [];
}

/** When it is `graceMs` since anything that is still believed has said that somebody is there. */
function absentAt(session: Session, graceMs: number): Uptime {
  const ends = PRESENCE_SOURCES.flatMap((source) => {
    const since = session.present[source];
    return since === undefined ? [] : [since + STUCK_MS];
  });
  return Math.max(session.lastSignAt + graceMs, ...ends) as Uptime;
}

const PRESENCE_SOURCES: readonly PresenceSource[] = ["pir", "motion"];

const believed = ({ present }: Session, at: Uptime): PresenceSource[] =>
  PRESENCE_SOURCES.filter((source) => present[source] !== undefined && at - present[source] <= STUCK_MS);

const hasMoved = ({ pending, present }: Session): boolean =>
  present.motion !== undefined || pending.some(({ trigger }) => trigger === "motion");

function merged(signs: readonly Sign[], trigger: Trigger, at: Uptime): readonly Sign[] {
  const index = signs.findLastIndex((sign) => sign.trigger === trigger && sign.times > 0);
  const last = signs[index];
  if (last && at - last.at < MERGE_MS) return signs.with(index, { ...last, times: last.times + 1 });
  return [...signs, { trigger, at, times: 1 }];
}

const missed = (pending: readonly Sign[], reason: "no-picture" | "closed"): SessionAction[] => {
  const signs = pending.filter(({ times }) => times > 0);
  return signs.length ? [{ kind: "missed", reason, signs }] : [];
};

const only = (session: Session, ...actions: SessionAction[]): Step => ({ session, actions });
const later = (a: Uptime, b: Uptime): Uptime => (a > b ? a : b);
const plus = (at: Uptime, ms: number): Uptime => (at + ms) as Uptime;
