// Fifty doorbells on a three-node RabbitMQ, one node killed in the middle: every approved clip arrives, once.
import { expect, test } from "vitest";
import { fleetStory } from "./fleet.ts";
import { rabbitmq } from "./rabbitmq.ts";

const DOORBELLS = 50;

test.skipIf(rabbitmq.version() === undefined)(
  "fifty doorbells, three brokers, one of them killed: every approved clip is saved once",
  { timeout: 600_000 },
  async () => {
    const { approved, saved, thrownOut } = await fleetStory(DOORBELLS);
    expect(approved.size).toBe(DOORBELLS);
    for (const [name, clips] of approved) expect([name, saved.get(name)!.toSorted()]).toEqual([name, clips.toSorted()]);
    // The node that died had somebody on it, or nothing was tried.
    expect(thrownOut).toBeGreaterThan(DOORBELLS / 5);
  },
);
