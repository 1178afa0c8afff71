// What was typed wrong is a usage error, with what would be right, before any agent is asked.
import { expect, test } from "vitest";
import { doorstep } from "./agent-stand.ts";

test.each([
  ["ledger list --limit x", "It is a number from 1 to 1000."],
  ["ledger list --limit 0", "It is a number from 1 to 1000."],
  ["ledger list --limit 1001", "It is a number from 1 to 1000."],
  ["ledger list --after -1", "It is a number from 0 to"],
  ["ledger list --type nonsense", "There are agent.started, "],
  ["ledger prove first", "It is a number from 0 to"],
  ["ledger prove 1.5", "It is a number from 0 to"],
  ["notice --out sign.doc", "--out is a file that ends in .pdf or .svg"],
  ["trigger knock", "Allowed choices are pir, button."],
  ["approve 01m8aaaaaaaaaaaaaaaaaaaaaa", "'--to <recipient>' not specified"],
  ["requests add --kind override --from x", "Allowed choices are disclosure, access, erasure, objection."],
])("%s", async (line, said) => {
  const { code, stderr, stdout } = await doorstep(...line.split(" "));

  expect(code).toBe(2);
  expect(stderr).toContain(said);
  expect(stdout).toBe("");
});
