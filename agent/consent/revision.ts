// What time and the owner change afterwards: everything committed or asked is decided again when the policy, a pause or the
// clock changes, and ends when its term has passed (docs/spec/consent.md §9.5, §9.7).
import type { Clock, WallTime } from "../../drivers/clock/clock.ts";
import { after, milliseconds, rfc3339 } from "../../drivers/clock/clock.ts";
import type { MediaKind } from "../spool/disclosure.ts";
import type { Announcements } from "./announcements.ts";
import { dutiesOf, satisfies } from "./decision.ts";
import type { Decision } from "./decision.ts";
import type { DisclosureStore, StoredDisclosure } from "./disclosure-store.ts";
import type { Docket } from "./docket.ts";
import type { Judge } from "./judge.ts";
import type { Outbox } from "./outbox.ts";
import type { ClipSource, ConsentLedger } from "./ports.ts";
import { expiryOf } from "./releases.ts";
import type { ConsentStore } from "./store.ts";

export interface RevisionParts {
  readonly judge: Judge;
  readonly docket: Docket;
  readonly outbox: Outbox;
  readonly announcements: Announcements;
  readonly store: ConsentStore;
  readonly rows: DisclosureStore;
  readonly ledger: ConsentLedger;
  readonly clips: ClipSource;
  readonly clock: Clock;
  readonly alarm: (code: "NOT_RELEASED", detail: string) => void;
}

/** The longest sleep while something can expire: the wall clock may be stepped under it. */
const LONGEST_SLEEP_MS = 3_600_000;
/** Rows of small messages that are over are kept this long, for the owner to ask about. */
const KEEP_EVENTS_MS = 86_400_000;
/** Refusals that lift by themselves: what they meet is held, not taken down. */
const PASSING: readonly string[] = ["§3.2 paused", "§3.4 clock"];

/** Goes over what is open, whenever something it was decided by has changed. */
export class Revision {
  readonly #parts: RevisionParts;
  #cancelTimer: (() => void) | undefined;
  #woken: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(parts: RevisionParts) {
    this.#parts = parts;
  }

  /**
   * Decides everything again that is committed and has not ended, then what is asked, then what stands at the broker. Calls
   * `remake` for what is still permitted, but only in another form.
   */
  async reconsider(remake: (row: StoredDisclosure, kind: MediaKind) => Promise<void>): Promise<void> {
    const { rows, announcements, store, clips, judge, docket, clock } = this.#parts;
    for (const row of rows.open())
      if (row.kind !== "event" && (await this.#again(row, row.kind)) === "remake") await remake(row, row.kind);
    await announcements.reconsider();
    for (const { clip: id, kind, recipient } of store.asks()) {
      const clip = clips.find(id);
      const decision = clip && judge.clip(clip, kind, recipient);
      if (decision?.effect === "deny" && !passing(decision))
        docket.record(clip!, kind, recipient, decision, clock.wall());
    }
    await announcements.refresh();
  }

  async #again(row: StoredDisclosure, kind: MediaKind): Promise<"done" | "remake"> {
    const { clips, judge, docket, outbox, rows, clock } = this.#parts;
    const clip = clips.find(row.clip);
    if (clip?.state !== "ready") {
      await outbox.revoke(row.id, "the clip is gone");
      return "done";
    }
    const decision = judge.again(clip, row, kind);
    if (decision.effect === "permit") {
      // Sound that may no longer go, a key that was changed: these bytes must not leave. Others may.
      if (!satisfies(row.duties, dutiesOf(decision)))
        return (await outbox.revoke(row.id, "it was made for another policy")) ? "remake" : "done";
      rows.lowerNotAfter(row.id, expiryOf(decision.obligations));
      await outbox.publish(row.id);
      return "done";
    }
    const why = decision.reasons[0]!.text;
    if (row.state !== "accepted" && passing(decision)) await outbox.hold(row.id, why);
    else {
      if (row.state !== "accepted") docket.record(clip, kind, row.recipient, decision, clock.wall());
      await outbox.revoke(row.id, why);
    }
    return "done";
  }

  /** What has been asked for too long, or waited too long to be sent, ends; what could not be spooled is tried again. */
  async expire(): Promise<void> {
    const { rows, store, ledger, outbox, clock, announcements } = this.#parts;
    const now = clock.wall();
    const late = store.asks().filter(({ askExpires }) => askExpires! <= now);
    if (late.length)
      ledger.transaction(() => {
        for (const { askExpires, ...verdict } of late) {
          ledger.append("ask.expired", verdict.clip, { recipient: verdict.recipient });
          const reason = `nobody answered before ${rfc3339(askExpires!)}`;
          store.putVerdict({ ...verdict, effect: "expired", rule: "§9.5 ask", reason, decidedAt: now });
        }
      });
    for (const row of rows.open())
      if (row.notAfter <= now) await outbox.takeDown(row.id, "expired", "it was not sent in time", "quiet");
    await outbox.publishCommitted();
    if (late.length) await announcements.refresh();
    rows.forgetEvents((now - KEEP_EVENTS_MS) as WallTime);
    this.arm();
  }

  /** Wakes when the next term passes; sleeps for good when nothing can. */
  arm(): void {
    const { rows, store, clock, alarm } = this.#parts;
    this.#cancelTimer?.();
    if (this.#stopped) return;
    const due = Math.min(store.asks()[0]?.askExpires ?? Infinity, rows.nextExpiry() ?? Infinity);
    if (due === Infinity) return;
    const span = Math.min(Math.max(due - clock.wall(), 1000), LONGEST_SLEEP_MS);
    this.#cancelTimer = after(clock, milliseconds(span), () => {
      this.#woken = this.expire().catch((error: unknown) => alarm("NOT_RELEASED", (error as Error).message));
    });
  }

  /** Resolves when what the clock has begun is over. */
  async idle(): Promise<void> {
    await this.#woken;
  }

  /** Does not wake any more. */
  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
  }
}

const passing = ({ reasons }: Decision): boolean => reasons.every(({ rule }) => PASSING.includes(rule));
