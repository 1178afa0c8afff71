// What an owner can see and do, whether through the CLI (control.sock) or the page (page.sock): one interface, one API.
import type { Config, Fault } from "../../config/config.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { Decision, OwnerAnswer, Reason } from "../consent/decision.ts";
import type { HandedOver, HandOverWish } from "../consent/hand-over.ts";
import type { RequestText } from "../consent/request-text.ts";
import type { StoredRequest } from "../consent/requests.ts";
import type { ReceiptClaims } from "../ledger/receipt.ts";
import type { MediaKind, PictureKind } from "../spool/disclosure.ts";
import type { BrokerState, HowMuchLeft } from "../spool/door.ts";
import type { Cause, Clip, ClipId } from "../vault/clip.ts";
import type { ClipFilter } from "../vault/clip-filter.ts";
import type { LiveStream } from "./live-feed.ts";
import type { IssuedCode } from "./one-time-code.ts";

export type Channel = "page" | "cli";

/** Where one clip stands for one recipient, in the words of `clips` and the page. */
export interface ShareState {
  readonly recipient: string;
  /** What of it is spoken of: the clip, unless no more than a picture of it goes or may go. */
  readonly kind: MediaKind;
  readonly state:
    | "withheld"
    | "asks"
    | "denied"
    | "expired"
    | "released"
    | "accepted"
    | "confirmed"
    | "unconfirmed"
    | "failed"
    | "withdrawn";
  /** One sentence: the reason that decided, or what went wrong and what to do. */
  readonly detail: string;
  /** Which rule of docs/spec/consent.md decided; only where one withholds it. */
  readonly rule?: string;
  /** How much had left when it was withdrawn; absent until the publisher has said so. */
  readonly left?: HowMuchLeft;
}

/** What would be decided about a clip for one recipient, and where it stands. */
export interface ExplainedClip extends Decision {
  /** Absent for a recipient that is neither named nor was ever sent it. */
  readonly stands?: ShareState;
}

export interface ClipView extends Clip {
  readonly shares: readonly ShareState[];
  /** Whether storyboard, still and preview have been made. */
  readonly pictures: boolean;
  /** Why it is quarantined or deleted. */
  readonly reason?: string;
}

/** Which clips: {@link ClipFilter} without what only the vault needs. */
export type ClipQuery = Omit<ClipFilter, "from" | "to" | "states">;

/** One local day with clips in it. */
export interface DayCount {
  /** "2026-11-22", in the device's time zone. */
  readonly day: string;
  /** The day's first instant, and the next day's, in milliseconds. */
  readonly from: WallTime;
  readonly to: WallTime;
  readonly count: number;
  /** Clips that began in each hour of the clock on the wall, 0–23. */
  readonly hours: readonly number[];
}

/** What would be sent to one recipient if the owner said yes, and why it asks. */
export interface Offer {
  readonly recipient: string;
  /** Those that decided first, each with its line of the configuration. */
  readonly reasons: readonly Reason[];
  /** The recording itself goes; false: no more than pictures of it. */
  readonly clip: boolean;
  readonly sound: boolean;
  /** To how many keys it would be encrypted; 0: whoever can read the broker can read it. */
  readonly keys: number;
  /** A still goes with it. */
  readonly still: boolean;
  /** A few small pictures that move go with it. */
  readonly preview: boolean;
  /** RFC 3339: sent until then, or not at all. */
  readonly notAfter?: string;
  /** RFC 3339: then the question is closed, and nothing has gone. */
  readonly asksUntil?: string;
}

/** A clip that somebody waits for. */
export interface WaitingClip extends ClipView {
  readonly offers: readonly Offer[];
  readonly causes: readonly Cause[];
  readonly disclosures: readonly DisclosureView[];
}

/** One thing that was committed to leave, and where it stands. */
export interface DisclosureView {
  readonly id: string;
  readonly recipient: string;
  readonly kind: MediaKind;
  readonly state: string;
  readonly detail: string;
  readonly committed: string;
  readonly notAfter: string;
  /** What the receipt claims; absent once erased. */
  readonly receipt?: ReceiptClaims;
}

/** Everything about one clip that a list does not show. */
export interface ClipDetails extends WaitingClip {
  /** The loudest moment of each second, 0–1; absent without sound. */
  readonly loudness?: readonly number[];
}

/** What the owner's erasing of a span did, and what it left. */
export interface ErasedView {
  readonly removed: readonly ClipId[];
  /** Who had received which of them, in whole or in part; clips that nobody had received are absent. */
  readonly received: Readonly<Record<ClipId, readonly string[]>>;
  /** Still being recorded: erase again when they are finished. */
  readonly recording: readonly ClipId[];
  /** Recorded while the clock was not set: they may be of that time or of any other. */
  readonly doubtful: readonly ClipId[];
}

/** The policy as the agent understands it. */
export interface PolicyView {
  readonly file: string;
  readonly digest: string;
  /** The file as it stands now, whether accepted or not; "" when it cannot be read. */
  readonly text: string;
  /** What is in force; absent when nothing ever was. */
  readonly config?: Config;
  readonly faults: readonly Fault[];
  readonly pendingWidening: readonly string[];
}

/** The kinds of pictures a clip has, besides the contact sheet. */

export interface Status {
  readonly device: string;
  /** Of hours and dates in the configuration, and of every time the owner is shown. */
  readonly timezone: string;
  readonly camera: {
    readonly state: "off" | "starting" | "on" | "failed" | "closed";
    readonly source: string;
    readonly detail: string;
    readonly remedy?: string;
  };
  readonly microphone: { readonly state: "off" | "on" | "failed"; readonly detail: string; readonly remedy?: string };
  readonly light: {
    readonly state: "none" | "off" | "on" | "failed";
    readonly detail: string;
    readonly remedy?: string;
  };
  readonly recording: { readonly state: "idle" | "recording" | "cool-down"; readonly clip?: ClipId };
  readonly sharing: { readonly state: "enabled" | "disabled" | "paused" | "closed"; readonly detail: string };
  readonly broker: {
    readonly state: BrokerState | "no publisher";
    /** Begins with a code when something is wrong. */
    readonly detail: string;
    readonly remedy?: string;
  };
  readonly clock: { readonly trusted: boolean; readonly detail: string };
  readonly config: {
    readonly file: string;
    readonly digest: string;
    readonly faults: readonly (Fault & { readonly remedy?: string })[];
  };
  /** `free`: bytes that may still be written to the card. */
  readonly clips: { readonly count: number; readonly bytes: number; readonly waiting: number; readonly free: number };
  readonly alarms: readonly {
    readonly code: string;
    readonly detail: string;
    readonly at: string;
    readonly remedy?: string;
  }[];
}

/** An answer for people and for programs at once, with the exit code that says it: 0 done, 1 the answer is no. */
export interface Outcome {
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly exitCode: 0 | 1;
}

/** The ledger as its owner looks at it. The export is what `doorstep ledger verify FILE` reads. */
export interface LedgerDesk {
  list(query: {
    readonly after?: number | undefined;
    readonly limit?: number | undefined;
    readonly type?: string | undefined;
    readonly ref?: string | undefined;
  }): Outcome;
  /** Verifies all of it in the background of the running agent. */
  verify(): Promise<Outcome>;
  /** `terminal`: with a QR code. */
  key(terminal: boolean): Promise<Outcome>;
  prove(sequence: number): Outcome;
  report(): Outcome & { readonly html: string };
  /** The owner has read what speaks against the ledger, and opens sharing again. */
  accept(channel: Channel): Promise<Outcome>;
  /** JSON lines, newlines included. */
  export(): Iterable<string>;
}

/** Everything throws AgentError; codes that end in _NOT_FOUND are 404, _REFUSED 409. */
export interface Owner {
  status(): Status;
  /** Newest first. */
  clips(query?: ClipQuery): readonly ClipView[];
  clip(id: ClipId): ClipView;
  details(id: ClipId): ClipDetails;
  /** Newest day first; only days with clips. */
  days(query: ClipQuery): readonly DayCount[];
  /** Clips that somebody waits for, the one whose question closes first first. */
  waiting(): readonly WaitingClip[];
  /** The file to play, after its hash has been checked; writes the viewing into the ledger. */
  play(id: ClipId, channel: Channel): Promise<string>;
  /** As {@link play}, to keep a copy. */
  download(id: ClipId, channel: Channel): Promise<string>;
  answer(id: ClipId, recipient: string, answer: OwnerAnswer["answer"], channel: Channel): Promise<ShareState>;
  remove(id: ClipId, channel: Channel): Promise<void>;
  explain(id: ClipId, recipient: string): ExplainedClip;
  /** The contact sheet's file. The first look is in the ledger. */
  storyboard(id: ClipId, channel: Channel): string;
  picture(id: ClipId, kind: PictureKind): string;
  pin(id: ClipId, pinned: boolean): void;
  /** Every clip of which any moment lies in from ≤ t < to, pinned ones too, and what the ledger says about them. */
  erase(from: WallTime, to: WallTime): Promise<ErasedView>;
  /** The running camera, written into the ledger before the first picture; until `ended` aborts. */
  live(channel: Channel, ended?: AbortSignal): LiveStream;
  /** What the camera sees now, or saw last, as JPEG. */
  scene(channel: Channel): Promise<Uint8Array>;
  /** Server-sent events until `ended` aborts. */
  changes(ended?: AbortSignal): ReadableStream<Uint8Array>;
  policy(): Promise<PolicyView>;
  requests(muted: boolean): readonly StoredRequest[];
  addRequest(request: RequestText, due?: WallTime): StoredRequest;
  closeRequest(id: string, state: "answered" | "refused", answer: string): StoredRequest;
  muteRequester(name: string, muted: boolean): void;
  /** Prometheus' text format. */
  metrics(): string;
  /** A one-time code for the page. Only for whoever may use control.sock. */
  issueCode(): IssuedCode;
  /** Sets the page's password and signs everybody out. Only for whoever may use control.sock. */
  setPassword(password: string): Promise<void>;
  readonly ledger: LedgerDesk;
  /** Seals a clip for somebody who stands in no configuration; whoever calls closes the handle. Written down first. */
  handOver(id: ClipId, wish: HandOverWish): Promise<HandedOver>;
  /** Sends this device a message through the broker: "ok", or in words what went wrong. Within ten seconds or so. */
  selfTest(): Promise<string>;
  pause(channel: Channel): Promise<void>;
  resume(channel: Channel): Promise<void>;
  /** Simulated inputs only. */
  trigger(input: "pir" | "button", channel: Channel): Promise<void>;
}
