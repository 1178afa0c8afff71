// The decision of DESIGN §7 in the vocabulary of XACML: what it is asked, and what it answers. Pure. decide() is decide.ts.
import type { Trigger } from "../../config/trigger.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { ApprovalChannel, Config } from "../../config/config.ts";
import { MEDIA_KINDS, type MediaKind } from "../spool/disclosure.ts";

/** The part of a configuration that decides. A whole {@link Config} is one. Never changed once decided with. */
export interface Policy {
  readonly device: Pick<Config["device"], "timezone">;
  readonly sharing: Config["sharing"];
  readonly recipients: Config["recipients"];
  readonly approvals: Pick<Config["approvals"], "channels">;
  readonly lines: Config["lines"];
}

export type DisclosureKind = MediaKind | "event" | "waiting" | "state";

/** Whether it shows what was recorded. */
export const isMedia = (kind: DisclosureKind): kind is MediaKind => MEDIA_KINDS.some((one) => one === kind);

/** What would leave, and to whom. "waiting" is the news that something waits for the owner, "state" how the device is. */
export interface Disclosure {
  readonly kind: DisclosureKind;
  readonly recipient: string;
  readonly triggers: readonly Trigger[];
  readonly zones: readonly string[] | "unknown";
  /** When the recording or event began: `hours` is judged by it. */
  readonly startedAt: WallTime;
  /** Whether the wall clock could be trusted when it began: if not, `hours` cannot be judged and denies. */
  readonly startTrusted: boolean;
  readonly hasAudio: boolean;
  readonly objected: boolean;
}

/** How an owner answered for one clip and one recipient. Bound to the clip's hash by whoever looks it up. */
export interface OwnerAnswer {
  readonly answer: "approved" | "denied" | "withdrawn";
  readonly at: WallTime;
  readonly via: ApprovalChannel;
}

/** Everything besides policy and disclosure that a decision depends on. Fixed while properties are proven. */
export interface Context {
  readonly now: WallTime;
  /** NTP has said so this boot, and the clock is not behind the newest ledger entry. */
  readonly clockTrusted: boolean;
  /** Clips already committed to this recipient on the local day of `now`; for a preview, other recordings it was shown. */
  readonly sentToday: number;
  /** Sharing paused from the page, the CLI or a recipient's own command. */
  readonly paused: boolean;
  readonly answer?: OwnerAnswer;
}

export type Effect = "permit" | "ask" | "deny";

/** What the gate must do before release. */
export type Obligation =
  | { readonly kind: "strip-audio" }
  | { readonly kind: "encrypt"; readonly keys: readonly string[] }
  | { readonly kind: "not-after"; readonly at: WallTime };

/** What the bytes of a release are made by: all obligations but the last instant. */
export const dutiesOf = ({ obligations }: Pick<Decision, "obligations">): readonly Obligation[] =>
  obligations.filter(({ kind }) => kind !== "not-after");

/** Whether bytes that were made by `made` do for `asked`: more than asked is as good. */
export function satisfies(made: readonly Obligation[], asked: readonly Obligation[]): boolean {
  const known = made.map((duty) => JSON.stringify(duty));
  return asked.every((duty) => known.includes(JSON.stringify(duty)));
}

/** `rule` is a section of docs/spec/consent.md ("§4.3 hours"); `path` and `line` say which line of the config spoke. */
export interface Reason {
  readonly rule: string;
  readonly effect: Effect;
  readonly path?: string;
  readonly line?: number;
  /** One sentence for the owner, lower case, no full stop. */
  readonly text: string;
}

/** The answer of decide(): never a bare boolean, because the reason travels with it to the row, the log and the page. */
export interface Decision {
  readonly effect: Effect;
  /** Empty unless the effect is "permit" or "ask": then what release would oblige the gate to do. */
  readonly obligations: readonly Obligation[];
  /** Never empty. Those that decided come first. */
  readonly reasons: readonly Reason[];
}
