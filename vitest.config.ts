// How the tests run: everything under test/ but the virtual board and the benchmarks, which have commands of their own.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/board/**", "test/bench/**"],
    pool: "forks",
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Real brokers, encoders and kernels on two cores: what fails once is tried once more, and named as flaky in the report.
    retry: 1,
  },
});
