// Reads the policies, disclosures and contexts of test/vectors/consent.json into the types of agent/consent.
import type { Config, Recipient } from "../../../config/config.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";
import type {
  Context,
  Decision,
  Disclosure,
  Obligation,
  OwnerAnswer,
  Policy,
} from "../../../agent/consent/decision.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/** RFC 7396. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key] ?? null, value);
  }
  return merged;
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const instant = (text: unknown): WallTime => Date.parse(text as string) as WallTime;

export function readPolicy(json: Json): Policy {
  const policy = json as {
    timezone: string;
    sharing: { enabled: boolean };
    approvals: Pick<Config["approvals"], "channels">;
    recipients: Record<string, JsonObject>;
  };
  return {
    device: { timezone: policy.timezone },
    sharing: policy.sharing,
    approvals: policy.approvals,
    recipients: Object.entries(policy.recipients).map(([name, block]) => readRecipient(name, block)),
    lines: {},
  };
}

function readRecipient(name: string, block: JsonObject): Recipient {
  return {
    name,
    clips: block["clips"] as Recipient["clips"],
    stills: block["stills"] as Recipient["stills"],
    previews: block["previews"] as Recipient["previews"],
    events: block["events"] as Recipient["events"],
    audio: block["audio"] as boolean,
    toldOfAsks: block["told_of_asks"] as boolean,
    toldOfState: block["told_of_state"] as boolean,
    homeAssistant: false,
    encryption: block["plain"] === true ? { kind: "plain" } : { kind: "age", keys: block["key"] as readonly string[] },
    triggers: block["triggers"] as Recipient["triggers"],
    zones: block["zones"] as Recipient["zones"],
    hours: readHours(block["hours"] as string),
    until: block["until"] as string,
    maxPerDay: block["max_per_day"] as Recipient["maxPerDay"],
  };
}

function readHours(text: string): Recipient["hours"] {
  if (text === "always") return text;
  const [from, to] = text.split("-").map((time) => {
    const [hour, minute] = time.split(":").map(Number);
    return hour! * 60 + minute!;
  });
  return { from: from!, to: to! };
}

export function readDisclosure(json: Json): Disclosure {
  const disclosure = json as JsonObject;
  return {
    kind: disclosure["kind"] as Disclosure["kind"],
    recipient: disclosure["recipient"] as string,
    triggers: disclosure["triggers"] as unknown as Disclosure["triggers"],
    zones: disclosure["zones"] as unknown as Disclosure["zones"],
    startedAt: instant(disclosure["started"]),
    startTrusted: disclosure["start_trusted"] as boolean,
    hasAudio: disclosure["audio"] as boolean,
    objected: disclosure["objected"] as boolean,
  };
}

export function readContext(json: Json): Context {
  const context = json as JsonObject;
  const answer = context["answer"] as
    | { answer: OwnerAnswer["answer"]; via: OwnerAnswer["via"]; at: string }
    | undefined;
  return {
    now: instant(context["now"]),
    clockTrusted: context["clock_trusted"] as boolean,
    sentToday: context["sent_today"] as number,
    paused: context["paused"] as boolean,
    ...(answer ? { answer: { ...answer, at: instant(answer.at) } } : {}),
  };
}

export interface Outcome {
  readonly effect: string;
  readonly rules: readonly string[];
  readonly obligations: readonly object[];
}

/** A decision as the vectors write one. */
export const outcome = ({ effect, reasons, obligations }: Decision): Outcome => ({
  effect,
  rules: reasons.map(({ rule }) => rule),
  obligations: obligations.map((obligation: Obligation) =>
    obligation.kind === "not-after"
      ? { kind: obligation.kind, at: new Date(obligation.at).toISOString().replace(".000Z", "Z") }
      : obligation,
  ),
});
