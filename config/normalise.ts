// One spelling for every configuration: the accepted copy that is kept, its digest, and the part that concerns one recipient.
import { createHash } from "node:crypto";
import type { Config } from "./config.ts";
import { writeFields } from "./field.ts";
import { frozen } from "./frozen.ts";
import { type Parsed, type ParseOptions, readTree, wholeFile } from "./parse.ts";
import { writeAreas } from "./section/areas.ts";
import { brokerFields } from "./section/broker.ts";
import { writeCamera } from "./section/camera.ts";
import { DEVICE } from "./section/device.ts";
import { writeChime, writeTrigger } from "./section/inputs.ts";
import { AUDIO, NOTICE, RETENTION, REVIEW } from "./section/keeping.ts";
import { writeRecipient } from "./section/recipient.ts";
import { APPROVALS, REQUESTS, SHARING } from "./section/sharing.ts";

export interface Normalised {
  /** JSON in the shape of the file (same sections, keys and spellings), keys sorted, every default written out. */
  readonly json: string;
  /** SHA-256 of `json`, lower-case hex. */
  readonly sha256: string;
}

/** What the file says, as it would be written with every default. Without line numbers: they are not what it says. */
export function treeOf(config: Config): Readonly<Record<string, unknown>> {
  const sections = {
    device: writeFields(DEVICE, config.device),
    camera: writeCamera(config.camera),
    mask: writeAreas(config.masks),
    property: writeAreas(config.property),
    zone: writeAreas(config.zones),
    trigger: writeTrigger(config.trigger),
    chime: writeChime(config.chime),
    audio: writeFields(AUDIO, config.audio),
    sharing: writeFields(SHARING, config.sharing),
    recipient: config.recipients.map(writeRecipient),
    approvals: writeFields(APPROVALS, config.approvals),
    requests: writeFields(REQUESTS, config.requests),
    retention: writeFields(RETENTION, config.retention),
    notice: config.notice && writeFields(NOTICE, config.notice),
    mqtt: config.mqtt && writeFields(brokerFields(true), config.mqtt),
    review: writeFields(REVIEW, config.review),
  };
  return Object.fromEntries(Object.entries(sections).filter(([, section]) => section !== undefined));
}

/** The whole configuration in its one spelling. Two files that say the same have the same digest. */
export const normalise = (config: Config): Normalised => digested(treeOf(config));

/**
 * What decides over disclosures to `recipient`, and nothing about anyone else: its own section, the zones it names, the
 * switches and the time it depends on. The digest stands in receipts. Undefined if there is no such recipient.
 */
export function policyOf(config: Config, recipient: string): Normalised | undefined {
  const own = config.recipients.find(({ name }) => name === recipient);
  if (!own) return undefined;
  const asks = [own.clips, own.stills, own.previews].includes("ask");
  const zones = config.zones.filter(({ name }) => own.zones !== "all" && own.zones.includes(name));
  return digested({
    device: writeFields(DEVICE, config.device),
    sharing: writeFields(SHARING, config.sharing),
    recipient: writeRecipient(own),
    zone: writeAreas(zones),
    ...(asks && { approvals: writeFields(APPROVALS, config.approvals) }),
  });
}

/** What is kept of an accepted configuration: what it says, in its own order; the digest; and where its lines were. */
export function storedForm(config: Config): string {
  const stored = { v: 1, sha256: normalise(config).sha256, config: treeOf(config), lines: config.lines };
  return `${JSON.stringify(stored, undefined, 1)}\n`;
}

/**
 * Reads {@link storedForm} back, validated like any file. A changed or torn copy is refused (CONFIG_ACCEPTED_DAMAGED):
 * nobody has accepted what it says. Never throws.
 */
export function restoreConfig(json: string, options: Pick<ParseOptions, "demo"> = {}): Parsed {
  const stored = storedIn(json);
  if (!stored) return damaged("something that is no kept configuration");
  if (digestOf(stored.config) !== stored.sha256) return damaged("a copy that does not match its digest");
  const parsed = readTree(stored.config, options);
  return "config" in parsed ? { config: frozen({ ...parsed.config, lines: stored.lines }) } : parsed;
}

interface Stored {
  readonly sha256: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly lines: Readonly<Record<string, number>>;
}

function storedIn(json: string): Stored | undefined {
  let stored: Partial<Stored & { v: unknown }> | null;
  try {
    stored = JSON.parse(json) as typeof stored;
  } catch {
    return undefined;
  }
  if (stored?.v !== 1 || typeof stored.sha256 !== "string") return undefined;
  if (!isObject(stored.config) || !isObject(stored.lines)) return undefined;
  if (!Object.values(stored.lines).every((line) => Number.isSafeInteger(line))) return undefined;
  return stored as Stored;
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const damaged = (found: string): Parsed => ({
  faults: [wholeFile("CONFIG_ACCEPTED_DAMAGED", found, "the last accepted configuration as it was kept")],
});

/** Undefined for values nested too deep to walk, which no copy of ours is. */
function digestOf(tree: unknown): string | undefined {
  try {
    return digested(tree).sha256;
  } catch {
    return undefined;
  }
}

function digested(tree: unknown): Normalised {
  const json = JSON.stringify(sorted(tree));
  return { json, sha256: createHash("sha256").update(json).digest("hex") };
}

/** Sections that repeat are sorted by name, since their order in the file means nothing; other lists keep their order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(sorted);
    return items.every(isNamed) ? items.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

const isNamed = (item: unknown): item is { name: string } =>
  isObject(item) && "name" in item && typeof item.name === "string";
