// A decision in words: which line of the configuration spoke, and what would have to change. Pure.
import { rfc3339 } from "../../drivers/clock/clock.ts";
import type { ClipId } from "../vault/clip.ts";
import type { Decision, Obligation, Reason } from "./decision.ts";

export interface Explanation {
  /** One sentence: what happens. */
  readonly verdict: string;
  /** Each rule that spoke, with its place in the configuration. */
  readonly because: readonly string[];
  /** What would have to change, one step each; empty when it goes. */
  readonly change: readonly string[];
  /** What release obliges the gate to; empty when it is denied. */
  readonly how: readonly string[];
}

/** Explains a decision about one clip for one recipient. */
export function explainDecision(decision: Decision, clip: ClipId, recipient: string): Explanation {
  const { effect, reasons, obligations } = decision;
  const spoke = reasons.filter((reason) => reason.effect === effect);
  return {
    verdict: {
      permit: `${clip} goes to ${recipient}`,
      ask: `${clip} waits for your answer before it goes to ${recipient}`,
      deny: `${clip} does not go to ${recipient}`,
    }[effect],
    because: reasons.map(place),
    change: effect === "permit" ? [] : [...new Set(spoke.map((reason) => remedy(reason, clip, recipient)))],
    how: obligations.map(duty),
  };
}

function place({ text, rule, path, line }: Reason): string {
  const where = [...(line === undefined ? [] : [`line ${line}`]), ...(path === undefined ? [] : [path]), rule];
  return `${text} (${where.join(", ")})`;
}

function remedy({ rule, path, effect }: Reason, clip: ClipId, recipient: string): string {
  const key = path?.split(".").at(-1) ?? "";
  switch (rule) {
    case "§3.1 sharing":
      return "set sharing.enabled = true";
    case "§3.2 paused":
      return "resume sharing (`doorstep resume`); if `doorstep status` says that it is closed, do what it says there";
    case "§3.3 recipient":
      return `write a [[recipient]] named ${JSON.stringify(recipient)} (\`doorstep invite\` makes one)`;
    case "§3.4 clock":
      return key === ""
        ? "set the clock"
        : `wait until the clock has been set (NTP), or lift ${key}; a clip that began on a wrong clock stays undated`;
    case "§4.1 grant":
      return effect === "ask"
        ? `approve it (\`doorstep approve ${clip} --to ${recipient}\`), or set ${key} = "auto"`
        : grantRemedy(key);
    case "§4.2 triggers":
      return "add what started it to triggers";
    case "§4.3 hours":
      return "widen hours so that they hold the minute in which it began";
    case "§4.4 zones":
      return "add a zone in which something moved to zones";
    case "§4.5 until":
      return "set a later until";
    case "§4.6 max_per_day":
      return "wait for the next day, or raise max_per_day";
    case "§4.7 objection":
      return `approve it by hand (\`doorstep approve ${clip} --to ${recipient}\`): no configuration can lift an objection`;
    case "§5.1 refused":
      return `approve it (\`doorstep approve ${clip} --to ${recipient}\`): the last answer counts`;
    case "§5.3 channel":
      return "approve it on the page or with `doorstep approve`, or add the channel to approvals.channels";
    default:
      return "see docs/spec/consent.md";
  }
}

const grantRemedy = (key: string): string =>
  key === "told_of_asks" || key === "told_of_state"
    ? `set ${key} = true`
    : key === "events"
      ? 'set events = "auto"'
      : `set ${key} = "ask" or ${key} = "auto"`;

function duty(obligation: Obligation): string {
  switch (obligation.kind) {
    case "strip-audio":
      return "without its sound";
    case "encrypt":
      return `sealed to ${obligation.keys.length === 1 ? "the recipient's key" : `${obligation.keys.length} keys`}`;
    case "not-after":
      return `sent until ${rfc3339(obligation.at)}, or not at all`;
  }
}
