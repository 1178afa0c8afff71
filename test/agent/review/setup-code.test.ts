// The code of the first start: good once, and off the card before anybody is let in.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SetupCode } from "../../../agent/review/setup-code.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-"));
  file = join(folder, "setup-code");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the code opens once, however it is spaced, and then never again", async () => {
  writeFileSync(file, "bluedoor47\n");
  const code = new SetupCode(file);

  expect(await code.take("Blue Door-47")).toBe(true);

  expect(existsSync(file)).toBe(false);
  expect(await code.take("bluedoor47")).toBe(false);
});

test.each(["", " ", "bluedoor4", "bluedoor48", "bluedoor477"])(
  "%j is not the code, and the code stays",
  async (typed) => {
    writeFileSync(file, "bluedoor47\n");

    expect(await new SetupCode(file).take(typed)).toBe(false);

    expect(existsSync(file)).toBe(true);
  },
);

test.each(["", "\n"])("an empty file (%j) lets nobody in, not even with nothing", async (content) => {
  writeFileSync(file, content);

  expect(await new SetupCode(file).take("")).toBe(false);
});
