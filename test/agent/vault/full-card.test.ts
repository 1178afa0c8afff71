// A card that is full, for real where this may mount one: what goes to make room, and that its going is written down.
import { copyFileSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Catalogue } from "../../../agent/vault/catalogue.ts";
import { clipFile, pictureFiles } from "../../../agent/vault/clip-file.ts";
import { Erasure } from "../../../agent/vault/erasure.ts";
import { verifyClip } from "../../../agent/vault/integrity.ts";
import { reconcile } from "../../../agent/vault/reconcile.ts";
import { keysToShow, makePictures } from "../../../agent/vault/storyboard.ts";
import { StoryboardQueue } from "../../../agent/vault/storyboard-queue.ts";
import { Sweeper } from "../../../agent/vault/sweeper.ts";
import { days } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { SimulatedPictureDecoder } from "../../../drivers/picture/simulated.ts";
import { mayMount, SmallCard } from "../../small-card.ts";
import { clipFacts, DAY_MS, emptyVault, putClip } from "./vault-rig.ts";

const MEBIBYTE = 1024 * 1024;
const opened: Catalogue[] = [];
const cards: SmallCard[] = [];

/** A card of its own, so that only it is full. */
function card(mebibytes: number): string {
  const made = new SmallCard(mebibytes);
  cards.push(made);
  return made.folder;
}

const mountable = mayMount();

afterEach(() => {
  for (const catalogue of opened.splice(0)) catalogue.close();
  for (const each of cards.splice(0)) each[Symbol.dispose]();
});

const free = (folder: string): number => statfsSync(folder).bavail * statfsSync(folder).bsize;

/** Writes until nothing more goes in. */
function fill(folder: string): string {
  const ballast = join(folder, "ballast");
  for (const size of [MEBIBYTE, 4096, 1])
    try {
      for (;;) writeFileSync(ballast, Buffer.alloc(size), { flag: "a" });
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
    }
  return ballast;
}

type Vault = ReturnType<typeof emptyVault>;

function vaultOn(folder: string): Vault {
  const vault = emptyVault(folder);
  opened.push(vault.catalogue);
  return vault;
}

/** As after a restart. */
function reopened({ catalogue, file }: Vault): Catalogue {
  catalogue.close();
  opened.splice(opened.indexOf(catalogue), 1);
  const again = Catalogue.open(file);
  opened.push(again);
  return again;
}

function rig(
  vault: Vault,
  shared: (id: string) => boolean = () => false,
  waiting: (id: string) => boolean = () => false,
) {
  const tombstones: string[] = [];
  const hooks = { withdraw: async () => {}, entomb: async ({ clip }: { clip: string }) => void tombstones.push(clip) };
  const steps: string[] = [];
  const onStep = (step: string): void => void steps.push(`${step}: ${readdirSync(vault.stills).length} pictures`);
  const erasure = new Erasure({ catalogue: vault.catalogue, folders: vault, hooks, onStep });
  const clock = new SimulatedClock();
  const sweeper = new Sweeper({
    catalogue: vault.catalogue,
    folders: vault,
    erasure,
    clock,
    clockTrusted: () => true,
    policy: () => ({
      keepMs: DAY_MS,
      keepUnsharedMs: DAY_MS,
      keepObjectedMs: DAY_MS,
      maxBytes: 1e12,
      ledgerMs: DAY_MS,
    }),
    shared,
    waiting,
    otherBytes: () => 0,
    reserveBytes: MEBIBYTE,
  });
  return { erasure, sweeper, clock, tombstones, steps };
}

/** A clip of so many bytes; nothing here plays it. */
function putBytes(vault: Vault, bytes: number, pinned = false): string {
  const clip = clipFacts({ bytes, pinned });
  writeFileSync(clipFile(vault, clip.id), Buffer.alloc(bytes));
  vault.catalogue.add(clip);
  return clip.id;
}

test("a full card loses its oldest unshared clips, then its oldest, and not one more than needed", async ({ skip }) => {
  skip(!mountable);
  const vault = vaultOn(card(12));
  const ids = Array.from({ length: 5 }, () => putBytes(vault, MEBIBYTE));
  const { sweeper, tombstones } = rig(vault, (id) => id === ids[0] || id === ids[4]);
  fill(vault.root);

  const room = await sweeper.makeRoom(1.5 * MEBIBYTE);

  expect(room.enough).toBe(true);
  expect(room.removed.map(({ clip }) => clip)).toEqual([ids[1], ids[2], ids[3]]);
  expect(tombstones).toEqual([ids[1], ids[2], ids[3]]);
  expect(free(vault.root)).toBeGreaterThanOrEqual(2.5 * MEBIBYTE);

  const more = await sweeper.makeRoom(2.5 * MEBIBYTE);
  expect(more.removed.map(({ clip, why, rule }) => [clip, why, rule])).toEqual([[ids[0], "disk full", "disk full"]]);
});

test("clips still go for their age when the card is full, and are not forgotten to have gone", async ({ skip }) => {
  skip(!mountable);
  const vault = vaultOn(card(4));
  const { sweeper, clock, tombstones } = rig(vault);
  await sweeper.start();
  const id = putBytes(vault, 200_000);
  await sweeper.sweep();
  await sweeper.sweep();
  fill(vault.root);
  await clock.advance(days(1));
  const young = clipFacts();
  await sweeper.sweep();

  expect(tombstones).toEqual([id]);
  vault.catalogue.add(young);
  expect(vault.catalogue.list({ states: ["ready"] }).map((clip) => clip.id)).toEqual([young.id]);
  await sweeper.stop();
});

test("when deleting would not make room enough, nothing is deleted and the recorder is told to stop", async ({
  skip,
}) => {
  skip(!mountable);
  const vault = vaultOn(card(6));
  const [pinned, other] = [putBytes(vault, MEBIBYTE, true), putBytes(vault, MEBIBYTE)];
  const { sweeper } = rig(vault);
  fill(vault.root);

  const room = await sweeper.makeRoom(3 * MEBIBYTE);

  expect(room.enough).toBe(false);
  expect(room.removed).toEqual([]);
  expect(readdirSync(vault.clips).toSorted()).toEqual([`${pinned}.mp4`, `${other}.mp4`].toSorted());
  expect(reopened(vault).get(pinned).state).toBe("ready");
});

test("a card full of what was approved and has not left yet stops the recorder rather than lose it", async ({
  skip,
}) => {
  skip(!mountable);
  const vault = vaultOn(card(12));
  const [approved, other] = [putBytes(vault, 2 * MEBIBYTE), putBytes(vault, MEBIBYTE)];
  let left = false;
  const { sweeper } = rig(
    vault,
    (id) => id === approved,
    (id) => id === approved && !left,
  );
  fill(vault.root);

  expect(await sweeper.makeRoom(1.5 * MEBIBYTE)).toMatchObject({ enough: false, removed: [] });
  left = true;
  const room = await sweeper.makeRoom(1.5 * MEBIBYTE);
  expect([room.enough, room.removed.map(({ clip }) => clip)]).toEqual([true, [other, approved]]);
});

test("an owner can delete a clip although not a byte is free for saying so", async ({ skip }) => {
  skip(!mountable);
  const vault = vaultOn(card(4));
  const id = putBytes(vault, 100_000);
  const kept = putBytes(vault, 100_000);
  for (const file of Object.values(pictureFiles(vault, id))) writeFileSync(file, Buffer.alloc(20_000));
  const catalogue = reopened(vault);
  fill(vault.root);
  const { erasure, tombstones, steps } = rig({ ...vault, catalogue });

  const removed = await erasure.deleteClip(id, "owner");

  // The pictures had to go before the database could take the note that the clip goes.
  expect(steps[0]).toBe("marked: 0 pictures");
  expect(removed.bytes).toBe(160_000);
  expect(catalogue.get(id)).toMatchObject({ state: "deleted", reason: "owner" });
  expect(tombstones).toEqual([id]);
  expect(readdirSync(vault.clips)).toEqual([`${kept}.mp4`]);
});

test("pictures that do not fit leave no half file, and the clip is untouched", async ({ skip }) => {
  skip(!mountable);
  const vault = vaultOn(card(6));
  const clip = putClip(vault);
  const ballast = fill(vault.root);
  const failures: (string | undefined)[] = [];
  const queue = new StoryboardQueue({
    catalogue: vault.catalogue,
    folders: vault,
    studio: async (path, facts, signal) =>
      makePictures(await keysToShow(path, facts), facts, new SimulatedPictureDecoder(), signal),
    timezone: "UTC",
    onDone: (_, failure) => failures.push(failure?.code),
    onFault: (error) => failures.push(String(error)),
  });
  await queue.start();
  await queue.idle();
  await queue.stop();

  expect(failures).toHaveLength(1);
  expect(failures[0]).not.toBeUndefined();
  expect(readdirSync(vault.stills)).toEqual([]);
  rmSync(ballast);
  expect(await verifyClip(vault.catalogue, vault, clip.id)).toBe(clipFile(vault, clip.id));
});

test("a clip that cannot be written into the catalogue is taken in at the next start", async ({ skip }) => {
  skip(!mountable);
  const vault = vaultOn(card(6));
  const elsewhere = emptyVault();
  const clip = putClip(elsewhere);
  copyFileSync(clipFile(elsewhere, clip.id), clipFile(vault, clip.id));
  const ballast = fill(vault.root);
  expect(() => vault.catalogue.add(clip)).toThrow("database or disk is full");

  rmSync(ballast);
  const again = reopened(vault);
  await reconcile(again, vault, () => clip);
  expect(again.get(clip.id)).toMatchObject({ state: "ready", sha256: clip.sha256 });
});
