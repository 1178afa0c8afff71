// What `npm pack` makes: packed, unpacked into somebody's project, type-checked, imported, and its command started.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../repository/sources.ts";

let project: string;
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "doorstep-"));
  execFileSync("npm", ["pack", "--silent", "--pack-destination", project], { cwd: ROOT, stdio: "pipe" });
  const [archive] = readdirSync(project);
  const home = join(project, "node_modules/doorstep-agent");
  mkdirSync(home, { recursive: true });
  execFileSync("tar", ["-xzf", join(project, archive!), "-C", home, "--strip-components=1"]);
  // What npm would install beside it stands here already.
  for (const entry of readdirSync(join(ROOT, "node_modules")))
    if (!entry.startsWith(".")) symlinkSync(join(ROOT, "node_modules", entry), join(project, "node_modules", entry));
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
});
afterAll(() => rmSync(project, { recursive: true }));

const PROGRAM = `
import { SystemClock } from "doorstep-agent/clock";
import { Receiver, type ReceiverOptions } from "doorstep-agent/receiver";

const options: ReceiverOptions = {
  url: "mqtt://127.0.0.1:1",
  device: "porch",
  recipient: "anna",
  out: "clips",
  identities: [],
  trust: "first",
  clock: new SystemClock(),
};
new Receiver(options);
try {
  new Receiver({ ...options, device: "not a name" });
} catch (error) {
  process.stdout.write((error as { code: string }).code);
}
`;

test("a program that imports the receiver type-checks against what was packed", () => {
  writeFileSync(join(project, "collect.ts"), PROGRAM);
  const strict = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2024", "--types", "node"];

  expect(run(join(ROOT, "node_modules/.bin/tsc"), ...strict, "collect.ts")).toBe("");
});

test("it runs, and refuses what could be no name", () => {
  writeFileSync(join(project, "collect.ts"), PROGRAM);

  expect(run(process.execPath, "collect.ts")).toBe("NAME_MALFORMED");
});

test("the packed command answers as the checkout's does", () => {
  const home = join(project, "node_modules/doorstep-agent/dist/npm/doorstep.js");

  expect(run(process.execPath, home, "--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(run(process.execPath, home, "receive", "--help")).toContain("--identity");
});
