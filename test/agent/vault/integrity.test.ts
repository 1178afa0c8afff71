// Clips are hashed before they are handed out: what somebody altered, cut or replaced is not.
import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, copyFileSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clipFile } from "../../../agent/vault/clip-file.ts";
import { hashFile, verifyClip } from "../../../agent/vault/integrity.ts";
import { emptyVault, putClip, temporaryFolder } from "./vault-rig.ts";

for (const bytes of [0, 1, 262_143, 262_144, 262_145, 1_000_000])
  test(`the hash of a file of ${bytes} bytes is the one everybody computes`, async () => {
    const file = join(temporaryFolder(), "file");
    const data = randomBytes(bytes);
    writeFileSync(file, data);

    expect(await hashFile(file)).toEqual({ sha256: createHash("sha256").update(data).digest("hex"), bytes });
  });

test("an untouched clip is handed out, with the path of its file", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);

  expect(await verifyClip(vault.catalogue, vault, clip.id)).toBe(clipFile(vault, clip.id));
});

test("a clip of which one byte was changed is found before use, and kept from then on", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);
  const data = readFileSync(clipFile(vault, clip.id));
  data[data.length >> 1]! ^= 1;
  writeFileSync(clipFile(vault, clip.id), data);

  await expect(verifyClip(vault.catalogue, vault, clip.id)).rejects.toThrow(/^CLIP_ALTERED/);
  const kept = vault.catalogue.get(clip.id);
  expect(kept.state).toBe("quarantined");
  expect(kept.reason).toMatch(/^CLIP_ALTERED/);
});

test("a clip that somebody removed, added to or replaced by a link is not handed out", async () => {
  const vault = emptyVault();
  const [removed, longer, linked] = [putClip(vault), putClip(vault), putClip(vault)];
  rmSync(clipFile(vault, removed.id));
  appendFileSync(clipFile(vault, longer.id), "!");
  const elsewhere = join(vault.root, "elsewhere.mp4");
  copyFileSync(clipFile(vault, linked.id), elsewhere);
  rmSync(clipFile(vault, linked.id));
  symlinkSync(elsewhere, clipFile(vault, linked.id));

  await expect(verifyClip(vault.catalogue, vault, removed.id)).rejects.toThrow(/^CLIP_MISSING/);
  await expect(verifyClip(vault.catalogue, vault, longer.id)).rejects.toThrow(/^CLIP_ALTERED/);
  await expect(verifyClip(vault.catalogue, vault, linked.id)).rejects.toThrow(/^CLIP_ALTERED/);
  expect(vault.catalogue.list({ states: ["ready"] })).toEqual([]);
});

test("a deleted clip is not found, even while its file is still there", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);
  vault.catalogue.beginDeletion(clip.id, "owner");

  await expect(verifyClip(vault.catalogue, vault, clip.id)).rejects.toThrow(/^CLIP_NOT_FOUND/);
});
