// How the virtual board's tests run: one file, one machine, as long as it takes. Not part of `make test`.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/board/board.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 15 * 60_000,
    hookTimeout: 15 * 60_000,
    disableConsoleIntercept: true,
  },
});
