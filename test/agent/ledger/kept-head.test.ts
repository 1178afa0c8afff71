// The newest head beside the key: the newest of several is the one that stands, and nothing else is left lying about.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeDurably } from "../../../agent/durable.ts";
import { KeptHead } from "../../../agent/ledger/kept-head.ts";

function kept(): { head: KeptHead; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-head-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { head: new KeptHead(join(folder, "ledger.head")), folder };
}

test("without one there is none, and the newest of several in a row is kept", async () => {
  const { head } = kept();
  expect(head.read()).toBeUndefined();

  for (const note of ["1", "2", "3"]) head.soon(() => note);
  head.flush();

  expect(head.read()).toBe("3");
});

test("a head that is on its way to the card when the agent stops does not come after a newer one", async () => {
  const { head, folder } = kept();
  const asked = Promise.withResolvers<void>();
  head.soon(() => {
    asked.resolve();
    return "older";
  });
  await asked.promise;

  head.now("newer");
  // Whatever was on its way is over when another goes the same way.
  const last = Promise.withResolvers<void>();
  head.soon(() => {
    last.resolve();
    return undefined;
  });
  await last.promise;

  expect(head.read()).toBe("newer");
  expect(readdirSync(folder)).toEqual(["ledger.head"]);
});

test("a file that nobody wants any more when it is ready leaves what is there, and nothing beside it", async () => {
  const { head, folder } = kept();
  head.now("newer");

  await writeDurably(join(folder, "ledger.head"), "older", () => false);

  expect([head.read(), readdirSync(folder)]).toEqual(["newer", ["ledger.head"]]);
});
