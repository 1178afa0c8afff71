// What can be wrong with a configuration, each with a remedy, and the list that gathers every fault of one file. Pure.
import type { Fault } from "./config.ts";

export const CONFIG_FAULTS = {
  CONFIG_ACCEPTED_DAMAGED:
    "nothing to do if the configuration file itself is right: the kept copy is written again when it is accepted",
  CONFIG_AGE_KEY_INVALID: "ask the recipient for the line that begins with age1 (`doorstep keygen` prints it)",
  CONFIG_EMPTY: "start from docs/reference/doorstep.example.toml: a name, a camera and a light are the least",
  CONFIG_FILE_IS_DIRECTORY: "name the file itself, for example /etc/doorstep/doorstep.toml",
  CONFIG_FILE_MISSING: "check the path, or copy docs/reference/doorstep.example.toml there",
  CONFIG_FILE_UNREADABLE: "let the user that runs doorstep read the file: `chmod 644` is enough, it holds no secret",
  CONFIG_GPIO_SHARED: "give each input and output a line of its own: two drivers cannot hold one",
  CONFIG_HOME_ASSISTANT_NEEDS_PLAIN:
    "write two recipients: one with plain = true for Home Assistant, one with a key for the person",
  CONFIG_KEY_AND_PLAIN:
    "keep one of the two: a key encrypts end to end, plain = true lets whoever reads the broker see",
  CONFIG_KEY_MISPLACED: "remove the key, or choose the value it belongs to",
  CONFIG_KEY_MISSING: "add the key; docs/reference/config.md says what it means",
  CONFIG_KEY_UNKNOWN:
    "correct the spelling, remove the line, or install the newer Doorstep that knows it: docs/reference/config.md",
  CONFIG_LIGHT_UNDECIDED: 'name the GPIO line of the light, or write light = "none" so that it is a decision',
  CONFIG_LIGHT_SIMULATED: "use a real line with a real camera: a light that only pretends would not tell the truth",
  CONFIG_NAME_DUPLICATE: "give each one a name of its own",
  CONFIG_NAME_RESERVED: "choose another name: this one is part of Doorstep's own topics",
  CONFIG_NEEDS_MQTT: "add a [mqtt] section with a url, or turn the switch off",
  CONFIG_NEEDS_OWNER_KEY: "add approvals.owner_key, or take mqtt_signed out of approvals.channels",
  CONFIG_NEEDS_PARTNER: "write both keys or neither",
  CONFIG_NEEDS_PASSWORD_FILE: "add review.password_file: a page on the network is never without a password",
  CONFIG_NEEDS_TIMEZONE: "add device.timezone: hours, dates and daily limits mean nothing without it",
  CONFIG_NOT_UTF8: "save the file again as UTF-8 (in Notepad: Save as, Encoding, UTF-8)",
  CONFIG_POLYGON_INVALID: "draw it again with `doorstep masks preview`, or list its corners in order, 0 to 1",
  CONFIG_RESTRICTION_MISSING: "write the restriction, or say in words that there is none: an absent one is never a yes",
  CONFIG_SECRET_INLINE: "put the secret into a file of its own and name that file",
  CONFIG_SYNTAX: "correct the line: key = value, with text in double quotes",
  CONFIG_TABLE_EXPECTED: "write it as a section: [name] for one, [[name]] for each of several",
  CONFIG_TLS_UNAVOIDABLE: "name the broker's own certificate authority in mqtt.ca_file instead",
  CONFIG_TOO_LARGE: "check that this is the right file: a configuration is a few kilobytes, at most 1 MiB",
  CONFIG_TOO_MANY: "write fewer of them, or correct the first ones and check again",
  CONFIG_VALUE_INVALID: "write a value of the kind that is expected; docs/reference/config.md has every key",
  CONFIG_ZONE_UNKNOWN: 'draw the zone in a [[zone]] section, correct its name, or write zones = "all"',
} as const;

export type ConfigErrorCode = keyof typeof CONFIG_FAULTS;

/** Where a key stands in the file: 1-based line and column. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** From the root of the file: table names, indices of [[tables]] and of list items. */
export type Steps = readonly (string | number)[];

/** Answers where something stands; the nearest thing around it if it has no place of its own. */
export interface Places {
  keyAt(steps: Steps): Place | undefined;
  valueAt(steps: Steps): Place | undefined;
  /** The value as it is written, or undefined when that is not known. */
  written(steps: Steps): string | undefined;
}

/** For configurations that come from no file. */
export const NOWHERE: Places = { keyAt: () => undefined, valueAt: () => undefined, written: () => undefined };

export interface Finding {
  readonly code: ConfigErrorCode;
  readonly path: string;
  readonly at: Steps;
  /** Whether the key or its value is at fault: decides where the caret goes. */
  readonly on: "key" | "value";
  readonly found: string;
  readonly expected: string;
  readonly hint?: string | undefined;
}

/** More than this many faults help nobody; the rest are counted. */
export const MAX_FAULTS = 100;

/** Every fault of one file, each with its place. */
export class FaultList {
  readonly places: Places;
  readonly #faults: Fault[] = [];
  readonly #silentLines: ReadonlySet<number>;
  #omitted = 0;

  /** `silentLines`: lines already reported as unreadable, about which nothing more is said. */
  constructor(places: Places = NOWHERE, silentLines: ReadonlySet<number> = new Set()) {
    this.places = places;
    this.#silentLines = silentLines;
  }

  /** True once no further fault would be shown: callers may save themselves the work of wording one. */
  get full(): boolean {
    return this.#faults.length >= MAX_FAULTS;
  }

  get count(): number {
    return this.#faults.length + this.#omitted;
  }

  add({ at, on, ...finding }: Finding): void {
    const place = on === "key" ? this.places.keyAt(at) : this.places.valueAt(at);
    if (place && this.#silentLines.has(place.line)) return;
    this.push(faultAt(place, finding));
  }

  push(fault: Fault): void {
    if (this.full) this.#omitted++;
    else this.#faults.push(fault);
  }

  /** In the order of the file; those that concern the whole file come first. */
  list(): readonly Fault[] {
    const faults = this.#faults.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    if (this.#omitted)
      faults.push({
        code: "CONFIG_TOO_MANY" satisfies ConfigErrorCode,
        path: "",
        found: `${this.#omitted} more`,
        expected: `at most ${MAX_FAULTS} faults in one file`,
      });
    return faults;
  }
}

/** Builds a fault, leaving out what is not known. */
export function faultAt(
  place: Place | undefined,
  { hint, ...rest }: Omit<Finding, "at" | "on">,
): Fault & { readonly code: ConfigErrorCode } {
  return { ...rest, ...(place && { line: place.line, column: place.column }), ...(hint !== undefined && { hint }) };
}
