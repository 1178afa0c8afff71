// What an owner can see and do, whether through the CLI (control.sock) or the page (page.sock): one interface, one API.
import type { Clip, ClipId } from "../vault/clip.ts";
import type { Decision, OwnerAnswer } from "../consent/decision.ts";
import type { BrokerState } from "../spool/door.ts";
import type { Fault } from "../../config/config.ts";

export type Channel = "page" | "cli";

/** Where one clip stands for one recipient, in the words of `clips` and the page. */
export interface ShareState {
  readonly recipient: string;
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
}

export interface ClipView extends Clip {
  readonly shares: readonly ShareState[];
}

export interface Status {
  readonly device: string;
  readonly camera: {
    readonly state: "off" | "starting" | "on" | "failed" | "closed";
    readonly source: string;
    readonly detail: string;
  };
  readonly microphone: { readonly state: "off" | "on" | "failed"; readonly detail: string };
  readonly light: { readonly state: "none" | "off" | "on" | "failed"; readonly detail: string };
  readonly recording: { readonly state: "idle" | "recording" | "cool-down"; readonly clip?: ClipId };
  readonly sharing: { readonly state: "enabled" | "disabled" | "paused" | "closed"; readonly detail: string };
  readonly broker: { readonly state: BrokerState | "no publisher"; readonly detail: string };
  readonly clock: { readonly trusted: boolean; readonly detail: string };
  readonly config: { readonly file: string; readonly digest: string; readonly faults: readonly Fault[] };
  readonly clips: { readonly count: number; readonly bytes: number; readonly waiting: number };
  readonly alarms: readonly { readonly code: string; readonly detail: string; readonly at: string }[];
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
  /** JSON lines, newlines included. */
  export(): Iterable<string>;
}

/** Everything throws AgentError; codes that end in _NOT_FOUND are 404, _REFUSED 409. */
export interface Owner {
  status(): Status;
  clips(): readonly ClipView[];
  clip(id: ClipId): ClipView;
  /** The file to play, after its hash has been checked; writes the viewing into the ledger. */
  play(id: ClipId, channel: Channel): Promise<string>;
  answer(id: ClipId, recipient: string, answer: OwnerAnswer["answer"], channel: Channel): Promise<ShareState>;
  remove(id: ClipId, channel: Channel): Promise<void>;
  explain(id: ClipId, recipient: string): Decision;
  /** The contact sheet's file. */
  storyboard(id: ClipId): string;
  readonly ledger: LedgerDesk;
  pause(channel: Channel): Promise<void>;
  resume(channel: Channel): Promise<void>;
  /** Simulated inputs only. */
  trigger(input: "pir" | "button", channel: Channel): Promise<void>;
}
