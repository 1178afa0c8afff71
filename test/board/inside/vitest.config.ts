// How the drivers' tests run on the board itself, from a checkout that cannot be written to.
import { defineConfig } from "vitest/config";

export default defineConfig({
  cacheDir: "/tmp/vite",
  test: {
    include: ["test/board/inside/*.test.ts"],
    pool: "forks",
    maxWorkers: 1,
    fileParallelism: false,
    // An emulated processor without help is some thirty times slower.
    retry: 1,
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
