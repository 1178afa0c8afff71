// The log as jq reads it.
import { expect, test } from "vitest";
import { jsonLog } from "../../agent/log.ts";
import { AgentError } from "../../agent/error.ts";
import { SimulatedClock } from "../../drivers/clock/simulated.ts";

test("a line is one JSON object with its time, whatever is in the facts", () => {
  const lines: string[] = [];
  const log = jsonLog("recorder", new SimulatedClock("2026-11-22T12:00:00Z"), (line) => lines.push(line));

  log.warn({ input: "pir\nforged", n: 1 }, "an input\ncannot be read");

  expect(lines).toHaveLength(1);
  expect(lines[0]!.trimEnd()).not.toContain("\n");
  expect(JSON.parse(lines[0]!)).toEqual({
    level: "warn",
    at: "2026-11-22T12:00:00.000Z",
    role: "recorder",
    text: "an input\ncannot be read",
    input: "pir\nforged",
    n: 1,
  });
});

test("an error is told with its code and where it came from", () => {
  const lines: string[] = [];
  const log = jsonLog("publisher", new SimulatedClock(), (line) => lines.push(line));

  log.error({ err: new AgentError("CARD_FULL", "0 bytes") }, "failed");

  expect(JSON.parse(lines[0]!)).toMatchObject({
    err: { code: "CARD_FULL", message: "CARD_FULL: 0 bytes", stack: expect.stringContaining("log.test.ts") },
  });
});
