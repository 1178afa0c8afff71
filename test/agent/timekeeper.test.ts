// When the clock is believed, and by whose word.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Timekeeper } from "../../agent/timekeeper.ts";
import type { Config } from "../../config/config.ts";
import { seconds, type WallTime } from "../../drivers/clock/clock.ts";
import { AssumedClock } from "../../drivers/clock-trust/clock-trust.ts";
import { NtpClock } from "../../drivers/clock-trust/ntp.ts";
import { SimulatedClock } from "../../drivers/clock/simulated.ts";

const NTP = { device: { clock: "ntp" } } as Config;
const ASSUME = { device: { clock: "assume" } } as Config;

function rig() {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-"));
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
    rmSync(folder, { recursive: true });
  });
  const clock = new SimulatedClock();
  const mark = join(folder, "synchronized");
  const told: string[] = [];
  let newest: WallTime | undefined;
  const keeper = new Timekeeper({
    clock,
    trust: ({ device }) =>
      device.clock === "assume" ? new AssumedClock() : new NtpClock({ clock, mark, timedatectl: join(folder, "none") }),
    newest: () => newest,
    stop: stop.signal,
    onEstablished: () => told.push("established"),
  });
  return { keeper, clock, told, set: () => writeFileSync(mark, ""), write: (at: WallTime) => (newest = at) };
}

test("before a configuration says who vouches for it, no clock is believed", () => {
  const { keeper } = rig();

  expect([keeper.trusted(), keeper.source.detail]).toEqual([false, "no configuration yet"]);
});

test("whoever waits for the clock is told once, when it has been set", async () => {
  const { keeper, clock, told, set } = rig();
  await keeper.follow(NTP);
  const before = [keeper.trusted(), [...told]];

  set();
  await clock.advance(seconds(120));

  expect([before, keeper.trusted(), told]).toEqual([[false, []], true, ["established"]]);
});

test("a clock that was right from the start is no news", async () => {
  const { keeper, told } = rig();

  await keeper.follow(ASSUME);

  expect([keeper.trusted(), told]).toEqual([true, []]);
});

test("a clock behind what is already written down is wrong, whoever vouches for it", async () => {
  const { keeper, clock, write } = rig();
  await keeper.follow(ASSUME);
  write((clock.wall() + 1000) as WallTime);
  const behind = keeper.trusted();

  await clock.advance(seconds(1));

  expect([behind, keeper.trusted()]).toEqual([false, true]);
});

test("an owner who no longer assumes the clock waits for NTP, and the old word counts for nothing", async () => {
  const { keeper, clock, told, set } = rig();
  await keeper.follow(NTP);
  await keeper.follow(ASSUME);
  set();
  await clock.advance(seconds(120));
  const assumed = [keeper.trusted(), [...told]];

  await keeper.follow(NTP);

  expect([assumed, keeper.trusted(), told]).toEqual([[true, []], true, []]);
});
