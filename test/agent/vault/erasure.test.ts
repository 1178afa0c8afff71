// Erasing clips: everything of one goes, once, with a tombstone, whenever the power fails.
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Catalogue } from "../../../agent/vault/catalogue.ts";
import { clipFile, pictureFiles } from "../../../agent/vault/clip-file.ts";
import { type DeletionReason, Erasure, type ErasureStep, type Removed } from "../../../agent/vault/erasure.ts";
import { reconcile } from "../../../agent/vault/reconcile.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";
import { emptyVault, NOON, putClip } from "./vault-rig.ts";

type Vault = ReturnType<typeof emptyVault>;

/** A ledger and a spool as far as erasure knows them: both survive a crash. */
class Outside {
  readonly withdrawn: string[] = [];
  readonly tombstones = new Map<string, Removed>();

  async withdraw(clip: string, _why: DeletionReason): Promise<void> {
    this.withdrawn.push(clip);
  }

  async entomb(removed: Removed): Promise<void> {
    if (!this.tombstones.has(removed.clip)) this.tombstones.set(removed.clip, removed);
  }
}

function withPictures(vault: Vault, id: string): void {
  for (const file of Object.values(pictureFiles(vault, id))) writeFileSync(file, "picture");
  vault.catalogue.setPictures(id, { state: "made", storyboardBytes: 7, stillBytes: 7, previewBytes: 7 });
}

test("a deleted clip takes its storyboard, still and preview with it, and the list says what went", async () => {
  const vault = emptyVault();
  const [clip, other] = [putClip(vault), putClip(vault)];
  withPictures(vault, clip.id);
  withPictures(vault, other.id);
  const outside = new Outside();
  const erasure = new Erasure({ catalogue: vault.catalogue, folders: vault, hooks: outside });

  const removed = await erasure.deleteClip(clip.id, "owner");

  const files = [...Object.values(pictureFiles(vault, clip.id)), clipFile(vault, clip.id)];
  expect(removed).toEqual({
    clip: clip.id,
    why: "owner",
    startedAt: clip.startedAt,
    durationMs: clip.durationMs,
    bytes: clip.bytes + 21,
    files,
  });
  expect([...outside.tombstones.values()]).toEqual([removed]);
  expect(outside.withdrawn).toEqual([clip.id]);
  expect(readdirSync(vault.clips)).toEqual([`${other.id}.mp4`]);
  expect(readdirSync(vault.stills)).toHaveLength(3);
  expect(vault.catalogue.get(clip.id)).toMatchObject({ state: "deleted", reason: "owner" });
});

test("nothing is deleted twice, and nothing while it is being recorded", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);
  const running = putClip(vault, { state: "recording" });
  const erasure = new Erasure({ catalogue: vault.catalogue, folders: vault, hooks: new Outside() });
  await erasure.deleteClip(clip.id, "owner");

  await expect(erasure.deleteClip(clip.id, "owner")).rejects.toThrow(/^CLIP_NOT_FOUND/);
  await expect(erasure.deleteClip("nothing", "owner")).rejects.toThrow(/^CLIP_NOT_FOUND/);
  await expect(erasure.deleteClip(running.id, "owner")).rejects.toThrow(/^CLIP_IN_USE_REFUSED/);
  expect(existsSync(clipFile(vault, running.id))).toBe(true);
});

for (const stopAt of [
  "marked",
  "withdrawn",
  "unlinked",
  "entombed",
  "erased",
] as const satisfies readonly ErasureStep[])
  test(`a power cut after "${stopAt}" leaves nothing of the clip after the next start, and one tombstone`, async () => {
    const vault = emptyVault();
    const [clip, other] = [putClip(vault), putClip(vault)];
    withPictures(vault, clip.id);
    const outside = new Outside();
    const cut = new Erasure({
      catalogue: vault.catalogue,
      folders: vault,
      hooks: outside,
      onStep: (step) => {
        if (step === stopAt) throw new RangeError("the power is gone");
      },
    });
    await expect(cut.deleteClip(clip.id, "erasure")).rejects.toThrow("the power is gone");
    vault.catalogue.close();

    const catalogue = Catalogue.open(vault.file);
    expect(catalogue.get(clip.id).state).toBe("deleted");
    expect(await reconcile(catalogue, vault, () => undefined)).toEqual([]);
    await new Erasure({ catalogue, folders: vault, hooks: outside }).finishInterrupted();

    expect(readdirSync(vault.clips)).toEqual([`${other.id}.mp4`]);
    expect(readdirSync(vault.stills)).toEqual([]);
    expect([...outside.tombstones.keys()]).toEqual([clip.id]);
    expect(catalogue.unfinishedDeletions()).toEqual([]);
    expect(catalogue.get(clip.id)).toMatchObject({ state: "deleted", reason: "erasure", triggers: [] });
    expect(catalogue.get(other.id).state).toBe("ready");
  });

test("a file that somebody removed gets its tombstone at the next start", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);
  withPictures(vault, clip.id);
  rmSync(clipFile(vault, clip.id));
  const outside = new Outside();

  await reconcile(vault.catalogue, vault, () => undefined);
  await new Erasure({ catalogue: vault.catalogue, folders: vault, hooks: outside }).finishInterrupted();

  expect(outside.tombstones.get(clip.id)?.why).toBe("unusable");
  expect(readdirSync(vault.stills)).toEqual([]);
});

test("erasing a span takes every clip that touches it, pinned ones too, and names what it could not take", async () => {
  const vault = emptyVault();
  const minute = (n: number): WallTime => (NOON + n * 60_000) as WallTime;
  const before = putClip(vault, { startedAt: minute(0) });
  const across = putClip(vault, { startedAt: (minute(10) - 3000) as WallTime, durationMs: 8000 });
  const pinned = putClip(vault, { startedAt: minute(15), pinned: true });
  const running = putClip(vault, { startedAt: minute(16), state: "recording" });
  const doubtful = putClip(vault, { startedAt: minute(500), clockTrusted: false });
  const after = putClip(vault, { startedAt: minute(20) });
  const erasure = new Erasure({ catalogue: vault.catalogue, folders: vault, hooks: new Outside() });

  const span = await erasure.eraseSpan(minute(10), minute(20));

  expect(span.removed.map(({ clip, why }) => [clip, why])).toEqual([
    [across.id, "erasure"],
    [pinned.id, "erasure"],
  ]);
  expect(span.recording).toEqual([running.id]);
  expect(span.doubtful).toEqual([doubtful.id]);
  expect(vault.catalogue.list({ states: ["ready"] }).map(({ id }) => id)).toEqual(
    [before.id, after.id, doubtful.id].toSorted().toReversed(),
  );
});
