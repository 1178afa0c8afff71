// Clips as the owner sees them: with where they stand for everybody, what waits, and what would be sent. Reads only.
import { rfc3339 } from "../../drivers/clock/clock.ts";
import { DisclosureStore, type StoredDisclosure } from "../consent/disclosure-store.ts";
import type { Decision } from "../consent/decision.ts";
import type { Gate } from "../consent/gate.ts";
import { localTime } from "../consent/local-time.ts";
import { ConsentStore, type Verdict } from "../consent/store.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { ReceiptClaims } from "../ledger/receipt.ts";
import type { MediaKind } from "../spool/disclosure.ts";
import type { Catalogue } from "../vault/catalogue.ts";
import type { Clip, ClipId } from "../vault/clip.ts";
import type { StoredClip } from "../vault/clip-row.ts";
import { dayCounts } from "./day-counts.ts";
import type { ClipDetails, ClipQuery, ClipView, DayCount, DisclosureView, Offer, WaitingClip } from "./owner.ts";

export interface ClipViewsOptions {
  readonly catalogue: Catalogue;
  readonly ledger: Ledger;
  readonly gate: () => Gate | undefined;
  readonly timezone: () => string;
}

const LIST_LIMIT = 10_000;
const STATES = ["recording", "ready", "quarantined"] as const;
const QUARTER_HOUR_MS = 900_000;

/** Puts catalogue, consent and ledger together, clip by clip. */
export class ClipViews {
  readonly #options: ClipViewsOptions;
  readonly #consent: ConsentStore;
  readonly #disclosures: DisclosureStore;

  constructor(options: ClipViewsOptions) {
    this.#options = options;
    this.#consent = new ConsentStore(options.ledger.database);
    this.#disclosures = new DisclosureStore(options.ledger.database);
  }

  list(query: ClipQuery = {}): readonly ClipView[] {
    const { catalogue } = this.#options;
    return catalogue.list({ limit: LIST_LIMIT, ...query, states: STATES }).map((clip) => this.#view(clip));
  }

  get(id: ClipId): ClipView {
    return this.#view(this.#options.catalogue.get(id));
  }

  days(query: ClipQuery): readonly DayCount[] {
    const calendar = localTime(this.#options.timezone()) ?? localTime("UTC")!;
    return dayCounts(this.#options.catalogue.tally({ ...query, states: STATES }, QUARTER_HOUR_MS), calendar);
  }

  waiting(): readonly WaitingClip[] {
    const asks = this.#consent.asks();
    return [...new Set(asks.map(({ clip }) => clip))].flatMap((id) => {
      const clip = this.#options.catalogue.find(id);
      return clip && clip.state === "ready" ? [this.#waiting(clip, asks)] : [];
    });
  }

  details(id: ClipId): ClipDetails {
    const { catalogue } = this.#options;
    const clip = catalogue.get(id);
    const pictures = catalogue.pictures(id);
    return {
      ...this.#waiting(clip, this.#consent.asks()),
      ...(pictures?.state === "made" && pictures.loudness && { loudness: pictures.loudness }),
    };
  }

  /** Without what is the vault's own business. */
  #view(stored: StoredClip): ClipView {
    const { sequence: _, recovered: _made, agedAtMs: _aged, ...clip } = stored;
    return {
      ...clip,
      shares: this.#options.gate()?.shares(clip.id) ?? [],
      pictures: this.#options.catalogue.pictures(clip.id)?.state === "made",
    };
  }

  #waiting(clip: StoredClip, asks: readonly Verdict[]): WaitingClip {
    const view = {
      ...this.#view(clip),
      causes: this.#options.catalogue.causes(clip.id),
      disclosures: this.#disclosures.ofClip(clip.id).map((row) => this.#disclosure(row)),
    };
    const gate = this.#options.gate();
    if (!gate || clip.state !== "ready") return { ...view, offers: [] };
    const open = view.shares.filter(({ state }) => state === "asks");
    const offers = open.map(({ recipient, kind: asked }) => {
      const decision = gate.explain(clip.id, recipient, asked);
      const ask = asks.find((one) => one.clip === clip.id && one.recipient === recipient && one.kind === asked);
      const goes = (kind: MediaKind): boolean =>
        (kind === "clip" || view.pictures) && gate.explain(clip.id, recipient, kind).effect !== "deny";
      const goods = { clip: goes("clip"), still: goes("still"), preview: goes("preview") };
      return offerOf(recipient, clip, decision, goods, ask);
    });
    return { ...view, offers };
  }

  #disclosure(row: StoredDisclosure): DisclosureView {
    const receipt = this.#options.ledger.receiptOf(row.id);
    return {
      id: row.id,
      recipient: row.recipient,
      kind: row.kind === "event" ? "clip" : row.kind,
      state: row.state,
      detail: row.detail,
      committed: rfc3339(row.committedAt),
      notAfter: rfc3339(row.notAfter),
      ...(receipt !== undefined && { receipt: claimsOf(receipt) }),
    };
  }
}

function offerOf(
  recipient: string,
  clip: Clip,
  decision: Decision,
  goods: Pick<Offer, MediaKind>,
  ask: Verdict | undefined,
): Offer {
  const { obligations, reasons } = decision;
  const encrypt = obligations.find((one) => one.kind === "encrypt");
  const notAfter = obligations.find((one) => one.kind === "not-after");
  return {
    recipient,
    reasons,
    sound: goods.clip && clip.hasAudio && !obligations.some(({ kind }) => kind === "strip-audio"),
    keys: encrypt?.keys.length ?? 0,
    ...goods,
    ...(notAfter && { notAfter: rfc3339(notAfter.at) }),
    ...(ask?.askExpires !== undefined && { asksUntil: rfc3339(ask.askExpires) }),
  };
}

/** Our own receipt, out of our own ledger: read, not verified. */
const claimsOf = (jws: string): ReceiptClaims =>
  JSON.parse(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString("utf8")) as ReceiptClaims;
