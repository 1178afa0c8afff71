// When the wall clock is believed.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { NtpClock } from "../../../drivers/clock-trust/ntp.ts";

let folder: string;
let stop: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-"));
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  rmSync(folder, { recursive: true });
});

function program(answer: string): string {
  const file = join(folder, "timedatectl");
  writeFileSync(file, `#!/bin/sh\necho ${answer}\n`);
  chmodSync(file, 0o755);
  return file;
}

test("a clock that nobody vouches for is not trusted, and status says why", async () => {
  const trust = new NtpClock({
    clock: new SimulatedClock(),
    mark: join(folder, "synchronized"),
    timedatectl: program("no"),
  });

  await trust.watch(stop.signal);

  expect([trust.trusted, trust.detail]).toEqual([false, "NTP has not set the clock since this boot"]);
});

test("a synchronisation that comes later is noticed without a restart", async () => {
  const clock = new SimulatedClock();
  const mark = join(folder, "synchronized");
  const trust = new NtpClock({ clock, mark, timedatectl: join(folder, "absent") });
  await trust.watch(stop.signal);
  const before = trust.trusted;
  const told: boolean[] = [];
  void trust.established.then(() => told.push(trust.trusted));

  await clock.advance(seconds(3));
  writeFileSync(mark, "");
  const early = [...told];
  await clock.advance(seconds(10));
  await trust.established;

  expect({ before, early, told, trusted: trust.trusted }).toEqual({
    before: false,
    early: [],
    told: [true],
    trusted: true,
  });
});

test("any NTP service is believed through the kernel's word", async () => {
  const trust = new NtpClock({
    clock: new SimulatedClock(),
    mark: join(folder, "synchronized"),
    timedatectl: program("yes"),
  });

  await trust.watch(stop.signal);

  expect(trust.trusted).toBe(true);
});
