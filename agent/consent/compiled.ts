// A policy made ready to decide quickly: recipients by name, config lines looked up once. Pure; kept only as long as its policy.
import type { Config, Grant, Recipient } from "../../config/config.ts";
import type { DisclosureKind, Obligation, Policy, Reason } from "./decision.ts";
import { localTime } from "./local-time.ts";
import type { LocalTime } from "./local-time.ts";

/** Where the configuration says something. */
export interface ConfigPlace {
  readonly path: string;
  readonly line?: number;
}

/** One block of the policy, with its reasons already written and its config lines looked up. */
export interface CompiledRecipient extends Recipient {
  readonly grant: Readonly<Record<DisclosureKind, Grant>>;
  readonly denied: Readonly<Record<DisclosureKind, Reason>>;
  readonly asked: Readonly<Record<DisclosureKind, Reason>>;
  readonly permitted: Readonly<Record<DisclosureKind, Reason>>;
  readonly encrypt?: Extract<Obligation, { kind: "encrypt" }>;
  at(key: string): ConfigPlace;
}

/** A policy as decide() reads it. */
export interface CompiledPolicy {
  /** Present while sharing is off. */
  readonly off?: Reason;
  readonly recipients: ReadonlyMap<string, CompiledRecipient>;
  readonly channels: Config["approvals"]["channels"];
  readonly channelsLine: ConfigPlace;
  readonly calendar: LocalTime | undefined;
}

const KEY: Readonly<Record<DisclosureKind, string>> = {
  clip: "clips",
  still: "stills",
  preview: "previews",
  event: "events",
  waiting: "told_of_asks",
  state: "told_of_state",
};
const WHAT: Readonly<Record<DisclosureKind, string>> = {
  clip: "clips",
  still: "stills",
  preview: "previews",
  event: "events",
  waiting: "word of what waits",
  state: "word of how the device is",
};

const kept = new WeakMap<Policy, CompiledPolicy>();

/** The same policy object gives the same answer, so it is compiled once and forgotten with it. */
export function compiled(policy: Policy): CompiledPolicy {
  let rules = kept.get(policy);
  if (!rules) kept.set(policy, (rules = compile(policy)));
  return rules;
}

function compile(policy: Policy): CompiledPolicy {
  const place = (path: string): ConfigPlace => {
    const line = policy.lines[path];
    return line === undefined ? { path } : { path, line };
  };
  const recipients = new Map<string, CompiledRecipient>();
  const twice = new Set<string>();
  for (const recipient of policy.recipients) {
    if (recipients.has(recipient.name)) twice.add(recipient.name);
    recipients.set(
      recipient.name,
      compileRecipient(recipient, (key) => place(`recipient.${recipient.name}.${key}`)),
    );
  }
  // No configuration that was accepted names one twice; if it did, neither block may speak for the other.
  for (const name of twice) recipients.delete(name);
  return {
    ...(policy.sharing.enabled
      ? {}
      : {
          off: { rule: "§3.1 sharing", effect: "deny", ...place("sharing.enabled"), text: "sharing is off" } as const,
        }),
    recipients,
    channels: policy.approvals.channels,
    channelsLine: place("approvals.channels"),
    calendar: localTime(policy.device.timezone),
  };
}

function compileRecipient(recipient: Recipient, at: (key: string) => ConfigPlace): CompiledRecipient {
  const grant: Record<DisclosureKind, Grant> = {
    clip: recipient.clips,
    still: recipient.stills,
    preview: recipient.previews,
    event: recipient.events,
    waiting: recipient.toldOfAsks ? "auto" : "never",
    state: recipient.toldOfState ? "auto" : "never",
  };
  const reasons = (effect: Reason["effect"], say: (kind: DisclosureKind) => string): Record<DisclosureKind, Reason> => {
    const reason = (kind: DisclosureKind): Reason => ({
      rule: "§4.1 grant",
      effect,
      ...at(KEY[kind]),
      text: say(kind),
    });
    return {
      clip: reason("clip"),
      still: reason("still"),
      preview: reason("preview"),
      event: reason("event"),
      waiting: reason("waiting"),
      state: reason("state"),
    };
  };
  return {
    ...recipient,
    grant,
    denied: reasons("deny", (kind) => `${recipient.name} gets no ${WHAT[kind]}`),
    asked: reasons("ask", (kind) => `${WHAT[kind]} for ${recipient.name} wait for the owner`),
    permitted: reasons("permit", (kind) => `${WHAT[kind]} for ${recipient.name} go by themselves`),
    ...(recipient.encryption.kind === "age"
      ? { encrypt: { kind: "encrypt", keys: recipient.encryption.keys } as const }
      : {}),
    at,
  };
}
