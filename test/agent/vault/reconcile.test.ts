// Files and rows that do not agree at start: what comes back, what is set aside, and what stays erased.
import { copyFileSync, existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { clipFile, pictureFiles } from "../../../agent/vault/clip-file.ts";
import { openCatalogue, reconcile, type Remembered } from "../../../agent/vault/reconcile.ts";
import { emptyVault, idAt, NOON, putClip } from "./vault-rig.ts";

const forgotten = (): undefined => undefined;

test("a vault in order gives nothing to report, and nothing is changed", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);
  const part = `${idAt(NOON)}.mp4.part`;
  writeFileSync(join(vault.clips, part), "being recorded");
  const before = vault.catalogue.list();

  expect(await reconcile(vault.catalogue, vault, forgotten)).toEqual([]);
  expect(vault.catalogue.list()).toEqual(before);
  expect(readdirSync(vault.clips).sort()).toEqual([`${clip.id}.mp4`, part].sort());
});

test("a clip whose row is lost comes back with its length and size, and what the ledger knew", async () => {
  const vault = emptyVault();
  const clip = putClip(vault, { triggers: ["button"], zones: ["path"], objected: true }, { seconds: 4, audio: true });
  const fresh = emptyVault();
  copyFileSync(clipFile(vault, clip.id), clipFile(fresh, clip.id));
  const ledger: Remembered = clip;

  const findings = await reconcile(fresh.catalogue, fresh, (id) => (id === clip.id ? ledger : undefined));

  expect(findings.map(({ kind, clip }) => ({ kind, clip }))).toEqual([{ kind: "added", clip: clip.id }]);
  const found = fresh.catalogue.get(clip.id);
  expect(found).toMatchObject({
    state: "ready",
    sha256: clip.sha256,
    bytes: clip.bytes,
    width: 320,
    height: 180,
    hasAudio: true,
    triggers: ["button"],
    zones: ["path"],
    objected: true,
    recovered: true,
    startedAt: clip.startedAt,
  });
  expect(found.durationMs).toBeGreaterThan(3900);
  expect(found.durationMs).toBeLessThan(4200);
});

test("a clip that nobody remembers is kept for the owner and never shared: somebody may have objected", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);
  const fresh = emptyVault();
  copyFileSync(clipFile(vault, clip.id), clipFile(fresh, clip.id));

  await reconcile(fresh.catalogue, fresh, forgotten);

  const found = fresh.catalogue.get(clip.id);
  expect(found).toMatchObject({ state: "quarantined", clockTrusted: false, zones: "unknown", recovered: true });
  expect(found.startedAt).toBe(clip.startedAt);
});

test("a file that is not the one the ledger knows is set aside, not taken for it", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);
  const fresh = emptyVault();
  copyFileSync(clipFile(vault, clip.id), clipFile(fresh, clip.id));

  const findings = await reconcile(fresh.catalogue, fresh, () => ({ ...clip, sha256: "f".repeat(64) }));

  expect(findings.map(({ kind }) => kind)).toEqual(["altered"]);
  expect(fresh.catalogue.get(clip.id).state).toBe("quarantined");
});

test("a row without a file is deleted and reported, one whose part is being recovered is left alone", async () => {
  const vault = emptyVault();
  const [gone, begun] = [putClip(vault), putClip(vault, { state: "recording" })];
  rmSync(clipFile(vault, gone.id));
  rmSync(clipFile(vault, begun.id));
  writeFileSync(`${clipFile(vault, begun.id)}.part`, "half");

  const findings = await reconcile(vault.catalogue, vault, forgotten);

  expect(findings.map(({ kind, clip }) => [kind, clip])).toEqual([["missing", gone.id]]);
  expect(vault.catalogue.get(gone.id).state).toBe("deleted");
  expect(vault.catalogue.get(begun.id).state).toBe("recording");
});

test("a recording whose file was finished just before the power went becomes ready with its objection", async () => {
  const vault = emptyVault();
  const clip = putClip(vault, { state: "recording", triggers: ["button"], bytes: 0, sha256: "", durationMs: 0 });
  vault.catalogue.markObjected(clip.id);

  await reconcile(vault.catalogue, vault, forgotten);

  const found = vault.catalogue.get(clip.id);
  expect(found).toMatchObject({ state: "ready", triggers: ["button"], objected: true, width: 320 });
});

test("a clip that was cut short behind our back is quarantined at start", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);
  truncateSync(clipFile(vault, clip.id), clip.bytes - 1);

  expect((await reconcile(vault.catalogue, vault, forgotten)).map(({ kind }) => kind)).toEqual(["altered"]);
  expect(vault.catalogue.get(clip.id).state).toBe("quarantined");
});

test("a clip that was erased stays erased, even when a backup puts its file back", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);
  vault.catalogue.beginDeletion(clip.id, "erasure");
  vault.catalogue.finishDeletion(clip.id);

  expect((await reconcile(vault.catalogue, vault, forgotten)).map(({ kind }) => kind)).toEqual(["returned"]);
  expect(existsSync(clipFile(vault, clip.id))).toBe(false);
  expect(vault.catalogue.get(clip.id).reason).toBe("erasure");
});

test("a recovered clip whose masks cannot be proven is kept but never shared", async () => {
  const vault = emptyVault();
  const [clear, bare] = [0, 1].map(() => putClip(vault, { state: "recording", bytes: 0, sha256: "", durationMs: 0 }));

  await reconcile(vault.catalogue, vault, forgotten, async (file) =>
    file === clipFile(vault, bare!.id) ? "the mask is not in its third picture" : undefined,
  );

  expect(vault.catalogue.get(clear!.id).state).toBe("ready");
  const kept = vault.catalogue.get(bare!.id);
  expect([kept.state, kept.reason]).toEqual(["quarantined", "the mask is not in its third picture"]);
});

test("a recording that was given up but could be salvaged after all is not thrown away", async () => {
  const vault = emptyVault();
  const clip = putClip(vault, { state: "recording", bytes: 0, sha256: "", durationMs: 0 });
  vault.catalogue.beginDeletion(clip.id, "the card did not take it");
  vault.catalogue.finishDeletion(clip.id);

  await reconcile(vault.catalogue, vault, forgotten);

  expect(existsSync(clipFile(vault, clip.id))).toBe(true);
  expect(vault.catalogue.get(clip.id).state).toBe("quarantined");
});

test("a missing file that is put back is taken in again", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);
  const aside = join(vault.root, "aside.mp4");
  copyFileSync(clipFile(vault, clip.id), aside);
  rmSync(clipFile(vault, clip.id));
  await reconcile(vault.catalogue, vault, forgotten);
  vault.catalogue.finishDeletion(clip.id);

  copyFileSync(aside, clipFile(vault, clip.id));
  await reconcile(vault.catalogue, vault, () => clip);

  expect(vault.catalogue.get(clip.id)).toMatchObject({ state: "ready", sha256: clip.sha256 });
});

test("files that are no clips are reported or passed over, never deleted", async () => {
  const vault = emptyVault();
  const id = idAt(NOON);
  const strange = [`${id}.mp4`, "holiday.mp4", "notes.txt", `${"z".repeat(26)}.mp4`];
  for (const name of strange) writeFileSync(join(vault.clips, name), "no film");

  const findings = await reconcile(vault.catalogue, vault, forgotten);

  expect(findings.map(({ kind, clip }) => [kind, clip])).toEqual([["unreadable", id]]);
  expect(readdirSync(vault.clips).sort()).toEqual(strange.toSorted());
  expect(vault.catalogue.list()).toEqual([]);
});

for (const [what, damage] of [
  ["overwritten with noise", (file: string) => writeFileSync(file, Buffer.alloc(40_000, "noise"))],
  ["cut in the middle", (file: string) => truncateSync(file, 6000)],
] as const)
  test(`a catalogue that was ${what} is moved aside and made again from the clips`, async () => {
    const vault = emptyVault();
    const clips = [putClip(vault), putClip(vault), putClip(vault)];
    vault.catalogue.close();
    damage(vault.file);

    const { catalogue, findings } = await openCatalogue(vault.file);
    const more = await reconcile(catalogue, vault, (id) => clips.find((clip) => clip.id === id));

    expect([...findings, ...more].map(({ kind }) => kind)).toEqual(["rebuilt", "added", "added", "added"]);
    expect(existsSync(`${vault.file}.damaged-1`)).toBe(true);
    expect(catalogue.list().map(({ id, sha256 }) => [id, sha256])).toEqual(
      clips.map(({ id, sha256 }) => [id, sha256]).toReversed(),
    );
    catalogue.close();

    damage(vault.file);
    await openCatalogue(vault.file);
    expect(existsSync(`${vault.file}.damaged-2`)).toBe(true);
  });

test("pictures that were half written, or whose clip is gone, are removed, and no others", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);
  const { storyboard, still } = pictureFiles(vault, clip.id);
  for (const file of [storyboard, `${still}.tmp`, pictureFiles(vault, idAt(NOON - 1)).preview])
    writeFileSync(file, "!");

  await reconcile(vault.catalogue, vault, forgotten);

  expect(readdirSync(vault.stills)).toEqual([`${clip.id}.storyboard.jpg`]);
});

test("a catalogue of a newer version is left where it is", async () => {
  const vault = emptyVault();
  vault.catalogue.close();
  const db = new Database(vault.file);
  db.pragma("user_version = 99");
  db.close();

  await expect(openCatalogue(vault.file)).rejects.toThrow(/^DATABASE_TOO_NEW/);
  expect(existsSync(vault.file)).toBe(true);
});
