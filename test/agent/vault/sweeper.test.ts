// Clips go when their time has come, whatever the clock did while the agent ran or was off.
import { readdirSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { Catalogue } from "../../../agent/vault/catalogue.ts";
import type { Clip } from "../../../agent/vault/clip.ts";
import { Erasure } from "../../../agent/vault/erasure.ts";
import { type Swept, Sweeper, type SweeperOptions } from "../../../agent/vault/sweeper.ts";
import { days, type Duration, hours, minutes, rfc3339, seconds, type WallTime } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { clipFacts, DAY_MS, emptyVault, NOON, putClip } from "./vault-rig.ts";

const POLICY = {
  keepMs: 7 * DAY_MS,
  keepUnsharedMs: 7 * DAY_MS,
  keepObjectedMs: DAY_MS,
  maxBytes: 1e9,
  ledgerMs: 30 * DAY_MS,
};
const hooks = { withdraw: async () => {}, entomb: async () => {} };

type Vault = ReturnType<typeof emptyVault>;

function rig(vault: Vault, clock: SimulatedClock, more: Partial<SweeperOptions> = {}) {
  const erasure = new Erasure({ catalogue: vault.catalogue, folders: vault, hooks });
  const swept: Swept[] = [];
  const sweeper = new Sweeper({
    catalogue: vault.catalogue,
    folders: vault,
    erasure,
    clock,
    clockTrusted: () => true,
    policy: () => POLICY,
    shared: () => false,
    waiting: () => false,
    otherBytes: () => 0,
    onSwept: (what) => swept.push(what),
    ...more,
  });
  return { sweeper, swept, erasure };
}

/** A sweeper that began at noon, and a clip of that minute. */
async function begunAtNoon() {
  const vault = emptyVault();
  const clock = new SimulatedClock(NOON);
  const { sweeper, swept } = rig(vault, clock);
  await sweeper.start();
  const clip = clipFacts();
  vault.catalogue.add(clip);
  await sweeper.sweep();
  return { vault, clock, sweeper, swept, clip };
}

const ready = (vault: Vault): readonly string[] => vault.catalogue.list({ states: ["ready"] }).map(({ id }) => id);

test("a clip is gone seven days after it came, and not an hour earlier", async () => {
  const { vault, clock, sweeper, swept, clip } = await begunAtNoon();

  await clock.advance(hours(7 * 24 - 1));
  expect(ready(vault)).toEqual([clip.id]);
  await clock.advance(hours(1));
  await sweeper.sweep();
  expect(ready(vault)).toEqual([]);
  expect(swept.map(({ removed }) => removed.map(({ clip, rule }) => [clip, rule]))).toEqual([[[clip.id, "keep"]]]);
  await sweeper.stop();
});

test("a clip older than its deadline is gone after the next start, even if the power failed in between", async () => {
  const { vault, clock, clip } = await begunAtNoon();
  await clock.advance(days(6));

  // No stop: the power fails, and comes back 25 hours later with a clock that has stood still until NTP answers.
  const later = new SimulatedClock(NOON + 6 * DAY_MS);
  let trusted = false;
  const second = rig({ ...vault, catalogue: Catalogue.open(vault.file) }, later, { clockTrusted: () => trusted });
  await second.sweeper.start();
  await later.advance(minutes(1));
  expect(ready(vault)).toEqual([clip.id]);
  later.step(rfc3339((NOON + 7 * DAY_MS + 3_600_000) as WallTime));
  trusted = true;
  await second.sweeper.sweep();

  expect(ready(vault)).toEqual([]);
  await second.sweeper.stop();
});

test("a clock that jumps a year forward while the agent runs deletes nothing, and is told", async () => {
  const { vault, clock, sweeper, swept, clip } = await begunAtNoon();
  await clock.advance(days(1));

  clock.step("2027-11-23T12:00:00Z");
  await clock.advance(days(5));
  expect(ready(vault)).toEqual([clip.id]);
  expect(swept.map(({ leapMs }) => leapMs)).toEqual([365 * DAY_MS]);

  await clock.advance(days(1));
  expect(ready(vault)).toEqual([]);
  await sweeper.stop();
});

test("a clock that is a year ahead after a restart deletes nothing for a day, and nothing at all once it is put right", async () => {
  const { vault, sweeper: first, clip } = await begunAtNoon();
  await first.stop();

  const wrong = new SimulatedClock("2027-11-22T12:00:00Z");
  const second = rig(vault, wrong);
  await second.sweeper.start();
  await wrong.advance(hours(20));
  expect(ready(vault)).toEqual([clip.id]);
  wrong.step("2026-11-23T08:00:00Z");
  await wrong.advance(days(5));

  expect(ready(vault)).toEqual([clip.id]);
  await second.sweeper.stop();
});

/** A vault with a clip of noon, which the power left on the same day and to which it comes back at `then`. */
async function withoutPowerUntil(then: string, trusted = () => true) {
  const vault = emptyVault();
  const first = rig(vault, new SimulatedClock(NOON));
  await first.sweeper.start();
  const old = clipFacts();
  vault.catalogue.add(old);
  await first.sweeper.stop();
  const clock = new SimulatedClock(then);
  const { sweeper } = rig(vault, clock, { clockTrusted: trusted });
  await sweeper.start();
  await clock.advance(minutes(1));
  const record = async (facts: Partial<Clip> = {}): Promise<string> => {
    const clip = clipFacts({ startedAt: clock.wall(), ...facts });
    vault.catalogue.add(clip);
    await sweeper.sweep();
    return clip.id;
  };
  const after = async (span: Duration): Promise<readonly string[]> => {
    await clock.advance(span);
    await sweeper.sweep();
    return ready(vault);
  };
  onTestFinished(() => sweeper.stop());
  return { old: old.id, record, after };
}

test("a house that was without power for a year loses its old clips a day after the power is back, and none of the new ones", async () => {
  const { old, record, after } = await withoutPowerUntil("2027-11-22T12:00:00Z");
  const young = await record();

  expect(await after(hours(23))).toEqual([young, old]);
  expect(await after(hours(3))).toEqual([young]);
  expect(await after(hours(6 * 24 - 3))).toEqual([young]);
  expect(await after(hours(2))).toEqual([]);
});

test("what a visitor objected to on the day after a year without power goes when it was said to, no earlier and no later", async () => {
  const { old, record, after } = await withoutPowerUntil("2027-11-22T12:00:00Z");
  await after(hours(20));
  const objected = await record({ objected: true });

  expect(await after(hours(5))).toEqual([objected]);
  expect(await after(hours(18))).toEqual([objected]);
  expect(await after(hours(2))).toEqual([]);
  expect(old).not.toBe(objected);
});

test("a visitor of the minute in which the clock is not known yet is no older for the night that was without power", async () => {
  let trusted = false;
  const { record, after } = await withoutPowerUntil("2026-11-23T22:00:00Z", () => trusted);
  const objected = await record({ objected: true });
  trusted = true;

  expect(await after(hours(1))).toContain(objected);
  expect(await after(hours(22))).toContain(objected);
  expect(await after(hours(2))).not.toContain(objected);
});

test("a clock that jumps back keeps clips no longer than they were to be kept", async () => {
  const vault = emptyVault();
  const clock = new SimulatedClock(NOON);
  const { sweeper } = rig(vault, clock);
  await sweeper.start();
  vault.catalogue.add(clipFacts());
  await sweeper.sweep();
  clock.step("2020-01-01T00:00:00Z");

  await clock.advance(days(7));

  expect(ready(vault)).toEqual([]);
  await sweeper.stop();
});

test("after the catalogue was lost, clips have the age of their date only when the clock has proved itself for a day", async () => {
  const vault = emptyVault();
  const clock = new SimulatedClock(NOON + 10 * DAY_MS);
  const { sweeper } = rig(vault, clock);
  const [old, young] = [clipFacts({ startedAt: NOON }), clipFacts({ startedAt: (NOON + 9 * DAY_MS) as WallTime })];
  vault.catalogue.add(old, [], {});
  vault.catalogue.add(young, [], {});
  await sweeper.start();

  await clock.advance(hours(23));
  expect(ready(vault)).toEqual([young.id, old.id]);
  await clock.advance(hours(2));
  expect(ready(vault)).toEqual([young.id]);
  await clock.advance(days(5));
  await sweeper.sweep();
  expect(ready(vault)).toEqual([]);
  await sweeper.stop();
});

test("while nothing happens nothing is written, but for one row a day", async () => {
  const vault = emptyVault();
  const clock = new SimulatedClock(NOON);
  const { sweeper } = rig(vault, clock);
  let writes = 0;
  const { catalogue } = vault;
  const saveAge = catalogue.saveAge.bind(catalogue);
  catalogue.saveAge = (...args) => {
    writes++;
    saveAge(...args);
  };
  await sweeper.start();
  await clock.advance(hours(1));
  writes = 0;

  await clock.advance(days(10));

  expect(writes).toBe(10);
  await sweeper.stop();
});

test("one clip that cannot be deleted does not keep the others, and is tried again", async () => {
  const vault = emptyVault();
  const clock = new SimulatedClock(NOON);
  let broken = true;
  const stubborn = clipFacts();
  const other = clipFacts();
  const failing = new Erasure({
    catalogue: vault.catalogue,
    folders: vault,
    hooks: {
      ...hooks,
      withdraw: async (id) => {
        if (id === stubborn.id && broken) throw new RangeError("the spool does not answer");
      },
    },
  });
  const { sweeper, swept } = rig(vault, clock, { erasure: failing });
  await sweeper.start();
  vault.catalogue.add(stubborn);
  vault.catalogue.add(other);
  await sweeper.sweep();
  await clock.advance(days(7));
  await sweeper.sweep();

  expect(swept.map(({ failed }) => failed.map(({ clip }) => clip))).toEqual([[stubborn.id]]);
  expect(swept.map(({ removed }) => removed.map(({ clip }) => clip))).toEqual([[other.id]]);
  expect(vault.catalogue.unfinishedDeletions().map(({ id }) => id)).toEqual([stubborn.id]);
  broken = false;
  await sweeper.sweep();
  expect(vault.catalogue.unfinishedDeletions()).toEqual([]);
  await sweeper.stop();
});

test("the row of a deleted clip is forgotten when the ledger's own time is over", async () => {
  const vault = emptyVault();
  const clock = new SimulatedClock(NOON);
  const { sweeper, erasure } = rig(vault, clock);
  await sweeper.start();
  const clip = putClip(vault);
  await sweeper.sweep();
  await erasure.deleteClip(clip.id, "owner");

  await clock.advance(days(29));
  expect(vault.catalogue.find(clip.id)?.state).toBe("deleted");
  await clock.advance(days(2));
  expect(vault.catalogue.find(clip.id)).toBeUndefined();
  await sweeper.stop();
});

test("too many bytes go as soon as a clip has come, without waiting for the hour", async () => {
  const vault = emptyVault();
  const clock = new SimulatedClock(NOON);
  const clips = Array.from({ length: 4 }, () => putClip(vault));
  const { sweeper } = rig(vault, clock, { policy: () => ({ ...POLICY, maxBytes: clips[0]!.bytes * 2 }) });
  await sweeper.start();
  await clock.advance(seconds(1));
  await sweeper.sweep();

  expect(readdirSync(vault.clips).sort()).toEqual([`${clips[2]!.id}.mp4`, `${clips[3]!.id}.mp4`]);
  await sweeper.stop();
});

test("what the ledger keeps goes by the day, once the clock has stood for a day, and never by a clock that leapt", async () => {
  const vault = emptyVault();
  const clock = new SimulatedClock(NOON);
  const asked: string[] = [];
  const { sweeper } = rig(vault, clock, {
    forgetBefore: async (before) => void asked.push(rfc3339(before).slice(0, 13)),
  });
  await sweeper.start();

  await clock.advance(hours(23));
  const early = [...asked];
  await clock.advance(hours(26));
  const days2 = [...asked];
  clock.step(rfc3339((clock.wall() + days(400)) as WallTime));
  await clock.advance(hours(20));
  await sweeper.stop();

  const at = (span: number): string => rfc3339((clock.wall() - days(400) - span) as WallTime).slice(0, 13);
  expect(early).toEqual([]);
  expect(days2).toHaveLength(2);
  expect(days2[1]).toBe(at(POLICY.ledgerMs + hours(21)));
  expect(asked).toEqual(days2);
});
