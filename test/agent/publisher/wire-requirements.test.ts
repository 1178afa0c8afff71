// docs/spec/wire.md held to the code: every numbered requirement has tests that exist, the numbers in its text are the program's,
// and its golden documents are what the program says and understands.
import { globSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  infoDraft,
  motionDraft,
  ringDraft,
  waitingDraft,
  withdrawnDraft,
} from "../../../agent/consent/event-documents.ts";
import { ACKNOWLEDGEMENT_BYTES, parseAcknowledgement } from "../../../agent/publisher/acknowledgement.ts";
import { MOST_ASKED, MOST_BREAKS, MOST_HELLOS } from "../../../agent/publisher/job.ts";
import { SMALLEST_LIMIT } from "../../../agent/publisher/limits.ts";
import { LARGEST_PACKET } from "../../../agent/publisher/packet.ts";
import { readyEvent } from "../../../agent/publisher/transfer.ts";
import { MOST_WINDOW_BYTES } from "../../../agent/publisher/window.ts";
import { parseManifest } from "../../../agent/receiver/manifest.ts";
import { QUIET } from "../../../agent/receiver/patience.ts";
import { RESERVED_LEVELS } from "../../../agent/spool/documents.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";

const root = new URL("../../../", import.meta.url);
const spec = readFileSync(new URL("docs/spec/wire.md", root), "utf8");
const golden = (name: string): string => readFileSync(new URL(`test/golden/wire/${name}.json`, root), "utf8").trim();

/** Beginnings of the titles of tests that would fail if the requirement were broken. */
const PROOFS: Readonly<Record<string, readonly string[]>> = {
  D1: ["it speaks of nobody's topics but the recipient's own", "an event for the topic"],
  D2: ["a name that would lead out of the door is refused", "no recipient is called like a level of the device's own"],
  D3: [
    "a clip arrives whole in one message, then its receipt",
    "a still is retained with its receipt, and a preview is not",
    "a preview reaches whoever listens and stands nowhere",
  ],
  D4: ["the golden documents are what the program says"],
  D5: ["closing takes back what was retained, says offline", "a preview reaches whoever listens and stands nowhere"],
  D6: [
    "is sealed to the key of whoever has one, and opens with the age command",
    "says that something moves, and later that nothing does, only to recipients without a key",
    "what is retained is never retained in the clear for somebody with a key",
    "a preview is sealed to the key of whoever has one",
  ],
  D7: [
    "a recipient may pause and forgo what is its own, and nothing else",
    "ten thousand commands at once are turned away",
    "a command is handed to the recorder, and acknowledged to the broker only when that has it",
  ],
  D8: [
    "while sharing is closed the broker is never even called",
    "what could not be taken back is taken back by the next publisher",
  ],
  D9: [
    "a clip arrives whole in one message, then its receipt",
    "clips overlap on the way, and each recipient gets everything in order",
  ],
  D10: [
    "clips overlap on the way, and each recipient gets everything in order",
    "however many clips wait for however many people",
    "next: ${name}",
  ],
  D11: [
    "clips overlap on the way, and each recipient gets everything in order",
    "a clip larger than anything the broker ever took goes alone",
    "a broker that takes one message at a time is never sent a second",
  ],
  D12: ["what is past its time is not sent, whatever stands in the outbox"],
  D13: ["a clip through a broker of which", "every manifest the publisher can make"],
  D14: ["classic and post-quantum keys are never mixed in one sealed file"],
  D15: ["a clip through a broker of which"],
  D16: ["a broker that speaks only 3.1.1 gets the clip all the same"],
  D17: [
    "closing takes back what was retained, says offline",
    "a withdrawn still takes its receipt with it",
    "a preview leaves the display when its grant goes",
  ],
  D18: ["what could not be taken back is taken back by the next publisher"],
  D19: [
    "whatever the broker answers, every clip comes to an end",
    "a clip that a plain subscriber took is filed as unconfirmed after a day",
  ],
  D20: [
    "what is withdrawn before its turn leaves no trace",
    "a clip that somebody altered in the outbox reaches nobody",
  ],
  D21: [
    "no message that is planned is larger than the broker takes",
    "a broker that closes on what is too large, without a word, is understood and remembered",
    "of a packet that was too large",
    "what the broker acknowledges and does not pass on is sent in smaller messages",
  ],
  D22: [
    "hello brings an unconfirmed clip again, after a pause for what is on its way, three times at most",
    "a receiver that names missing parts gets those, receipt and manifest, and no more than a few times",
    "nobody confirms a clip that was sent to another, with another hash, or not yet at all",
  ],
  R1: [
    "what is sent while the receiver is away is kept by the broker",
    "a broker that speaks only MQTT 3.1.1 is served just as well",
  ],
  R2: ["whatever is shuffled, repeated, cut, forged, replayed or crossed, only true clips are ever written"],
  R3: ["somebody who floods the topic costs a bounded folder"],
  R4: ["parts that hash as their manifest says but do not make up the signed clip are refused"],
  R5: [
    "is refused, once, and writes nothing",
    "a receipt whose proof rewrites what was sent before is an alarm",
    "a clip with one bit altered on the way is never saved",
  ],
  R6: ["a device whose key changes is refused", "without a trusted key nothing is saved"],
  R7: [
    "a clip that arrives a second time changes nothing",
    "another disclosure of the same clip is kept beside the first",
  ],
  R8: ["a withdrawal drops what has arrived so far", "an event sealed to the recipient is read"],
  R9: [
    "the newest still is saved from its two retained messages",
    "a still that is altered or past its day is not saved",
    "a preview is saved beside its still and its clip",
  ],
  R10: ["the newest still is saved from its two retained messages"],
  R11: ["a manifest is not taken with", "the golden documents are what a receiver understands"],
  R12: ["a receiver that gets no answer asks ever more rarely, eight times", "what is missing is named by its place"],
  R13: ["what the device did not hear it is told again when it comes back"],
};

test("every requirement is numbered once, in order, and has tests that exist", () => {
  const numbered = Array.from(spec.matchAll(/^\* \*\*([DR]\d+)\*\*/gm), ([, id]) => id!);
  const sorted = (letter: string): string[] =>
    numbered.filter((id) => id.startsWith(letter)).sort((a, b) => rank(a) - rank(b));
  for (const letter of ["D", "R"]) expect(sorted(letter)).toEqual(sorted(letter).map((_, at) => `${letter}${at + 1}`));
  expect(Object.keys(PROOFS).toSorted()).toEqual(numbered.toSorted());
  const titles = globSync("test/**/*.test.ts", { cwd: root })
    .map((file) => readFileSync(new URL(file, root), "utf8"))
    .join("\n");
  for (const [id, proofs] of Object.entries(PROOFS))
    for (const proof of proofs)
      expect(
        [`"${proof}`, `\`${proof}`, `: ${proof}`].some(
          (title) => titles.includes(`test(${title}`) || titles.includes(`test(\n  ${title}`),
        ),
        `${id}: ${proof}`,
      ).toBe(true);
});

const rank = (id: string): number => Number(id.slice(1));

test("the numbers in the text are the program's", () => {
  const said = (pattern: RegExp): number => Number(pattern.exec(spec)?.[1]?.replaceAll(",", ""));
  expect(said(/nor more than ([\d,]+) bytes of media/)).toBe(MOST_WINDOW_BYTES);
  expect(said(/After (\d+) breaks without progress/)).toBe(MOST_BREAKS);
  expect(said(/; ([\d,]+) if neither is known/)).toBe(LARGEST_PACKET);
  expect(said(/not less than ([\d,]+) bytes\. It is remembered/)).toBe(SMALLEST_LIMIT);
  expect(said(/JSON of at most ([\d,]+) bytes/)).toBe(ACKNOWLEDGEMENT_BYTES);
  expect(said(/after (\d+) s in which nothing/)).toBe(QUIET / 1000);
  expect(said(/at most (\d+) times for each clip/)).toBe(MOST_HELLOS);
  expect(said(/`missing` at most (\d+) times, `hello` included/)).toBe(MOST_ASKED);
});

test("no recipient is called like a level of the device's own", () => {
  const named = /\*\*D2\*\* No recipient is called (.*) or like the device/.exec(spec)![1]!;
  expect(Array.from(named.matchAll(/`([a-z]+)`/g), ([, level]) => level)).toEqual(RESERVED_LEVELS);
});

const at = Date.parse("2026-11-22T12:00:00Z") as WallTime;
const clip = "01k9zzzzzzzzzzzzzzzzzzzzzz";

test("the golden documents are what the program says", () => {
  expect(golden("info")).toBe(infoDraft("porch", "A".repeat(43) + "=").payload);
  expect(golden("event-ring")).toBe(ringDraft(at).payload);
  expect(golden("event-motion")).toBe(motionDraft(at).payload);
  expect(golden("event-clip-waiting")).toBe(waitingDraft(clip, at).payload);
  expect(golden("event-clip-withdrawn")).toBe(withdrawnDraft(clip, at).payload);
  const ready = readyEvent({ clip } as Parameters<typeof readyEvent>[0], "2026-11-22T12:00:00.000Z");
  expect(golden("event-clip-ready")).toBe(JSON.stringify(ready));
});

test("the golden documents are what a receiver understands, and what a device understands of it", () => {
  for (const name of ["manifest-single", "manifest-parts"])
    expect(parseManifest(Buffer.from(golden(name)))).toEqual(JSON.parse(golden(name)));
  for (const name of ["ack-hello", "ack-arrived", "ack-missing"])
    expect(parseAcknowledgement(Buffer.from(golden(name)))).toEqual(JSON.parse(golden(name)));
  const more = { ...(JSON.parse(golden("manifest-single")) as object), since: "2027" };
  expect(parseManifest(Buffer.from(JSON.stringify(more)))).toEqual(JSON.parse(golden("manifest-single")));
  expect(parseManifest(Buffer.from(JSON.stringify({ ...more, v: 2 })))).toBeUndefined();
});

test("there is a golden document for each that the page describes, each a JSON object with its version", () => {
  const names = readdirSync(new URL("test/golden/wire/", root)).map((name) => name.replace(".json", ""));
  for (const name of names) expect(JSON.parse(golden(name))).toMatchObject({ v: 1 });
  for (const type of ["ready", "withdrawn", "waiting"]) expect(names).toContain(`event-clip-${type}`);
  for (const type of ["hello", "arrived", "missing"]) expect(names).toContain(`ack-${type}`);
  for (const type of ["pause", "withdraw"]) expect(names).toContain(`command-${type}`);
});
