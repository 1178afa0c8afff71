// Entries of the ledger in words: what an owner needs of each, and nothing that a terminal would obey.
import { expect, test } from "vitest";
import { entryWords } from "../../../agent/ledger/entry-words.ts";
import type { EntryDetails, EntryType } from "../../../agent/ledger/entry.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";

const said = <T extends EntryType>(type: T, details: EntryDetails[T] | undefined): string =>
  entryWords({ sequence: 1, at: 0 as WallTime, type, ref: "", details });

const READY: EntryDetails["clip.ready"] = {
  ...{ sha256: "00", bytes: 2_751_685, duration_s: 19.846, started: "2026-11-22T12:00:00Z", clock_trusted: true },
  ...{ triggers: ["pir", "button"], zones: "unknown", audio: false, objected: false },
};

test.each([
  [said("clip.ready", READY), "19.8 s, 2,751,685 bytes, pir+button"],
  [
    said("clip.ready", { ...READY, zones: ["path"], audio: true, objected: true, clock_trusted: false }),
    "19.8 s, 2,751,685 bytes, pir+button; in path; with sound; the visitor objected; by a clock that nothing confirmed",
  ],
  [
    said("decision", {
      ...{ recipient: "anna", kind: "clip", effect: "ask" },
      reasons: [
        { rule: "§4.1 grant", line: 24, text: "clips for anna wait" },
        { rule: "§3", text: "and more" },
      ],
    }),
    "clip for anna: ask, since clips for anna wait (line 24); and more",
  ],
  [said("clip.deleted", { why: "erasure", had_received: ["police"] }), "erasure; had been received by police"],
  [
    said("policy.changed", { digest: "92cd6e247dd0ba01", tightened: [], widened: ["recipient.anna"] }),
    "wider: recipient.anna; now 92cd6e247dd0",
  ],
  [
    said("details.erased", {
      why: "retention",
      count: 4,
      ranges: [
        [1, 3],
        [7, 7],
      ],
    }),
    "retention: 4 entries, 1–3, 7",
  ],
  [said("camera.opened", undefined), "(erased)"],
])("%j", (words, expected) => {
  expect(words).toBe(expected);
});

test("a stranger's name moves no cursor and begins no line", () => {
  const words = said("request", { kind: "access", from: "a\u001b[2J\nb", emergency: true, span: "" });

  expect(words).toContain("says that it is an emergency");
  // oxlint-disable-next-line no-control-regex -- they are what must not be there
  expect(words).not.toMatch(/[\u0000-\u001f]/);
});
