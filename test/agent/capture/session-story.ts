// Plays events into a session the way Capture does (ticks when due, key pictures while the camera sees) and tells what happened.
import {
  deadline,
  IDLE,
  type Session,
  type SessionAction,
  type SessionEvent,
  type SessionSettings,
  step,
} from "../../../agent/capture/session.ts";
import type { Uptime } from "../../../drivers/clock/clock.ts";

export const SETTINGS: SessionSettings = {
  preRollMs: 5_000,
  postRollMs: 8_000,
  maxClipMs: 60_000,
  coolDownMs: 2_000,
  pirReadyAt: 0 as Uptime,
  confirm: "none",
};

export interface Told {
  readonly at: number;
  readonly action: SessionAction;
  readonly session: Session;
  /** For a clip that begins: when its first picture was captured. */
  readonly beganAt?: number;
}

interface Happening {
  readonly at: number;
  /** `at` inside the event is filled in; "camera-back" lets key pictures come again. */
  readonly event: SessionEvent | { readonly kind: "camera-back" };
}

export function play(
  events: readonly Happening[],
  settings: SessionSettings,
  { keyEveryMs, untilMs }: { keyEveryMs: number; untilMs: number },
): { told: string[]; actions: Told[]; steps: Session[] } {
  let session = IDLE;
  let seeing = true;
  const actions: Told[] = [];
  const steps: Session[] = [];
  const send = (event: SessionEvent, at: number): void => {
    const next = step(session, { ...event, at: at as Uptime }, settings);
    session = next.session;
    steps.push(session);
    for (const action of next.actions) {
      if (action.kind !== "begin") {
        actions.push({ at, action, session });
        continue;
      }
      // What the ring does: the clip begins at the key picture at or before the time asked for.
      const beganAt = action.continues ? at : Math.max(0, Math.floor(action.from / keyEveryMs) * keyEveryMs || 0);
      actions.push({ at, action, session, beganAt });
      session = step(session, { kind: "clip-began", at: beganAt as Uptime }, settings).session;
    }
  };

  const keys = Number.isFinite(keyEveryMs)
    ? Array.from({ length: Math.ceil(untilMs / keyEveryMs) }, (_, n): Happening => ({
        at: n * keyEveryMs,
        event: { kind: "key-picture", at: 0 as Uptime },
      }))
    : [];
  const all = [...events, ...keys].sort((a, b) => a.at - b.at);
  for (const { at, event } of [...all, { at: untilMs, event: { kind: "tick", at: 0 as Uptime } as SessionEvent }]) {
    for (let due = deadline(session, settings); due !== undefined && due <= at; due = deadline(session, settings)) {
      const before = session;
      send({ kind: "tick", at: due }, due);
      if (session === before) break;
    }
    if (event.kind === "camera-back") seeing = true;
    else if (event.kind === "key-picture" && !seeing) continue;
    else send(event, at);
    if (event.kind === "camera-lost") seeing = false;
  }
  return { told: actions.map(tell), actions, steps };
}

function tell({ at, action }: Told): string {
  const signs =
    "signs" in action
      ? action.signs.map(({ trigger, times }) => (times === 1 ? trigger : `${trigger}×${times}`)).join(" ")
      : "";
  const when = `${at / 1000}`;
  switch (action.kind) {
    case "begin":
      return `${when} begin ${action.continues ? "with the next picture" : `from ${Math.max(0, action.from) / 1000}`}: ${signs}`;
    case "end":
      return `${when} end ${action.reason}${action.keep ? "" : ", not kept"}: ${signs}`;
    case "ignored":
      return `${when} ignored ${action.trigger} (${action.reason})`;
    case "missed":
      return `${when} missed: ${signs}`;
  }
}
