// The report of report.ts as a page to print or hand over: plain text, and HTML that needs nothing else. Pure.
import type { DisclosedItem, LedgerReport } from "./report.ts";

interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Plain text, no line made longer than its facts. */
export function reportText(report: LedgerReport): string {
  const sections = reportSections(report).flatMap(({ title, lines }) => [
    "",
    title,
    ...lines.map((line) => `  ${line}`),
  ]);
  return [heading(report), ...preamble(report), ...sections, "", CLOSING, ""].join("\n");
}

/** One HTML document with its own style, for a printer or a mail. Everything from the ledger is escaped. */
export function reportHtml(report: LedgerReport): string {
  const list = ({ title, lines }: Section): string =>
    `<h2>${escape(title)}</h2>\n<ul>\n${lines.map((line) => `<li>${escape(line)}</li>`).join("\n")}\n</ul>`;
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    `<title>${escape(heading(report))}</title>`,
    "<style>body{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto;padding:0 1em}h2{margin-top:1.5em}li{overflow-wrap:anywhere}</style>",
    "</head><body>",
    `<h1>${escape(heading(report))}</h1>`,
    ...preamble(report).map((line) => `<p>${escape(line)}</p>`),
    ...reportSections(report).map(list),
    `<p>${escape(CLOSING)}</p>`,
    "</body></html>",
    "",
  ].join("\n");
}

const CLOSING =
  "Every line above stands in a log in which nothing can be changed unnoticed: `doorstep ledger verify` checks it with the device's public key.";

const heading = ({ device }: LedgerReport): string => `What the doorbell camera "${device}" recorded and shared`;

const preamble = ({ from, to, entries, fingerprint }: LedgerReport): string[] => [
  from === undefined || to === undefined
    ? "Nothing has been written down yet."
    : `From ${time(from)} to ${time(to)} (UTC): ${entries} entries.`,
  `Key of the device: ${fingerprint}`,
];

function reportSections(report: LedgerReport): Section[] {
  return [recordings(report), ...disclosures(report), requests(report), changes(report)];
}

function recordings({
  clips,
  camera_s,
  microphone_s,
  viewings,
  exports,
  answers,
  erased_entries,
}: LedgerReport): Section {
  const deleted = Object.values(clips.deleted).reduce((sum, count) => sum + count, 0);
  const why = listed(
    Object.fromEntries(Object.entries(clips.deleted).map(([word, count]) => [DELETED[word] ?? word, count])),
  );
  return {
    title: "Recordings",
    lines: [
      `clips recorded: ${clips.recorded}; still kept: ${clips.kept}; deleted: ${deleted}${why}`,
      `objected to by a visitor: ${clips.objected}`,
      `camera open for ${hours(camera_s)}, microphone for ${hours(microphone_s)}`,
      `looked at by the owner: ${times(viewings)}; handed over as a file: ${times(exports)}`,
      `answered by the owner: ${times(Object.values(answers).reduce((sum, count) => sum + count, 0))}${listed(answers)}`,
      `entries whose details were erased: ${erased_entries}; that they were written remains`,
    ],
  };
}

/** Why clips were deleted, behind how many. */
const DELETED: Readonly<Record<string, string>> = {
  retention: "for their age",
  owner: "by the owner",
  erasure: "because somebody was to be forgotten",
  "disk full": "to make room",
};

function disclosures({ recipients }: LedgerReport): Section[] {
  if (recipients.length === 0) return [{ title: "Shared", lines: ["nothing, with nobody"] }];
  return recipients.map(({ recipient, disclosures, events }) => ({
    title: `Shared with ${recipient}: clips and stills ${disclosures.length}, small messages ${events}`,
    lines: disclosures.length ? disclosures.map(disclosed) : ["no clip and no still"],
  }));
}

function disclosed({ at, kind, clip, bytes, state, left, receipt, disclosure }: DisclosedItem): string {
  const size = bytes === undefined ? "" : `, ${bytes.toLocaleString("en-GB")} bytes`;
  const proof = receipt ? `receipt ${disclosure}` : "its receipt was erased";
  return `${time(at)}  ${kind} ${clip ?? "(erased)"}${size}, ${became(state, left)}, ${proof}`;
}

/** What became of a disclosure, for people. */
function became(state: string, left: boolean): string {
  if (state === "withdrawn") return left ? "sent, and withdrawn afterwards" : "withdrawn before it was sent";
  return BECAME[state] ?? state;
}

const BECAME: Readonly<Record<string, string>> = {
  committed: "not sent yet",
  accepted: "sent, not confirmed yet",
  "handed over": "handed over as a file",
  confirmed: "sent, and confirmed to have arrived",
  unconfirmed: "sent; nobody confirmed that it arrived",
  failed: "could not be sent",
  expired: "not sent in time",
  "not released": "did not leave",
  erased: "what became of it was erased",
};

function requests({ requests }: LedgerReport): Section {
  const lines = requests.map(({ at, kind, from, emergency, answer, given }) => {
    const urgency = emergency ? ', said to be an "emergency"' : "";
    return `${time(at)}  ${kind}, from ${from}${urgency}: ${answer ?? "not answered"}${given ? `; clips handed over: ${given}` : ""}`;
  });
  return { title: `Requests: ${requests.length}`, lines: lines.length ? lines : ["none"] };
}

function changes({ policy_changes }: LedgerReport): Section {
  const lines = policy_changes.map(
    ({ at, tightened, widened }, n) =>
      `${time(at)}  ${[...marked("-", tightened), ...marked("+", widened)].join("; ") || (n === 0 ? "the first rules" : "read again; what may be shared stayed the same")}`,
  );
  return { title: `Changes of the rules: ${policy_changes.length}`, lines: lines.length ? lines : ["none"] };
}

const marked = (mark: string, what: readonly string[]): string[] => what.map((text) => `${mark} ${text}`);

const listed = (counts: Readonly<Record<string, number>>): string => {
  const parts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return parts.length ? ` (${parts.join(", ")})` : "";
};

const times = (count: number): string => (count === 1 ? "once" : `${count} times`);

const hours = (seconds: number): string => `${(seconds / 3600).toFixed(1)} hours`;

/** 2026-11-22 12:00 */
const time = (at: string): string => at.slice(0, 16).replace("T", " ");

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
