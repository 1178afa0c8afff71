// Folders that somebody named: made with their parents, left as they are, and refused at once where none can be.
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeFolder, outFolder } from "../../agent/folder.ts";
import { runPublisher } from "../../agent/publisher.ts";

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-folder-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("a folder is made with its parents, and one that is there keeps its mode", () => {
  const folder = join(temporary(), "a", "b");

  makeFolder(folder, 0o700);
  makeFolder(folder, 0o755);

  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("where no folder can be made that is said, and nothing waits for ever", async () => {
  const file = join(temporary(), "file");
  writeFileSync(file, "");

  for (const path of ["/proc/doorstep", "/proc/doorstep/more", join(file, "more")]) {
    expect(() => outFolder(path), path).toThrow(/OUT_NOT_WRITABLE/);
    const publisher = runPublisher({ stateDirectory: path, version: "0", stop: new AbortController().signal });
    await expect(publisher, path).rejects.toThrow(/STATE_UNWRITABLE/);
  }
});
