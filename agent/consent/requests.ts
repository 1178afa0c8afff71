// Third parties' requests: kept for the owner to see, within limits, and answered by nobody else (docs/spec/consent.md §10).
// A request is a letter, not a key: nothing here is read by the gate.
import { ulid } from "ulid";
import type { Clock, WallTime } from "../../drivers/clock/clock.ts";
import { rfc3339 } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import type { EntryDetails } from "../ledger/entry.ts";
import type { ConsentLedger } from "./ports.ts";
import { cleanText, comparedName, mixesAlphabets, readRequest } from "./request-text.ts";
import type { RequestKind, RequestText } from "./request-text.ts";

export interface StoredRequest extends RequestText {
  readonly id: string;
  readonly receivedAt: WallTime;
  /** mqtt: left by somebody. owner: a letter or a caller, written down. */
  readonly source: "mqtt" | "owner";
  /** By when the law, or the owner, wants an answer. */
  readonly dueAt?: WallTime;
  readonly state: "open" | "answered" | "refused";
  readonly answer: string;
  /** What the owner handed over because of it, and to whom. */
  readonly given: readonly EntryDetails["request.given"][];
  /** What is odd about the name, for the owner's eyes: letters of several alphabets. */
  readonly suspicious: boolean;
}

interface Row {
  readonly request_id: string;
  readonly received_ms: number;
  readonly source: StoredRequest["source"];
  readonly kind: RequestKind;
  readonly requester: string;
  readonly why: string;
  readonly contact: string;
  readonly legal_basis: string;
  readonly span_from_ms: number | null;
  readonly span_to_ms: number | null;
  readonly emergency: 0 | 1;
  readonly due_ms: number | null;
  readonly state: StoredRequest["state"];
  readonly answer: string;
}

/** Left over MQTT: as many in an hour, as many undecided. */
export const REQUESTS_AN_HOUR = 6;
export const REQUESTS_OPEN = 200;
const HOUR_MS = 3_600_000;
/** People asking for what is theirs are answered within a month (GDPR, Article 12(3)). */
const MONTH_MS = 30 * 86_400_000;

/** The requests in the consent tables, and the rules of keeping them. */
export class Requests {
  readonly #ledger: ConsentLedger;
  readonly #clock: Clock;
  readonly #accepts: () => boolean;

  /** @param accepts `requests.accept` of the policy in force */
  constructor(ledger: ConsentLedger, clock: Clock, accepts: () => boolean) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#accepts = accepts;
  }

  /** A message on the request topic. Kept or dropped: nothing outside shows which, so nothing is returned and nothing thrown. */
  receive(payload: Uint8Array): void {
    if (!this.#accepts()) return;
    const text = readRequest(payload);
    if (!text || this.#muted(text.from)) return;
    try {
      this.#ledger.transaction(() => {
        if (this.#room()) this.#insert(text, "mqtt", undefined);
      });
    } catch {
      // A full disk keeps no requests. The sender sees what it always sees.
    }
  }

  /**
   * The owner writes a letter or a caller down.
   *
   * @throws AgentError REQUEST_MALFORMED when a text is empty or too long.
   */
  add(request: RequestText, dueAt?: WallTime): StoredRequest {
    const from = cleanText(request.from, 1, 80);
    const why = cleanText(request.why, 0, 800);
    const contact = cleanText(request.contact, 0, 200);
    const legalBasis = cleanText(request.legalBasis, 0, 200);
    if (from === undefined || why === undefined || contact === undefined || legalBasis === undefined)
      throw new AgentError("REQUEST_MALFORMED", "a name of 1 to 80 characters, and no text of more than 800");
    const clean = { ...request, from, why, contact, legalBasis };
    return this.get(this.#ledger.transaction(() => this.#insert(clean, "owner", dueAt)));
  }

  /** Newest first; a muted requester's are shown only when asked for. */
  list({ muted = false }: { readonly muted?: boolean } = {}): readonly StoredRequest[] {
    const all = this.#ledger.database
      .prepare<[], Row>("select * from request order by received_ms desc, request_id desc")
      .all()
      .map((row) => this.#read(row));
    return muted ? all : all.filter(({ from, source }) => source === "owner" || !this.#muted(from));
  }

  /** @throws AgentError REQUEST_NOT_FOUND. */
  get(id: string): StoredRequest {
    const row = this.#ledger.database.prepare<[string], Row>("select * from request where request_id = ?").get(id);
    if (!row) throw new AgentError("REQUEST_NOT_FOUND", id);
    return this.#read(row);
  }

  /**
   * The owner has dealt with it, in whatever way. Nothing is sent: what is released goes through the gate or by hand.
   *
   * @throws AgentError REQUEST_NOT_FOUND.
   */
  close(id: string, state: "answered" | "refused", answer: string): StoredRequest {
    this.get(id);
    const words = cleanText(answer, 0, 800) ?? "";
    this.#ledger.transaction(() => {
      this.#ledger.append("request.answered", id, { answer: words === "" ? state : `${state}: ${words}` });
      this.#ledger.database
        .prepare("update request set state = ?, answer = ?, answered_ms = ? where request_id = ?")
        .run(state, words, this.#clock.wall(), id);
    });
    return this.get(id);
  }

  /** Nothing of this requester is kept from now on, however the name is spelled. In the ledger, as {@link unmute} is, once. */
  mute(requester: string): void {
    const { database } = this.#ledger;
    this.#hear("request.muted", requester, (name) =>
      database.prepare("insert or ignore into muted (requester, at_ms) values (?, ?)").run(name, this.#clock.wall()),
    );
  }

  unmute(requester: string): void {
    const { database } = this.#ledger;
    this.#hear("request.unmuted", requester, (name) =>
      database.prepare("delete from muted where requester = ?").run(name),
    );
  }

  #hear(
    type: "request.muted" | "request.unmuted",
    requester: string,
    change: (name: string) => { readonly changes: number },
  ): void {
    this.#ledger.transaction(() => {
      if (change(comparedName(requester)).changes > 0)
        this.#ledger.append(type, "", { from: cleanText(requester, 1, 80) ?? "" });
    });
  }

  #read(row: Row): StoredRequest {
    const given = this.#ledger.entries({ type: "request.given", ref: row.request_id });
    return { ...read(row), given: given.flatMap(({ details }) => details ?? []) };
  }

  #muted(requester: string): boolean {
    return (
      this.#ledger.database.prepare("select 1 from muted where requester = ?").get(comparedName(requester)) !==
      undefined
    );
  }

  /** Counted on the rows, so that a restart does not open the door wider. A clock that went back counts them all. */
  #room(): boolean {
    const now = this.#clock.wall();
    const { lately, open } = this.#ledger.database
      .prepare<[number], { lately: number; open: number }>(
        `select coalesce(sum(received_ms > ?), 0) as lately, coalesce(sum(state = 'open'), 0) as open
         from request where source = 'mqtt'`,
      )
      .get(now - HOUR_MS)!;
    return lately < REQUESTS_AN_HOUR && open < REQUESTS_OPEN;
  }

  #insert(text: RequestText, source: StoredRequest["source"], dueAt: WallTime | undefined): string {
    const now = this.#clock.wall();
    const id = ulid(now).toLowerCase();
    const due = dueAt ?? (text.kind === "disclosure" ? undefined : ((now + MONTH_MS) as WallTime));
    this.#ledger.append("request", id, entryOf(text));
    this.#ledger.database
      .prepare(
        `insert into request (request_id, received_ms, source, kind, requester, why, contact, legal_basis, span_from_ms,
           span_to_ms, emergency, due_ms, state) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')`,
      )
      .run(
        id,
        now,
        source,
        text.kind,
        text.from,
        text.why,
        text.contact,
        text.legalBasis,
        text.span?.from ?? null,
        text.span?.to ?? null,
        text.emergency ? 1 : 0,
        due ?? null,
      );
    return id;
  }
}

const entryOf = ({ kind, from, emergency, span }: RequestText): EntryDetails["request"] => ({
  kind,
  from,
  emergency,
  span: span ? `${rfc3339(span.from)}/${rfc3339(span.to)}` : "",
});

const read = (row: Row): Omit<StoredRequest, "given"> => ({
  id: row.request_id,
  receivedAt: row.received_ms as WallTime,
  source: row.source,
  kind: row.kind,
  from: row.requester,
  why: row.why,
  contact: row.contact,
  legalBasis: row.legal_basis,
  ...(row.span_from_ms === null || row.span_to_ms === null
    ? {}
    : { span: { from: row.span_from_ms as WallTime, to: row.span_to_ms as WallTime } }),
  emergency: row.emergency === 1,
  ...(row.due_ms === null ? {} : { dueAt: row.due_ms as WallTime }),
  state: row.state,
  answer: row.answer,
  suspicious: mixesAlphabets(row.requester),
});
