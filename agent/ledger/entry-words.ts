// What an entry of the ledger says, in a line of words for `ledger list`. Pure. The exact details are what --json carries.
import { printable } from "../../config/describe.ts";
import type { Entry, EntryDetails, EntryType } from "./entry.ts";

/** On one line, with nothing in it that a terminal would obey: details may quote strangers. */
export function entryWords(entry: Entry): string {
  return entry.details === undefined ? "(erased)" : printable(words(entry.type, entry.details));
}

const words = <T extends EntryType>(type: T, details: EntryDetails[T]): string => SAID[type](details);

const bytes = (count: number): string => `${count.toLocaleString("en-GB")} bytes`;
const list = (names: readonly string[]): string => names.join(", ");
/** What is nothing is left out. */
const parts = (...said: readonly (string | false)[]): string => said.filter(Boolean).join("; ");

const SAID: { readonly [T in EntryType]: (details: EntryDetails[T]) => string } = {
  "agent.started": ({ version, recovered }) =>
    parts(`version ${version}`, recovered.length > 0 && `saved after a crash: ${list(recovered)}`),
  "agent.stopped": ({ why }) => why,
  "camera.opened": ({ source }) => source,
  "camera.closed": ({ why }) => why,
  "microphone.opened": ({ device }) => device,
  "microphone.closed": ({ why }) => why,
  "clip.started": ({ triggers }) => triggers.join("+"),
  "clip.ready": ({ duration_s, bytes: size, triggers, zones, audio, objected, clock_trusted }) =>
    parts(
      `${duration_s.toFixed(1)} s, ${bytes(size)}, ${triggers.join("+")}`,
      zones !== "unknown" && zones.length > 0 && `in ${list(zones)}`,
      audio && "with sound",
      objected && "the visitor objected",
      !clock_trusted && "by a clock that nothing confirmed",
    ),
  "clip.quarantined": ({ why }) => why,
  "clip.deleted": ({ why, had_received }) =>
    parts(why, had_received.length > 0 && `had been received by ${list(had_received)}`),
  decision: ({ recipient, kind, effect, reasons }) =>
    `${kind} for ${recipient}: ${effect}, since ${reasons.map(({ text, line }) => (line === undefined ? text : `${text} (line ${line})`)).join("; ")}`,
  answer: ({ recipient, answer, via }) => `${answer} for ${recipient}, by ${via}`,
  "ask.expired": ({ recipient }) => `nobody answered for ${recipient}`,
  disclosure: ({ recipient, kind, sent_bytes, clip }) =>
    parts(`${kind} for ${recipient}, ${bytes(sent_bytes)}`, clip !== "" && `of ${clip}`),
  not_released: ({ recipient, why }) => `for ${recipient}: ${why}`,
  delivery: ({ recipient, state, detail }) => `${recipient}: ${detail === "" ? state : `${state} (${detail})`}`,
  viewing: ({ what, via }) => `${what}, by ${via}`,
  export: ({ recipient, purpose }) => parts(`for ${recipient}`, purpose !== undefined && purpose),
  signin: ({ outcome, from }) => `${outcome}, from ${from}`,
  request: ({ kind, from, emergency, span }) =>
    parts(`${kind}, from ${from}`, emergency && "says that it is an emergency", span !== "" && `about ${span}`),
  "request.answered": ({ answer }) => answer,
  "request.given": ({ to, disclosure }) => `to ${to}: ${disclosure}`,
  "request.muted": ({ from }) => `${from} was muted: nothing under this name is kept`,
  "request.unmuted": ({ from }) => `${from} is heard of again`,
  "policy.changed": ({ digest, tightened, widened }) =>
    parts(
      tightened.length > 0 && `tighter: ${list(tightened)}`,
      widened.length > 0 && `wider: ${list(widened)}`,
      `now ${digest.slice(0, 12)}`,
    ),
  "policy.invalid": ({ faults }) => list(faults),
  "sharing.paused": ({ by }) => `by ${by}`,
  "sharing.resumed": ({ by }) => `by ${by}`,
  alarm: ({ code, detail }) => (detail === "" ? code : `${code}: ${detail}`),
  "details.erased": ({ why, count, ranges }) =>
    `${why}: ${count === 1 ? "one entry" : `${count} entries`}, ${list(ranges.map(([first, last]) => (first === last ? String(first) : `${first}–${last}`)))}`,
  "ledger.accepted": ({ by, faults }) => parts(`by ${by}`, list(faults)),
};

/** Every type that an entry may have. */
export const ENTRY_TYPES = Object.keys(SAID);
