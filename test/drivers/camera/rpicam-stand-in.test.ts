// The stand-in for rpicam-vid is only worth something if it refuses what the real program refuses: checked by its own words.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { videoArguments } from "../../../drivers/camera/rpicam-arguments.ts";

const program = fileURLToPath(new URL("../../board/rpicam-vid", import.meta.url));

function run(
  args: readonly string[],
  settings: Record<string, string> = {},
): { code: number | null; stderr: string; stdout: string } {
  const { status, stderr, stdout } = spawnSync(process.execPath, [program, ...args], {
    env: { ...process.env, ...settings },
    encoding: "latin1",
    maxBuffer: 64 * 1024 * 1024,
  });
  return { code: status, stderr, stdout };
}

describe("it refuses", () => {
  for (const [name, args, words] of [
    ["an option it does not know", ["--foo"], "unrecognised option '--foo'"],
    ["a short option it does not know", ["-z"], "unrecognised option '-z'"],
    ["an option without its value", ["--width"], "the required argument for option '--width' is missing"],
    [
      "an option whose value is another option",
      ["--width", "--height", "4"],
      "the required argument for option '--width' is missing",
    ],
    ["an option and its value in one word", ["--libav-format h264"], "unrecognised option '--libav-format h264'"],
    ["an ambiguous beginning of an option", ["--libav-video"], "option '--libav-video' is ambiguous"],
    [
      "a word that belongs to no option",
      ["-n", "yes", "no"],
      "too many positional options have been specified on the command line",
    ],
    ["a number that is none", ["--width", "wide"], "the argument ('wide') for option '--width' is invalid"],
    ["a level the hardware encoder does not have", ["--level", "5.1", "-o", "-"], "no such level 5.1"],
    ["a quarter turn", ["--rotation", "90"], "transforms requiring transpose not supported"],
  ] as const) {
    test(name, () => {
      const { code, stderr } = run(args);

      expect(stderr).toContain(`ERROR: *** ${words} ***`);
      expect(code).toBe(255);
    });
  }

  test("--low-latency, when it is older than 1.6.0", () => {
    expect(run(["--low-latency", "-o", "-"], { STANDIN_VERSION: "1.5.3" }).stderr).toContain(
      "unrecognised option '--low-latency'",
    );
  });

  test("a pipe without --libav-format on a Pi 5, as the real one does", () => {
    const pi5 = { STANDIN_PLATFORM: "pisp" };

    expect(run(["-t", "100", "-o", "-"], pi5).stderr).toContain("cannot allocate output context");
    expect(run(["-t", "600", "--low-latency", "--libav-f", "h264", "-o", "-"], pi5)).toMatchObject({ code: 0 });
  });
});

test("it takes what the real one takes: bare and given values, beginnings of options, no preview written three ways", () => {
  for (const args of [
    ["--nopreview"],
    ["--nopreview", "false"],
    ["--nopreview=0"],
    ["-n"],
    ["-v"],
    ["-v", "0"],
    ["--libav-fo", "h264"],
  ]) {
    expect(run([...args, "-t", "1", "-o", "-"])).toMatchObject({ code: 0 });
  }
});

test("our own arguments pass on every version and board", () => {
  const settings = { index: 0, width: 320, height: 240, fps: 15, rotation: 180 } as const;
  for (const [version, lowLatency] of [
    ["1.5.3", false],
    ["1.13.0", true],
  ] as const) {
    for (const platform of ["vc4", "pisp"]) {
      const args = videoArguments(settings, { text: version, libav: true, lowLatency });
      const timed = args.map((word, index) => (args[index - 1] === "-t" ? "100" : word));

      expect(run(timed, { STANDIN_VERSION: version, STANDIN_PLATFORM: platform })).toMatchObject({ code: 0 });
    }
  }
});

test("it tells its version and lists its camera even when something else is wrong", () => {
  expect(run(["--version"]).stdout.split("\n").slice(0, 2)).toEqual([
    expect.stringMatching(/^rpicam-apps build: v1\.13\.0 /),
    "rpicam-apps capabilites: egl:0 qt:0 drm:1 libav:1",
  ]);
  expect(run(["--list-cameras"]).stdout).toContain("0 : imx708 [4608x2592 10-bit RGGB] (/base/");
  expect(run(["--list-cameras"], { STANDIN_FAULT: "no-camera" })).toMatchObject({
    code: 0,
    stdout: "No cameras available!\n",
  });
});
