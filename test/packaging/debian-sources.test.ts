// Which of Debian's sources the small ffmpeg is built of: asked once a day, and what is known holds when nobody answers.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DebianSources } from "../../packaging/ffmpeg/source.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = Date.parse("2026-11-29T03:00:00Z");
const path = process.env["PATH"];
let folder: string;

/** An apt-get that notes what it is asked and answers as Debian's does; `offline` beside it: nobody answers. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-sources-"));
  mkdirSync(join(folder, "bin"));
  const program = join(folder, "bin/apt-get");
  writeFileSync(
    program,
    `#!/bin/sh
while [ "$1" = -o ]; do shift 2; done
echo "$*" >>'${folder}/asked-of-apt'
case "$*" in
  update*) [ ! -e '${folder}/offline' ] || exit 100; touch '${folder}/debian/lists/trixie_Sources' ;;
  *--print-uris*x264) echo "'http://deb.debian.org/x264_1%2bgit.orig.tar.gz' x264_1+git.orig.tar.gz 9 SHA256:ab" ;;
  *--print-uris*) echo "'http://deb.debian.org/f/ffmpeg_7.dsc' ffmpeg_7.dsc 5950 SHA256:cd" ;;
esac
`,
  );
  chmodSync(program, 0o755);
  process.env["PATH"] = `${join(folder, "bin")}:${path}`;
});
afterEach(() => {
  process.env["PATH"] = path;
  rmSync(folder, { recursive: true });
});

const sources = (): DebianSources => new DebianSources(join(folder, "debian"));
const updates = (): number => readFileSync(join(folder, "asked-of-apt"), "utf8").match(/^update/gm)?.length ?? 0;
/** As if the archives had been asked at that moment. */
const askedAt = (ms: number): void => utimesSync(join(folder, "debian/asked"), ms / 1000, ms / 1000);

test("the newest files are named with their digests", () => {
  expect(sources().newest(NOW)).toEqual([
    { name: "ffmpeg_7.dsc", digest: "SHA256:cd" },
    { name: "x264_1+git.orig.tar.gz", digest: "SHA256:ab" },
  ]);
});

test("the archives are asked once a day", () => {
  sources().newest(NOW);
  askedAt(NOW);
  sources().newest(NOW + DAY_MS - 1);
  expect(updates()).toBe(1);

  sources().newest(NOW + DAY_MS);
  expect(updates()).toBe(2);
});

test("when they do not answer, what they said last counts", () => {
  const known = sources().newest(NOW);
  askedAt(NOW);
  writeFileSync(join(folder, "offline"), "");

  expect(sources().newest(NOW + 2 * DAY_MS)).toEqual(known);
});

test("when nothing was ever said, apt's own error is", () => {
  writeFileSync(join(folder, "offline"), "");

  expect(() => sources().newest(NOW)).toThrow("apt-get");
});

test("only Debian's own key is believed", () => {
  sources();

  const lines = readFileSync(join(folder, "debian/sources.list"), "utf8").trim().split("\n");
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line).toMatch(/^deb-src \[signed-by=\S+debian-archive-keyring\.gpg\] http/);
});
