// What the drivers ask of ffmpeg by name is in the one that comes along; that it works is tried where it is installed (inside/).
import { expect, test } from "vitest";
import { type Kind, PARTS, steps } from "../../packaging/ffmpeg/parts.ts";
import { sources } from "../repository/sources.ts";

/** Everything but what makes the recording that is in the repository already, and arecord's arguments, which look alike. */
const DRIVERS = sources(/^drivers\/.*\.ts$/).filter(({ path }) => !/make-recording|arecord/.test(path));

/** What follows `option` in any driver, as one string of words or as an argument of its own. */
function asked(option: string): string[] {
  const pattern = new RegExp(`["'\`\\s]${option}["'\`,\\s]+([a-z][\\w]*)`, "g");
  return DRIVERS.flatMap(({ text }) => Array.from(text.matchAll(pattern), ([, name]) => name!));
}

const has = (name: string, ...kinds: Kind[]): boolean => kinds.some((kind) => PARTS[kind].includes(name));

test("every format that a driver names is there", () => {
  const formats = asked("-f").map((name) => (name === "s16le" ? "pcm_s16le" : name));

  expect(new Set(formats).size).toBeGreaterThanOrEqual(6);
  expect(formats.filter((name) => !has(name, "indev", "demuxer", "muxer"))).toEqual([]);
});

test("every encoder that a driver or a configuration names is there", () => {
  const [, choices = ""] = /type Encoder = (.+);/.exec(DRIVERS.map(({ text }) => text).join())!;
  const encoders = [...asked("-c:[va]"), ...choices.matchAll(/\w{3,}/g)]
    .map(String)
    .filter((name) => name !== "encoder");

  expect(encoders).toContain("h264_v4l2m2m");
  expect(encoders.filter((name) => !has(name, "encoder"))).toEqual([]);
});

test("every filter that a driver names is there", () => {
  const filters = DRIVERS.filter(({ text }) => text.includes("-vf")).flatMap(({ text }) =>
    Array.from(
      text.matchAll(/["'`,\s](\w+)=(?:\$\{|min\(|y |yuv)|"(hflip|vflip)"/g),
      ([, name, flip]) => (name ?? flip)!,
    ),
  );

  expect(new Set(filters).size).toBeGreaterThanOrEqual(7);
  expect(filters.filter((name) => !has(name, "filter"))).toEqual([]);
});

test("no path of the machine that builds it gets into it", () => {
  for (const cross of [false, true])
    for (const { command } of steps("arm64", cross))
      expect(command.filter((word) => /(^|=)\//.test(word) && word !== "--prefix=/x264")).toEqual([]);
});
