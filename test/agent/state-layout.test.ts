// Where everything is kept: made with its modes, or refused with the reason.
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { statePaths } from "../../agent/state-directory.ts";
import { prepareState } from "../../agent/state-layout.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "doorstep-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test("the publisher may pass through to the door, and sees nothing else", () => {
  const paths = statePaths(join(folder(), "new", "state"));

  prepareState(paths);
  prepareState(paths);

  expect([paths.root, dirname(paths.spool)].map(mode)).toEqual(["711", "711"]);
  expect([dirname(paths.clips), paths.clips, dirname(paths.ledger), paths.keys].map(mode)).toEqual(
    Array(4).fill("700"),
  );
});

test("a place where no folder can be made is refused at once", () => {
  const file = join(folder(), "file");
  writeFileSync(file, "");

  for (const root of ["/proc/doorstep", "/proc/doorstep/state", file, join(file, "state")])
    expect(() => prepareState(statePaths(root)), root).toThrow(/STATE_UNWRITABLE/);
});
