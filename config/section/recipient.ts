// [[recipient]]: who may get what, and how far. An absent grant is no; an absent restriction is a fault. Pure.
import type { Recipient } from "../config.ts";
import { ageKeysKind } from "../age-recipient.ts";
import { hoursKind } from "../clock-hours.ts";
import { quoted } from "../describe.ts";
import { nearest } from "../nearest.ts";
import { RESERVED_NAMES, parseTopicLevel, topicLevelKind } from "../device-name.ts";
import { type Fields, defaulted, optional, required, restriction, writeFields } from "../field.ts";
import { numberKind, switchKind, wordKind, wordOrKind } from "../kind.ts";
import { untilKind } from "../local-date.ts";
import { namesKind, wordsKind } from "../name-list.ts";
import type { Table, TableReader } from "../table-reader.ts";
import { TRIGGERS } from "../trigger.ts";

const grant = wordKind(["never", "ask", "auto"]);

export const RECIPIENT = {
  name: required("name", topicLevelKind, "One level of the topic, and the broker user that may read it."),
  clips: defaulted(
    "clips",
    grant,
    "never",
    "Recordings. ask: the owner is asked each time. auto: sent within the restrictions below.",
  ),
  stills: defaulted("stills", grant, "never", "Single pictures."),
  previews: defaulted(
    "previews",
    grant,
    "never",
    "A few small pictures of the whole clip that move, without sound. For Home Assistant, which cannot play clips.",
  ),
  events: defaulted("events", wordKind(["never", "auto"]), "never", "That somebody is there, and that the bell rang."),
  audio: defaulted(
    "audio",
    switchKind,
    false,
    "Whether what they get has sound. Nothing has while audio.record is false.",
  ),
  toldOfAsks: defaulted(
    "told_of_asks",
    switchKind,
    false,
    "Is told that something waits for the owner: for the owner's own devices.",
  ),
  toldOfState: defaulted(
    "told_of_state",
    switchKind,
    false,
    "Is told whether camera and microphone are open, and what is wrong: for the owner's own devices. A camera that sleeps opens when somebody comes.",
  ),
  triggers: restriction(
    "triggers",
    wordOrKind("all", wordsKind(TRIGGERS, false)),
    "Only what one of these started: pir, button, motion (in the picture), owner (by hand); or all.",
  ),
  zones: restriction(
    "zones",
    wordOrKind("all", namesKind),
    "Only where something moved in one of these zones (a press of the bell passes); or all, wherever it was.",
  ),
  hours: restriction(
    "hours",
    hoursKind,
    "Only what began between these local times, the second not included; or always.",
  ),
  until: restriction("until", untilKind, "The last local day on which anything is sent; or forever."),
  maxPerDay: restriction(
    "max_per_day",
    wordOrKind("unlimited", numberKind({ min: 1, max: 10_000, whole: true, unit: "clips" })),
    "How many clips on one local day; or unlimited.",
  ),
  homeAssistant: defaulted(
    "home_assistant",
    switchKind,
    false,
    "Announces this recipient's entities to Home Assistant, which cannot decrypt: needs plain = true.",
  ),
};

export const ENCRYPTION = {
  key: optional(
    "key",
    ageKeysKind,
    "plain = true must be written",
    "Public age key, or a list of them: what is sent can be opened by their holders alone.",
  ),
  plain: defaulted(
    "plain",
    switchKind,
    false,
    "Not encrypted end to end: whoever can read this broker can read it. Instead of key.",
  ),
};

const MAX_RECIPIENTS = 200;

/** Reads every [[recipient]]; those with a fault are left out. `device` and `zones` are names. */
export function readRecipients(
  root: TableReader,
  device: string | undefined,
  zones: readonly string[],
): readonly Recipient[] {
  const seen = new Set<string>();
  return root.tables("recipient", MAX_RECIPIENTS, recipientPath).flatMap((table): Recipient[] => {
    const given = table.fields(RECIPIENT);
    const encryption = readEncryption(table);
    if (given.homeAssistant && encryption?.kind === "age")
      table.fault("CONFIG_HOME_ASSISTANT_NEEDS_PLAIN", "home_assistant", {
        expected: "false for a recipient with a key: Home Assistant cannot decrypt",
        hint: "write two recipients: one plain = true for Home Assistant, one with the key",
      });
    checkName(table, given.name, device, seen);
    if (given.zones !== undefined && given.zones !== "all") checkZones(table, given.zones, zones);
    table.finish();
    const recipient = { ...given, encryption };
    return Object.values(recipient).includes(undefined) ? [] : [recipient as Recipient];
  });
}

function checkName(table: TableReader, name: string | undefined, device: string | undefined, seen: Set<string>): void {
  if (name === undefined) return;
  if (RESERVED_NAMES.some((reserved) => reserved === name) || name === device)
    table.fault("CONFIG_NAME_RESERVED", "name", {
      expected: `a name other than ${RESERVED_NAMES.join(", ")} and the device's own`,
    });
  if (seen.has(name))
    table.fault("CONFIG_NAME_DUPLICATE", "name", { expected: "a name that no other [[recipient]] has" });
  seen.add(name);
}

function checkZones(table: TableReader, named: readonly string[], drawn: readonly string[]): void {
  for (const name of named.filter((zone) => !drawn.includes(zone))) {
    const near = nearest(name, drawn);
    table.fault("CONFIG_ZONE_UNKNOWN", "zones", {
      found: quoted(name),
      expected: drawn.length ? `a zone that is drawn: ${drawn.map(quoted).join(", ")}` : "a zone, but none is drawn",
      hint: near === undefined ? undefined : `did you mean ${quoted(near)}?`,
    });
  }
}

function readEncryption(table: TableReader): Recipient["encryption"] | undefined {
  const { key, plain } = table.fields(ENCRYPTION);
  if (table.has("key") && plain) {
    table.fault("CONFIG_KEY_AND_PLAIN", "plain", { expected: "key or plain = true, not both" });
    return undefined;
  }
  if (key) return { kind: "age", keys: key };
  if (plain) return { kind: "plain" };
  if (!table.has("key") && plain === false)
    table.missing(
      "key",
      "CONFIG_RESTRICTION_MISSING",
      'key = "age1…", or plain = true',
      "`doorstep keygen` makes a key",
    );
  return undefined;
}

/** One [[recipient]] as TOML has it. */
export function writeRecipient({ encryption, ...rest }: Recipient): Record<string, unknown> {
  const lock = encryption.kind === "plain" ? { plain: true } : { key: encryption.keys };
  return { ...writeFields(RECIPIENT satisfies Fields, { ...rest }), ...writeFields(ENCRYPTION, lock) };
}

const recipientPath = ({ name }: Table, index: number): string =>
  typeof name === "string" && parseTopicLevel(name) !== undefined ? `recipient.${name}` : `recipient[${index + 1}]`;
