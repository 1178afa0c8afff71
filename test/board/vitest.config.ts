// How the virtual board's tests run: one machine at a time, as long as it takes. `make test` runs board.test.ts, `make board-test` all.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/board/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 45 * 60_000,
    hookTimeout: 15 * 60_000,
    disableConsoleIntercept: true,
    // An emulator is a program too: what fails once is tried once more, and named as flaky in the report.
    retry: 1,
  },
});
