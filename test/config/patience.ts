// How much is generated, and how long it may take: a moment in the suite, an hour a property for `make fuzz`.
import { vi } from "vitest";

export const SLOW = process.env["SLOW"] !== undefined;

/** To be called before the tests of a file are named. */
export function takeTime(): void {
  vi.setConfig({ testTimeout: SLOW ? 3_600_000 : 120_000 });
}
