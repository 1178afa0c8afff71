// Closing up while something is on its way into the door: nothing of it is written after the gate has stopped, when the next
// agent may already be putting the same door in order.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { EventDisclosure } from "../../../agent/spool/disclosure.ts";
import { SpoolWriter } from "../../../agent/spool/writer.ts";
import { config, recipient, Rig } from "./rig.ts";

/** A card that takes its time with small messages while `pace` is pending. */
class SlowSpool extends SpoolWriter {
  pace: Promise<void> = Promise.resolve();
  writes = 0;

  override async publishEvent(event: EventDisclosure): Promise<void> {
    await this.pace;
    await super.publishEvent(event);
    this.writes += 1;
  }
}

test("a ring that is on its way to three when the agent stops is in the door once it has stopped", async () => {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-consent-"));
  const spool = new SlowSpool(join(folder, "out"));
  const three = ["anna", "ben", "carl"].map((name) => recipient(name, { events: "auto" }));
  const rig = new Rig(config(three), folder, { spool });
  await rig.gate.start();
  const before = spool.writes;
  const slow = Promise.withResolvers<void>();
  spool.pace = slow.promise;

  const ring = { kind: "ring", at: rig.wall(), clockTrusted: true, triggers: ["button"], zones: "unknown" } as const;
  const told = rig.gate.considerEvent(ring);
  const stopped = rig.gate.stop();
  slow.resolve();
  await stopped;

  expect(spool.writes - before).toBe(3);
  await told;
  expect([spool.writes - before, rig.alarms]).toEqual([3, []]);
});
