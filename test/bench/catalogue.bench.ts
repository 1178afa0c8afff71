// How a listing grows with the vault: the newest 50 clips out of 10,000 against the same out of 100. Wanted: about 1.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Catalogue } from "../../agent/vault/catalogue.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import { filled } from "../page-stand.ts";

const NOON = Date.parse("2026-11-22T12:00:00Z") as WallTime;
const MINUTE_MS = 60_000;

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
    const [small, large] = [100, 10_000].map((clips) => filled(join(folder, `${clips}.db`), clips, NOON)) as [
      Catalogue,
      Catalogue,
    ];
    const page = (catalogue: Catalogue) => () => catalogue.list({ limit: 50 });
    const hour = (catalogue: Catalogue) => () =>
      catalogue.list({ from: (NOON - 60 * MINUTE_MS) as WallTime, to: NOON });
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
