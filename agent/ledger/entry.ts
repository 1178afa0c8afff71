// Every kind of entry in the ledger and what it says (promise 8). Pure. docs/spec/ledger.md is normative.
import type { ApprovalChannel } from "../../config/config.ts";
import type { Trigger } from "../../config/trigger.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { HowMuchLeft } from "../spool/door.ts";

interface ReasonGiven {
  readonly rule: string;
  readonly line?: number;
  readonly text: string;
}

/** One map from type to details. A new kind of entry is a new line here, and nowhere else. */
export interface EntryDetails {
  "agent.started": { readonly version: string; readonly recovered: readonly string[] };
  "agent.stopped": { readonly why: string };
  "camera.opened": { readonly source: string };
  "camera.closed": { readonly why: string };
  "microphone.opened": { readonly device: string };
  "microphone.closed": { readonly why: string };
  /** ref: clip id. */
  "clip.started": { readonly triggers: readonly Trigger[] };
  "clip.ready": {
    readonly sha256: string;
    readonly bytes: number;
    readonly duration_s: number;
    readonly started: string;
    readonly clock_trusted: boolean;
    readonly triggers: readonly Trigger[];
    readonly zones: readonly string[] | "unknown";
    readonly audio: boolean;
    readonly objected: boolean;
  };
  "clip.quarantined": { readonly why: string };
  /** A tombstone: what went and who had received it. */
  "clip.deleted": {
    readonly why: "retention" | "owner" | "erasure" | "disk full" | "unusable";
    readonly had_received: readonly string[];
  };
  /** ref: clip or event id. */
  decision: {
    readonly recipient: string;
    readonly kind: string;
    readonly effect: "permit" | "ask" | "deny";
    readonly reasons: readonly ReasonGiven[];
  };
  /** ref: clip id. An owner's authorisation, not the filmed person's consent. */
  answer: {
    readonly recipient: string;
    readonly answer: "approved" | "denied" | "withdrawn";
    readonly via: ApprovalChannel;
    readonly clip_sha256: string;
  };
  "ask.expired": { readonly recipient: string };
  /** ref: disclosure id. The commit of DESIGN §2. */
  disclosure: {
    readonly recipient: string;
    readonly kind: string;
    readonly clip: string;
    readonly sent_sha256: string;
    readonly sent_bytes: number;
    /** Head of the recipient's own tree after this disclosure. Absent for an event, which is no leaf of it. */
    readonly recipient_tree?: { readonly size: number; readonly root: string };
  };
  /** Committed, but its directory never stood in the spool (a crash), and the second decision was no. */
  not_released: { readonly recipient: string; readonly why: string };
  delivery: {
    readonly recipient: string;
    readonly state: "accepted" | "confirmed" | "unconfirmed" | "failed" | "expired" | "withdrawn";
    readonly detail: string;
    /** What the publisher said when its sending was stopped. */
    readonly left?: HowMuchLeft;
  };
  viewing: { readonly what: "played" | "downloaded" | "live" | "storyboard"; readonly via: "page" | "cli" };
  export: { readonly recipient: string; readonly sha256: string; readonly purpose?: string };
  signin: { readonly outcome: "ok" | "refused"; readonly from: string };
  request: { readonly kind: string; readonly from: string; readonly emergency: boolean; readonly span: string };
  "request.answered": { readonly answer: string };
  /** ref: request id. The owner handed something over because of it. Names no clip: erasing one has to leave no trace here. */
  "request.given": { readonly to: string; readonly disclosure: string };
  /** Nothing under this name is kept from here on, until the owner hears of them again. */
  "request.muted": { readonly from: string };
  "request.unmuted": { readonly from: string };
  "policy.changed": {
    readonly digest: string;
    readonly tightened: readonly string[];
    readonly widened: readonly string[];
  };
  "policy.invalid": { readonly faults: readonly string[] };
  "sharing.paused": { readonly by: string };
  "sharing.resumed": { readonly by: string };
  alarm: { readonly code: string; readonly detail: string };
  /** Written by the ledger itself. Details within `ranges` (first and last sequence, inclusive) may be missing since. */
  "details.erased": {
    readonly why: "retention" | "erasure";
    readonly count: number;
    readonly ranges: readonly (readonly [first: number, last: number])[];
  };
  /** The owner has seen these faults of the ledger and opened sharing again. */
  "ledger.accepted": { readonly by: string; readonly faults: readonly string[] };
}

export type EntryType = keyof EntryDetails;

/** An entry as a reader gets it back. Details and salt are undefined once erased: the proof still stands. */
export interface Entry<T extends EntryType = EntryType> {
  /** 0-based position in the device tree. */
  readonly sequence: number;
  readonly at: WallTime;
  readonly type: T;
  /** What it is about: a clip, disclosure or request id, or "". */
  readonly ref: string;
  readonly details: EntryDetails[T] | undefined;
}

/** Whether, by this word about its delivery, any of a disclosure can have reached anybody. */
export const hadLeft = ({ state, left }: EntryDetails["delivery"]): boolean =>
  state === "accepted" ||
  state === "confirmed" ||
  state === "unconfirmed" ||
  (left !== undefined && left.sent !== "none");
