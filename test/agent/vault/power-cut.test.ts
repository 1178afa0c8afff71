// A process that deletes clips, killed again and again.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Catalogue } from "../../../agent/vault/catalogue.ts";
import { Erasure } from "../../../agent/vault/erasure.ts";
import { reconcile } from "../../../agent/vault/reconcile.ts";
import { emptyVault } from "./vault-rig.ts";

const RESTLESS = fileURLToPath(new URL("restless.ts", import.meta.url));

/** Runs the restless process and kills it after it has deleted so many clips, wherever it then is. */
async function killedAfter(root: string, deletions: number): Promise<void> {
  const child = spawn(process.execPath, [RESTLESS, root], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const tombstones = join(root, "tombstones");
  const wanted = readFileSync(tombstones).length + deletions * 27;
  while (readFileSync(tombstones).length < wanted && child.exitCode === null)
    await new Promise((resolve) => setImmediate(resolve));
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
}

test("killed again and again while it deletes, the vault never shows half a clip, and owes nobody a tombstone", async () => {
  const vault = emptyVault();
  vault.catalogue.close();
  for (let round = 0; round < 8; round++) {
    await killedAfter(vault.root, 3 + round * 5);

    const catalogue = Catalogue.open(vault.file);
    const tombstones = new Set(readFileSync(join(vault.root, "tombstones"), "utf8").split("\n"));
    const hooks = {
      withdraw: async () => {},
      entomb: async ({ clip }: { clip: string }) => {
        tombstones.add(clip);
        // The next round reads them again.
        appendFileSync(join(vault.root, "tombstones"), `${clip}\n`);
      },
    };
    // The clips are not films, so a file without a row can only be reported: there is at most the one just finished.
    const findings = await reconcile(catalogue, vault, () => undefined);
    expect(findings.filter(({ kind }) => kind !== "unreadable")).toEqual([]);
    expect(findings.length).toBeLessThanOrEqual(round + 1);
    await new Erasure({ catalogue, folders: vault, hooks }).finishInterrupted();

    const strays = new Set(findings.map(({ clip }) => clip));
    const rows = catalogue.list();
    const there = rows.filter(({ state }) => state === "ready").map(({ id }) => id);
    const files = readdirSync(vault.clips).filter((name) => name.endsWith(".mp4") && !strays.has(name.slice(0, 26)));
    expect(files.sort()).toEqual(there.map((id) => `${id}.mp4`).sort());
    for (const name of readdirSync(vault.stills)) expect(there).toContain(name.slice(0, 26));
    for (const { id, state } of rows) if (state === "deleted") expect(tombstones.has(id), id).toBe(true);
    for (const id of tombstones) if (id) expect(existsSync(join(vault.clips, `${id}.mp4`))).toBe(false);
    catalogue.close();
  }
});
