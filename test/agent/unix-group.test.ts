// Which number a group of the machine has.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { groupNumber } from "../../agent/unix-group.ts";

const folder = mkdtempSync(join(tmpdir(), "doorstep-"));
const file = join(folder, "group");
writeFileSync(file, "root:x:0:\ndoorstep-door:x:995:doorstep-recorder\ndoorstep:x:12:\nbroken\nodd:x:-1:\n");
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ["doorstep-door", 995],
  ["doorstep", 12],
  ["root", 0],
])("the group %s is found by its whole name", (name, number) => {
  expect(groupNumber(name, file)).toBe(number);
});

test.each(["door", "broken", "odd", "nobody"])("%s is no group that a socket could be handed to", (name) => {
  expect(groupNumber(name, file)).toBeUndefined();
});

test("a machine without a list of groups has none", () => {
  expect(groupNumber("root", join(folder, "none"))).toBeUndefined();
});
