// doorstep-status.txt: in words, without secrets, written only when it has something new to say.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type BootFolders, take, writeStatus } from "../../../agent/cli/boot.ts";
import { statusText } from "../../../agent/first-boot/status-text.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { seconds } from "../../../drivers/clock/clock.ts";

const VALID = '[device]\nname = "porch"\n[camera]\nsource = "libcamera"\n[trigger]\nlight = "none"\n';
let root: string;
let folders: BootFolders;
const status = (): string => readFileSync(join(folders.boot, "doorstep-status.txt"), "utf8");

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "doorstep-"));
  folders = {
    boot: join(root, "boot"),
    config: join(root, "doorstep.toml"),
    state: join(root, "state"),
    memory: join(root, "memory"),
    runtime: join(root, "run"),
  };
  for (const folder of [folders.boot, folders.state]) mkdirSync(folder);
});
afterEach(() => rmSync(root, { recursive: true }));

/** No recorder answers here, so it waits for as long as it does; the time is told, not waited for. */
async function written(mounts?: string): Promise<boolean> {
  const clock = new SimulatedClock();
  const over = new AbortController();
  const result = writeStatus(folders, clock, "1.2.3", mounts).finally(() => over.abort());
  while (!over.signal.aborted) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(seconds(2));
  }
  return result;
}

test("which line is wrong stands there, with what was expected", async () => {
  writeFileSync(join(folders.boot, "doorstep.toml"), VALID.replace('"libcamera"', '"libcam"'));
  await take(folders);

  await written();

  expect(status()).toContain("is not right");
  expect(status()).toMatch(/line 4: camera\.source[^]*"libcam"[^]*expected/);
  expect(
    status()
      .split("\r\n")
      .every((line) => !line.includes("\n")),
  ).toBe(true);
});

test("a file that was written for a newer version is answered like any other with what is not known here", async () => {
  writeFileSync(join(folders.boot, "doorstep.toml"), `${VALID}[hologram]\nbrightness = 3\n`);
  await take(folders);

  await written();

  expect(status()).toMatch(/line 7: hologram[^]*install the newer Doorstep/);
});

test.each([
  ["an overlay", "/dev/mmcblk0p2 / ext4 ro 0 0\noverlayroot / overlay rw 0 0\n", true],
  ["a disk", "/dev/mmcblk0p2 / ext4 rw,noatime 0 0\n", false],
])("whether the device forgets at each start is said: on %s", async (_, mounts, forgets) => {
  writeFileSync(folders.config, VALID);
  await take(folders);
  const table = join(root, "mounts");
  writeFileSync(table, mounts);

  await written(table);

  expect(status().includes("This device forgets")).toBe(forgets);
});

test("a recorder that does not answer is said not to answer, with the way to find out why", async () => {
  writeFileSync(join(folders.boot, "doorstep.toml"), VALID);
  await take(folders);

  await written();

  expect(status()).toContain("the recorder does not answer");
  expect(status()).toContain("journalctl -u doorstep-recorder");
});

test("the same status is not written again: nothing wears out the card", async () => {
  writeFileSync(folders.config, VALID);
  await take(folders);
  await written();
  const file = join(folders.boot, "doorstep-status.txt");
  utimesSync(file, 1, 1);

  await written();

  expect(statSync(file).mtimeMs).toBe(1000);
});

test("a card that cannot be written is no reason to fail", async () => {
  writeFileSync(folders.config, VALID);
  mkdirSync(join(folders.boot, "doorstep-status.txt"));
  await take(folders);

  expect(await written()).toBe(false);
});

test("the page is for the network only while a valid configuration says so", async () => {
  const flagged = (): boolean => {
    try {
      return statSync(join(folders.runtime, "lan")).isFile();
    } catch {
      return false;
    }
  };
  const lan = `${VALID}[review]\nlan = true\npassword_file = "/etc/doorstep/review-password"\n`;

  writeFileSync(folders.config, lan);
  await take(folders);
  expect(flagged()).toBe(true);

  writeFileSync(folders.config, `${lan}wrong`);
  await take(folders);
  expect(flagged()).toBe(false);
});

test("an owner reads the page's address, and that the setup code waits", () => {
  const text = statusText({
    version: "1.2.3",
    hostname: "porch-pi",
    configuration: ["doorstep.toml beside this file was taken over."],
    check: { valid: true, output: "doorstep.toml: valid\n" },
    agent: "porch\n  camera on\n",
    forgets: false,
    lan: true,
    setupCodeWaits: true,
  });

  expect(text).toContain("http://porch-pi.local:8470/");
  expect(text).toContain("setup_code");
  expect(text).toContain("It runs.");
});
