// The disclosures: one row for everything that was ever committed to leave, and where it stands. Rows only.
import { decodeTime, ulid } from "ulid";
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { MediaKind, SpoolDocument } from "../spool/disclosure.ts";
import type { Sqlite } from "../sqlite.ts";
import { Prepared } from "../prepared.ts";
import type { ClipId } from "../vault/clip.ts";
import type { Obligation } from "./decision.ts";
import type { NewId } from "./ports.ts";

/** Where a disclosure that has not reached its end may stand. */
const OPEN_STATES = ["committed", "held", "released", "accepted"] as const;
export type OpenState = (typeof OPEN_STATES)[number];
export type EndState = "confirmed" | "unconfirmed" | "failed" | "expired" | "withdrawn" | "not_released";
export type DisclosureState = OpenState | EndState;

/** What to do once the publisher has said how much it had sent: "quiet" is nothing at all. */
export type Stopping = "held" | "withdrawn" | "quiet";

/** A row as the program sees it. */
export interface StoredDisclosure {
  readonly id: string;
  readonly kind: MediaKind | "event";
  /** "" for an event that shows no clip. */
  readonly clip: ClipId;
  readonly recipient: string;
  readonly state: DisclosureState;
  readonly detail: string;
  readonly committedAt: WallTime;
  /** The local date it counts for, if there was one. */
  readonly localDay?: string;
  readonly notAfter: WallTime;
  readonly document: SpoolDocument;
  /** What its bytes were made by. */
  readonly duties: readonly Obligation[];
  readonly stopping?: Stopping;
}

interface Row {
  readonly disclosure_id: string;
  readonly kind: StoredDisclosure["kind"];
  readonly clip_id: string;
  readonly recipient: string;
  readonly state: DisclosureState;
  readonly detail: string;
  readonly committed_ms: number;
  readonly local_day: string | null;
  readonly not_after_ms: number;
  readonly document: string;
  readonly duties: string;
  readonly stopping: Stopping | null;
}

/** One connection's view of the disclosure table. */
export class DisclosureStore {
  readonly #db: Prepared;

  constructor(db: Sqlite) {
    this.#db = new Prepared(db);
  }

  /** Adds a row in the state "committed", or as given. */
  insert(disclosure: StoredDisclosure): void {
    this.#db
      .prepare(
        `insert into disclosure (disclosure_id, kind, clip_id, recipient, state, detail, committed_ms, local_day,
           not_after_ms, document, duties, stopping) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        disclosure.id,
        disclosure.kind,
        disclosure.clip,
        disclosure.recipient,
        disclosure.state,
        disclosure.detail,
        disclosure.committedAt,
        disclosure.localDay ?? null,
        disclosure.notAfter,
        JSON.stringify(disclosure.document),
        JSON.stringify(disclosure.duties),
        disclosure.stopping ?? null,
      );
  }

  get(id: string): StoredDisclosure | undefined {
    const row = this.#db.prepare<[string], Row>("select * from disclosure where disclosure_id = ?").get(id);
    return row && read(row);
  }

  /** The id that a recipient's last disclosure was given, if there was any. */
  newestId(recipient: string): string | undefined {
    const id = this.#db
      .prepare<[string], string | null>("select max(disclosure_id) from disclosure where recipient = ?")
      .pluck()
      .get(recipient);
    return id ?? undefined;
  }

  setState(id: string, state: DisclosureState, detail: string): void {
    this.#db.prepare("update disclosure set state = ?, detail = ? where disclosure_id = ?").run(state, detail, id);
  }

  /** A policy that ends earlier ends what is open earlier, too. */
  lowerNotAfter(id: string, at: WallTime): void {
    this.#db.prepare("update disclosure set not_after_ms = min(not_after_ms, ?) where disclosure_id = ?").run(at, id);
  }

  setStopping(id: string, stopping: Stopping | undefined): void {
    this.#db.prepare("update disclosure set stopping = ? where disclosure_id = ?").run(stopping ?? null, id);
  }

  /** Everything that has not reached its end, in the order it was committed. */
  open(): readonly StoredDisclosure[] {
    return this.#db
      .prepare<[], Row>(
        `select * from disclosure where state in ('committed', 'held', 'released', 'accepted')
         order by committed_ms, disclosure_id`,
      )
      .all()
      .map(read);
  }

  /** Those the publisher has been told to stop, and has not answered for. */
  stopping(): readonly StoredDisclosure[] {
    return this.#db
      .prepare<[], Row>("select * from disclosure where stopping is not null order by disclosure_id")
      .all()
      .map(read);
  }

  /** Everything about one clip, the last first. */
  ofClip(clip: ClipId): readonly StoredDisclosure[] {
    return this.#db
      .prepare<[string], Row>(
        "select * from disclosure where clip_id = ? and kind <> 'event' order by committed_ms desc, disclosure_id desc",
      )
      .all(clip)
      .map(read);
  }

  /** The last disclosure of this to this recipient. */
  last(clip: ClipId, recipient: string, kind: MediaKind): StoredDisclosure | undefined {
    return this.ofClip(clip).find((one) => one.recipient === recipient && one.kind === kind);
  }

  /** Clips committed to a recipient on a local day, before the disclosure `before` if one is named. */
  sentOn(recipient: string, localDay: string, before?: StoredDisclosure): number {
    return this.#db
      .prepare<[string, string, number, number, string], number>(
        `select count(*) from disclosure where recipient = ? and local_day = ? and kind <> 'event' and kind = 'clip'
           and state <> 'not_released' and (committed_ms < ? or (committed_ms = ? and disclosure_id < ?))`,
      )
      .pluck()
      .get(
        recipient,
        localDay,
        before?.committedAt ?? Number.MAX_SAFE_INTEGER,
        before?.committedAt ?? Number.MAX_SAFE_INTEGER,
        before?.id ?? "",
      )!;
  }

  /** Recordings besides `clip` that a recipient was shown on a local day, as a clip or a preview; before `before` if one is named. */
  othersShownOn(recipient: string, localDay: string, clip: ClipId, before?: StoredDisclosure): number {
    return this.#db
      .prepare<[string, string, string, number], number>(
        `select count(distinct clip_id) from disclosure where recipient = ? and local_day = ? and kind <> 'event'
           and kind <> 'still' and state <> 'not_released' and clip_id <> ? and committed_ms <= ?`,
      )
      .pluck()
      .get(recipient, localDay, clip, before?.committedAt ?? Number.MAX_SAFE_INTEGER)!;
  }

  /** The earliest instant at which something open expires. */
  nextExpiry(): WallTime | undefined {
    const at = this.#db
      .prepare<[], number | null>(
        `select min(not_after_ms) from disclosure where state in ('committed', 'held', 'released', 'accepted')`,
      )
      .pluck()
      .get();
    return (at ?? undefined) as WallTime | undefined;
  }

  /** Blanks the documents of what is over and was about this clip: when it was and how long. That it went, and to whom, stays. */
  blankClip(clip: ClipId): void {
    this.#db
      .prepare(
        `update disclosure set document = '{}' where clip_id = ? and stopping is null
           and state not in ('committed', 'held', 'released', 'accepted')`,
      )
      .run(clip);
  }

  /** What is over and was committed before `before`. The newest of all is never among them: ids rise from it. */
  endedBefore(before: WallTime): readonly { readonly id: string; readonly clip: ClipId }[] {
    return this.#db
      .prepare<[number], { id: string; clip: ClipId }>(
        `select disclosure_id as id, clip_id as clip from disclosure where committed_ms < ? and stopping is null
           and state not in ('committed', 'held', 'released', 'accepted')
           and disclosure_id < (select max(disclosure_id) from disclosure)`,
      )
      .all(before);
  }

  remove(id: string): void {
    this.#db.prepare("delete from disclosure where disclosure_id = ?").run(id);
  }

  /** Forgets events that ended before `before`: a motion is not worth a row for ever. The ledger keeps its entry. */
  forgetEvents(before: WallTime): void {
    this.#db
      .prepare(
        `delete from disclosure where kind = 'event' and committed_ms < ? and stopping is null
           and state not in ('committed', 'held', 'released', 'accepted')`,
      )
      .run(before);
  }
}

const read = (row: Row): StoredDisclosure => ({
  id: row.disclosure_id,
  kind: row.kind,
  clip: row.clip_id,
  recipient: row.recipient,
  state: row.state,
  detail: row.detail,
  committedAt: row.committed_ms as WallTime,
  ...(row.local_day === null ? {} : { localDay: row.local_day }),
  notAfter: row.not_after_ms as WallTime,
  document: JSON.parse(row.document) as SpoolDocument,
  duties: JSON.parse(row.duties) as Obligation[],
  ...(row.stopping === null ? {} : { stopping: row.stopping }),
});

/** Whether a disclosure has not reached its end. */
export const isOpen = ({ state }: StoredDisclosure): boolean => (OPEN_STATES as readonly string[]).includes(state);

/**
 * The publisher sends in the order of ids: a recipient's rise even if the clock is stepped back, or the agent restarted. Those of
 * others do not move them, or the time in an id would count what others were sent at that moment.
 */
export function risingIds(newestOf: (recipient: string) => string | undefined): NewId {
  const last = new Map<string, number>();
  return (at, recipient) => {
    const before = last.get(recipient) ?? timeOf(newestOf(recipient));
    const time = Math.max(at, before + 1);
    last.set(recipient, time);
    return ulid(time).toLowerCase();
  };
}

const timeOf = (id: string | undefined): number => (id === undefined ? 0 : decodeTime(id.toUpperCase()));
