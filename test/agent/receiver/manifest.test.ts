// What a receiver takes for a manifest, a topic and a receipt; and that the publisher's own are among them.
import type { WallTime } from "../../../drivers/clock/clock.ts";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { manifestOf, modeOf } from "../../../agent/publisher/transfer.ts";
import { parseAcknowledgement } from "../../../agent/publisher/acknowledgement.ts";
import { Latest, PICTURE_TOPICS } from "../../../agent/receiver/latest.ts";
import { parseClipTopic, parseManifest, peekReceipt } from "../../../agent/receiver/manifest.ts";
import type { MediaDisclosure } from "../../../agent/spool/disclosure.ts";

const ULID = "01k90000000000000000000000";
const HASH = "ab".repeat(32);
const disclosure = (bytes: number): MediaDisclosure => ({
  v: 1,
  id: "01k90000000000000000000001",
  kind: "clip",
  recipient: "anna",
  clip: ULID,
  started: "2026-11-22T12:00:00.000Z",
  duration_s: 8.2,
  not_after: "2026-11-29T12:00:00.000Z",
  media: { file: "clip.mp4.age", type: "video/mp4", encrypted: true, bytes, sha256: HASH },
});

test("every manifest the publisher can make, for any clip and any broker, is understood", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300_000_000 }),
      fc.integer({ min: 65_536, max: 268_435_460 }),
      (bytes, limit) => {
        const mode = modeOf(disclosure(bytes), {
          device: "porch",
          protocol: 5,
          limit,
          now: Date.parse("2026-11-22T12:00:00Z") as WallTime,
        });
        const hashes = mode.mode === "parts" ? Array.from({ length: mode.count }, () => HASH) : [];
        const manifest = manifestOf(disclosure(bytes), mode, hashes);

        expect(parseManifest(Buffer.from(JSON.stringify(manifest)))).toEqual(manifest);
      },
    ),
  );
});

test("what a receiver says the publisher understands", () => {
  for (const said of [
    { v: 1, type: "hello" },
    { v: 1, type: "arrived", clip: ULID, sha256: HASH },
    { v: 1, type: "missing", clip: ULID, parts: [] },
    { v: 1, type: "missing", clip: ULID, parts: Array.from({ length: 1000 }, (_, n) => n) },
  ])
    expect(parseAcknowledgement(Buffer.from(JSON.stringify(said)))).toEqual(said);
});

const honest = manifestOf(disclosure(250), { mode: "parts", partBytes: 100, count: 3 }, [HASH, HASH, HASH]);
const FALSE: Record<string, object> = {
  "another version": { v: 2 },
  "a clip id that would climb out of the folder": { clip: "../../../etc/passwd" },
  "a disclosure id with a slash": { disclosure: "a/b" },
  "a type nobody knows": { media: { ...honest.media, type: "text/html" } },
  "a negative size": { media: { ...honest.media, bytes: -1 } },
  "a size that the parts cannot make up": { media: { ...honest.media, bytes: 301 } },
  "fewer hashes than parts": { transfer: { ...honest.transfer, sha256: [HASH] } },
  "a hash in capitals": { media: { ...honest.media, sha256: HASH.toUpperCase() } },
  "a day that does not exist": { not_after: "2026-02-30T00:00:00Z" },
};
for (const [name, lie] of Object.entries(FALSE)) {
  test(`a manifest is not taken with ${name}`, () => {
    expect(parseManifest(Buffer.from(JSON.stringify(honest)))).toEqual(honest);
    expect(parseManifest(Buffer.from(JSON.stringify({ ...honest, ...lie })))).toBeUndefined();
  });
}

test("only a clip's own topics are taken for such", () => {
  const topics = [
    "data",
    "manifest",
    "receipt",
    "part/0",
    "part/99999",
    "part/x",
    "part",
    "part/1/2",
    "data/1",
    "other",
    "",
  ];

  const taken = topics.filter((leaf) => parseClipTopic(`clip/${ULID}/${leaf}`));

  expect(taken).toEqual(["data", "manifest", "receipt", "part/0", "part/99999"]);
  for (const id of ["..", "", "01K90000000000000000000000", "81k90000000000000000000000", `${ULID}0`])
    expect(parseClipTopic(`clip/${id}/data`)).toBeUndefined();
});

test("no bytes whatever make a parser throw", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      fc.string(),
      (bytes, text) => {
        parseManifest(bytes);
        parseClipTopic(text);
        for (const jws of [text, `a.${Buffer.from(bytes).toString("base64url")}.c`]) {
          peekReceipt(jws);
          const latest = new Latest();
          for (const topic of [...PICTURE_TOPICS, text]) latest.take(topic, Buffer.from(jws));
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
