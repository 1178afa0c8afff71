// How a listing grows with the vault: the newest 50 clips out of 10,000 against the same out of 100. Wanted: about 1.
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ulid } from "ulid";
import { Catalogue } from "../../agent/vault/catalogue.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";

const NOON = Date.parse("2026-11-22T12:00:00Z");
const MINUTE_MS = 60_000;

function filled(folder: string, clips: number): Catalogue {
  const catalogue = Catalogue.open(join(folder, `${clips}.db`));
  for (let n = 0; n < clips; n++)
    catalogue.add({
      id: ulid(NOON + n * MINUTE_MS).toLowerCase(),
      state: "ready",
      startedAt: (NOON + n * MINUTE_MS) as WallTime,
      clockTrusted: true,
      durationMs: 20_000,
      preRollMs: 5000,
      bytes: 5_000_000,
      sha256: createHash("sha256").update(String(n)).digest("hex"),
      width: 1280,
      height: 720,
      hasAudio: false,
      triggers: ["pir"],
      zones: ["path"],
      pinned: false,
      objected: false,
    });
  return catalogue;
}

function millisecondsOf(work: () => unknown): number {
  for (let warm = 0; warm < 20; warm++) work();
  const from = performance.now();
  for (let round = 0; round < 200; round++) work();
  return (performance.now() - from) / 200;
}

/** A page, a day and the whole list, each out of 10,000 clips divided by out of 100. */
export function listingRatios(): { readonly page: number; readonly day: number; readonly detail: string } {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-bench-"));
  try {
    const [small, large] = [filled(folder, 100), filled(folder, 10_000)];
    const page = (catalogue: Catalogue) => () => catalogue.list({ limit: 50 });
    const hour = (catalogue: Catalogue) => () =>
      catalogue.list({ from: NOON as WallTime, to: (NOON + 60 * MINUTE_MS) as WallTime });
    const [pages, days] = [page, hour].map((query) => [small, large].map((one) => millisecondsOf(query(one))));
    const whole = millisecondsOf(() => large.retained());
    small.close();
    large.close();
    return {
      page: pages![1]! / pages![0]!,
      day: days![1]! / days![0]!,
      detail: `page ${pages![1]!.toFixed(2)} ms, hour ${days![1]!.toFixed(2)} ms, retention's look at all ${whole.toFixed(1)} ms`,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const { page, day, detail } = listingRatios();
  process.stdout.write(
    `listing out of 10,000 clips / out of 100: page ${page.toFixed(2)}, hour ${day.toFixed(2)} (${detail})\n`,
  );
}
