// What consent remembers across restarts: verdicts, answers, pauses and what stands at the broker. Rows only; no rule is
// decided here. The disclosures are in disclosure-store.ts; all of it is in the ledger's database (schema.sql).
import type { ApprovalChannel } from "../../config/config.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { MediaKind } from "../spool/disclosure.ts";
import type { Sqlite } from "../sqlite.ts";
import { Prepared } from "../prepared.ts";
import type { ClipId } from "../vault/clip.ts";
import type { OwnerAnswer } from "./decision.ts";

/** The last decision about a clip, or a picture of it, for one recipient. */
export interface Verdict {
  readonly clip: ClipId;
  readonly recipient: string;
  readonly kind: MediaKind;
  readonly effect: "permit" | "ask" | "deny" | "expired" | "failed";
  /** Section of docs/spec/consent.md. */
  readonly rule: string;
  readonly reason: string;
  /** Lower-case hex of the clip that was judged. */
  readonly clipSha256: string;
  readonly decidedAt: WallTime;
  /** Until when the question is open; only with the effect "ask". */
  readonly askExpires?: WallTime;
}

/** An answer together with the bytes it was given for. */
export interface BoundAnswer extends OwnerAnswer {
  readonly clipSha256: string;
}

/** Sharing stopped by somebody, until the owner resumes it. */
export interface Pause {
  /** "" for everybody, else a recipient. */
  readonly scope: string;
  readonly by: string;
  readonly at: WallTime;
}

interface VerdictRow {
  readonly clip_id: string;
  readonly recipient: string;
  readonly kind: MediaKind;
  readonly effect: Verdict["effect"];
  readonly rule: string;
  readonly reason: string;
  readonly clip_sha256: string;
  readonly decided_ms: number;
  readonly ask_expires_ms: number | null;
}

interface AnswerRow {
  readonly answer: OwnerAnswer["answer"];
  readonly via: ApprovalChannel;
  readonly clip_sha256: string;
  readonly at_ms: number;
}

/** One connection's view of the consent tables. Synchronous, like the database. */
export class ConsentStore {
  readonly #db: Prepared;

  constructor(db: Sqlite) {
    this.#db = new Prepared(db);
  }

  putVerdict(verdict: Verdict): void {
    this.#db
      .prepare(
        `insert or replace into verdict
         (clip_id, recipient, kind, effect, rule, reason, clip_sha256, decided_ms, ask_expires_ms)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        verdict.clip,
        verdict.recipient,
        verdict.kind,
        verdict.effect,
        verdict.rule,
        verdict.reason,
        verdict.clipSha256,
        verdict.decidedAt,
        verdict.askExpires ?? null,
      );
  }

  /** Every verdict about a clip, in the order of recipient and kind. */
  verdicts(clip: ClipId): readonly Verdict[] {
    return this.#db
      .prepare<[string], VerdictRow>("select * from verdict where clip_id = ? order by recipient, kind")
      .all(clip)
      .map(readVerdict);
  }

  verdict(clip: ClipId, recipient: string, kind: MediaKind): Verdict | undefined {
    const row = this.#db
      .prepare<[string, string, string], VerdictRow>(
        "select * from verdict where clip_id = ? and recipient = ? and kind = ?",
      )
      .get(clip, recipient, kind);
    return row && readVerdict(row);
  }

  /** Notes that every recipient of now was decided for. */
  putConsidered(clip: ClipId, at: WallTime): void {
    this.#db.prepare("insert or ignore into considered (clip_id, at_ms) values (?, ?)").run(clip, at);
  }

  considered(clip: ClipId): boolean {
    return this.#db.prepare("select 1 from considered where clip_id = ?").get(clip) !== undefined;
  }

  /** Open questions, the one that expires first first. */
  asks(): readonly Verdict[] {
    return this.#db
      .prepare<[], VerdictRow>(
        "select * from verdict where ask_expires_ms is not null order by ask_expires_ms, clip_id, recipient, kind",
      )
      .all()
      .map(readVerdict);
  }

  /** How many clips wait for an answer. */
  clipsAsked(): number {
    return this.#db
      .prepare<[], number>("select count(distinct clip_id) from verdict where ask_expires_ms is not null")
      .pluck()
      .get()!;
  }

  /** Permitted, and neither committed nor failed since: what a crash left undone. */
  owed(): readonly Verdict[] {
    return this.#db
      .prepare<[], VerdictRow>(
        `select verdict.* from verdict where effect = 'permit' and not exists (
           select 1 from disclosure where disclosure.clip_id = verdict.clip_id
             and disclosure.recipient = verdict.recipient and disclosure.kind = verdict.kind
             and disclosure.committed_ms >= verdict.decided_ms and disclosure.state <> 'not_released')
         order by decided_ms, clip_id, recipient, kind`,
      )
      .all()
      .map(readVerdict);
  }

  putAnswer(clip: ClipId, recipient: string, { answer, via, clipSha256, at }: BoundAnswer): void {
    this.#db
      .prepare(
        `insert or replace into answer (clip_id, recipient, answer, via, clip_sha256, at_ms) values (?, ?, ?, ?, ?, ?)`,
      )
      .run(clip, recipient, answer, via, clipSha256, at);
  }

  /** The owner's last answer, if it was given for these bytes. */
  answer(clip: ClipId, recipient: string, clipSha256: string): OwnerAnswer | undefined {
    const row = this.#db
      .prepare<[string, string, string], AnswerRow>(
        "select * from answer where clip_id = ? and recipient = ? and clip_sha256 = ?",
      )
      .get(clip, recipient, clipSha256);
    return row && { answer: row.answer, via: row.via, at: row.at_ms as WallTime };
  }

  /** Forgets what was decided and answered about a clip that is gone. Disclosures stay: they happened. */
  forgetClip(clip: ClipId): void {
    this.#db.prepare("delete from verdict where clip_id = ?").run(clip);
    this.#db.prepare("delete from answer where clip_id = ?").run(clip);
    this.#db.prepare("delete from considered where clip_id = ?").run(clip);
  }

  pause({ scope, by, at }: Pause): void {
    this.#db.prepare("insert or replace into pause (scope, by, at_ms) values (?, ?, ?)").run(scope, by, at);
  }

  resume(scope: string): boolean {
    return this.#db.prepare("delete from pause where scope = ?").run(scope).changes > 0;
  }

  pauses(): readonly Pause[] {
    return this.#db
      .prepare<[], { scope: string; by: string; at_ms: number }>("select * from pause order by scope")
      .all()
      .map(({ scope, by, at_ms }) => ({ scope, by, at: at_ms as WallTime }));
  }

  /** Whether sharing is paused for this recipient, or for everybody. */
  paused(recipient: string): boolean {
    return this.#db.prepare("select 1 from pause where scope in ('', ?)").get(recipient) !== undefined;
  }

  /** Notes that a message may stand at the broker, retained, or on a display. */
  putRetained(recipient: string, topic: string, sha256: string): void {
    this.#db
      .prepare("insert or replace into retained (recipient, topic, sha256) values (?, ?, ?)")
      .run(recipient, topic, sha256);
  }

  retained(): readonly { readonly recipient: string; readonly topic: string; readonly sha256: string }[] {
    return this.#db
      .prepare<[], { recipient: string; topic: string; sha256: string }>(
        "select recipient, topic, sha256 from retained order by recipient, topic",
      )
      .all();
  }

  dropRetained(recipient: string, topic: string): void {
    this.#db.prepare("delete from retained where recipient = ? and topic = ?").run(recipient, topic);
  }

  /** True the first time, false for a signed answer that was taken before. Forgets those that ended before `now`. */
  takeAnswer(jti: string, expires: WallTime, forgetBefore: WallTime): boolean {
    this.#db.prepare("delete from taken_answer where expires_ms < ?").run(forgetBefore);
    return (
      this.#db.prepare("insert or ignore into taken_answer (jti, expires_ms) values (?, ?)").run(jti, expires).changes >
      0
    );
  }
}

const readVerdict = (row: VerdictRow): Verdict => ({
  clip: row.clip_id,
  recipient: row.recipient,
  kind: row.kind,
  effect: row.effect,
  rule: row.rule,
  reason: row.reason,
  clipSha256: row.clip_sha256,
  decidedAt: row.decided_ms as WallTime,
  ...(row.ask_expires_ms === null ? {} : { askExpires: row.ask_expires_ms as WallTime }),
});
