// A card's boot partition: its configuration taken over, its secrets moved, and which copy counts when both were edited.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeOver, type TakeOverPaths } from "../../../agent/first-boot/take-over.ts";

const PLAIN = '[device]\nname = "porch"\n[camera]\nsource = "libcamera"\n[trigger]\nlight = "none"\n';
const INSTALLED = "# as installed\n";
let root: string;
let paths: TakeOverPaths;
const onBoot = (text: string | Uint8Array): void => writeFileSync(join(paths.boot, "doorstep.toml"), text);
const boot = (): string => readFileSync(join(paths.boot, "doorstep.toml"), "utf8");
const config = (): string => readFileSync(paths.config, "utf8");
const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "doorstep-"));
  paths = {
    boot: join(root, "boot"),
    config: join(root, "etc/doorstep/doorstep.toml"),
    state: join(root, "state"),
    memory: join(root, "memory"),
    root,
  };
  for (const folder of [paths.boot, paths.state, join(root, "etc/doorstep")]) mkdirSync(folder, { recursive: true });
  writeFileSync(paths.config, INSTALLED);
});
afterEach(() => {
  chmodSync(paths.boot, 0o755);
  rmSync(root, { recursive: true });
});

test("without a file on the boot partition the installed one counts", async () => {
  expect(await takeOver(paths)).toEqual({ outcome: "no file", secrets: [], problems: [] });
  expect(config()).toBe(INSTALLED);
});

test("the file of the first start is taken over, and what was installed is kept beside it", async () => {
  onBoot(PLAIN);

  expect(await takeOver(paths)).toEqual({ outcome: "taken", secrets: [], problems: [] });

  expect(config()).toBe(PLAIN);
  expect(modeOf(paths.config)).toBe("644");
  expect(readFileSync(`${paths.config}.before`, "utf8")).toBe(INSTALLED);
});

test("secrets are moved to files that others cannot read, and blanked on the card", async () => {
  onBoot(`setup_code = "Blue-Door-47"\n${PLAIN}[mqtt]\nurl = "mqtts://b.lan"\npassword = "hidden"\n`);

  const { secrets } = await takeOver(paths);

  expect(secrets).toEqual(["mqtt.password", "setup_code"]);
  expect(boot()).not.toMatch(/hidden|Blue/);
  expect(config()).toBe(boot());
  const password = join(root, "etc/doorstep/mqtt-password");
  expect([readFileSync(password, "utf8"), modeOf(password)]).toEqual(["hidden\n", "600"]);
  const code = join(paths.state, "keys/setup-code");
  expect([readFileSync(code, "utf8"), modeOf(code), modeOf(join(paths.state, "keys"))]).toEqual([
    "bluedoor47\n",
    "600",
    "700",
  ]);
});

test("after that, what is edited on the device stays, as often as it starts", async () => {
  onBoot(`${PLAIN}[mqtt]\nurl = "mqtts://b.lan"\npassword = "hidden"\n`);
  await takeOver(paths);
  writeFileSync(paths.config, "# edited on the device\n");

  expect((await takeOver(paths)).outcome).toBe("unchanged");

  expect(config()).toBe("# edited on the device\n");
});

test("a later edit on the card wins over one on the device, which is kept beside it", async () => {
  onBoot(PLAIN);
  await takeOver(paths);
  writeFileSync(paths.config, "# edited on the device\n");
  onBoot(`${PLAIN}# edited on the card\n`);

  expect((await takeOver(paths)).outcome).toBe("taken");

  expect(config()).toBe(`${PLAIN}# edited on the card\n`);
  expect(readFileSync(`${paths.config}.before`, "utf8")).toBe("# edited on the device\n");
});

test("a file with mistakes is taken over too: it must not look as if an older, wider one were meant", async () => {
  onBoot("[sharing]\nenabled = nope\n");

  expect((await takeOver(paths)).outcome).toBe("taken");

  expect(config()).toBe("[sharing]\nenabled = nope\n");
});

test("what Notepad calls Unicode is read as well", async () => {
  onBoot(Buffer.from(`\ufeff${PLAIN}`, "utf16le"));

  await takeOver(paths);

  expect(config()).toBe(PLAIN);
  expect((await takeOver(paths)).outcome).toBe("unchanged");
});

test("a byte order mark and the line ends of Windows change nothing", async () => {
  const windows = `\ufeff${PLAIN.replaceAll("\n", "\r\n")}`;
  onBoot(windows);

  await takeOver(paths);

  expect(config().replace("\ufeff", "")).toBe(windows.replace("\ufeff", ""));
  expect((await takeOver(paths)).outcome).toBe("unchanged");
});

test("a power cut after any step only means taking the same file once more", async () => {
  onBoot(`${PLAIN}[mqtt]\nurl = "mqtts://b.lan"\npassword = "hidden"\n`);
  await takeOver(paths);
  const after = config();
  rmSync(join(paths.memory, "taken.sha256"));

  await takeOver(paths);

  expect([config(), boot()]).toEqual([after, after]);
  expect(readFileSync(join(root, "etc/doorstep/mqtt-password"), "utf8")).toBe("hidden\n");
  expect(existsSync(`${paths.config}.before`)).toBe(true);
  expect(readFileSync(`${paths.config}.before`, "utf8")).toBe(INSTALLED);
});

test("a setup code that is too short is not kept, and the owner is told", async () => {
  onBoot(`setup_code = "1234"\n${PLAIN}`);

  const { problems } = await takeOver(paths);

  expect(problems).toEqual(["setup_code needs at least 8 letters or digits, and no other signs: write another one"]);
  expect(boot()).not.toContain("1234");
  expect(existsSync(join(paths.state, "keys/setup-code"))).toBe(false);
});

test("a folder in the file's place is said to be one, and the installed file stays", async () => {
  mkdirSync(join(paths.boot, "doorstep.toml"));

  const { outcome, problems } = await takeOver(paths);

  expect(outcome).toBe("not readable");
  expect(problems[0]).toContain("a directory");
  expect(config()).toBe(INSTALLED);
});
