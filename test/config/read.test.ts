// The file on the disk: what is there, what is not, and that no more of it is read than a configuration can be.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfigFile } from "../../config/read.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-config-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const codesOf = async (path: string): Promise<string[]> => {
  const parsed = await readConfigFile(path);
  return "faults" in parsed ? parsed.faults.map(({ code }) => code) : [];
};

const SMALL = '[device]\nname = "a"\n[camera]\nsource = "replay"\nfile = "visit.mp4"\n';

test("a file is read, and what it names beside it is found beside it", async () => {
  const path = join(folder, "good.toml");
  writeFileSync(path, SMALL);
  const parsed = await readConfigFile(path);
  expect("config" in parsed && parsed.config.camera.source).toMatchObject({ file: join(folder, "visit.mp4") });
});

test("a link to a file is as good as the file", async () => {
  writeFileSync(join(folder, "target.toml"), SMALL);
  symlinkSync(join(folder, "target.toml"), join(folder, "link.toml"));
  expect(await codesOf(join(folder, "link.toml"))).toEqual([]);
});

test("a file that is not there is missing, by whatever path", async () => {
  expect(await codesOf(join(folder, "nothing.toml"))).toEqual(["CONFIG_FILE_MISSING"]);
  expect(await codesOf(join(folder, "good.toml", "below.toml"))).toEqual(["CONFIG_FILE_MISSING"]);
  symlinkSync(join(folder, "gone"), join(folder, "dangling.toml"));
  expect(await codesOf(join(folder, "dangling.toml"))).toEqual(["CONFIG_FILE_MISSING"]);
});

test("a directory, an empty path and a path with a zero in it are refused", async () => {
  mkdirSync(join(folder, "directory.toml"));
  expect(await codesOf(join(folder, "directory.toml"))).toEqual(["CONFIG_FILE_IS_DIRECTORY"]);
  expect(await codesOf("")).toEqual(["CONFIG_FILE_MISSING"]);
  expect(await codesOf("a\0b")).toEqual(["CONFIG_FILE_UNREADABLE"]);
});

test("an empty file says that it is empty", async () => {
  writeFileSync(join(folder, "empty.toml"), "");
  expect(await codesOf(join(folder, "empty.toml"))).toEqual(["CONFIG_EMPTY"]);
});

test("a file of a hundred megabytes is refused without being read", async () => {
  const path = join(folder, "large.toml");
  writeFileSync(path, "");
  truncateSync(path, 100_000_000);
  const before = process.memoryUsage().arrayBuffers;
  expect(await codesOf(path)).toEqual(["CONFIG_TOO_LARGE"]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
});

test("a device that never ends is no file", async () => {
  expect(await codesOf("/dev/zero")).toEqual(["CONFIG_FILE_UNREADABLE"]);
});

test("a file that says it has no size is read all the same", async () => {
  expect(new Set(await codesOf("/proc/cpuinfo"))).toEqual(new Set(["CONFIG_SYNTAX"]));
});

test("a pipe that nobody writes to does not stop the agent", async () => {
  const path = join(folder, "pipe.toml");
  execFileSync("mkfifo", [path]);
  expect(await codesOf(path)).toEqual(["CONFIG_FILE_UNREADABLE"]);
});
