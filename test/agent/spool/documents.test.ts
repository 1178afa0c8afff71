// What counts as a disclosure or an event: exactly the documents of docs/spec/spool.md §3, and nothing near them.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseEventDisclosure, parseMediaDisclosure } from "../../../agent/spool/documents.ts";
import { eventDisclosure, mediaDisclosure } from "./samples.ts";

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const media = mediaDisclosure(Buffer.from("film"));
const event = eventDisclosure();

test("a disclosure and an event are read back as they were written", () => {
  expect(parseMediaDisclosure(bytes(media))).toEqual(media);
  expect(parseEventDisclosure(bytes(event))).toEqual(event);
  expect(parseMediaDisclosure(bytes(event))).toBeUndefined();
  expect(parseEventDisclosure(bytes(media))).toBeUndefined();
});

const REFUSED: Readonly<Record<string, unknown>> = {
  "another version": { ...media, v: 2 },
  "a field more": { ...media, note: "x" },
  "a field less": { ...media, clip: undefined },
  "an upper-case id": { ...media, id: media.id.toUpperCase() },
  "a recipient with a wildcard": { ...media, recipient: "anna/#" },
  "a recipient named like a topic of the device": { ...media, recipient: "status" },
  "media in another folder": { ...media, media: { ...media.media, file: "../../../keys/ledger" } },
  "media that is the document itself": { ...media, media: { ...media.media, file: "disclosure.json" } },
  "a negative size": { ...media, media: { ...media.media, bytes: -1 } },
  "a size with a fraction": { ...media, media: { ...media.media, bytes: 1.5 } },
  "an hour that does not exist": { ...media, not_after: "2026-11-22T25:00:00Z" },
  "a day that does not exist": { ...media, not_after: "2026-02-30T12:00:00Z" },
  "a list": [media],
  nothing: null,
};

for (const [name, value] of Object.entries(REFUSED))
  test(`a media disclosure with ${name} is not one`, () => expect(parseMediaDisclosure(bytes(value))).toBeUndefined());

for (const topic of ["", "/", "event/", "#", "event/+", "../status", "a/b/c/d/e", "Event", "event/ring\n"])
  test(`an event for the topic ${JSON.stringify(topic)} is refused`, () =>
    expect(parseEventDisclosure(bytes({ ...event, topic }))).toBeUndefined());

test("whatever the bytes, reading them neither throws nor accepts what was not written by us", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.json().map((json) => Buffer.from(json)),
      ),
      (noise) => {
        return parseMediaDisclosure(noise) === undefined && parseEventDisclosure(noise) === undefined;
      },
    ),
  );
});

test("a document with one byte changed is refused or still a well-formed document with the same fields", () => {
  const original = bytes(media);
  fc.assert(
    fc.property(fc.nat(original.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
      const changed = Buffer.from(original);
      changed[at] = value;
      const read = parseMediaDisclosure(changed);
      return read === undefined || Object.keys(read).join() === Object.keys(media).join();
    }),
  );
});
