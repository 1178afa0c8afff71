// The publisher is killed, and killed again, with clips on their way to three people: every clip arrives at each of them, once, and
// the ledger says so.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Receiver } from "../../agent/receiver/receiver.ts";
import { milliseconds } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { SlowLink } from "../agent/publisher/slow-link.ts";
import { config } from "../configs.ts";
import type { Household } from "./household.ts";
import { Rig } from "./rig.ts";

const NAMES = ["anna", "ben", "cleo"] as const;
const VISITS = 3;
const KILLS = 3;

describe("a publisher that is killed with clips on their way to three people", { timeout: 180_000 }, () => {
  const stop = new AbortController();
  const saved: string[] = [];
  let rig: Rig;
  let slow: SlowLink;
  let house: Household;
  let running: Promise<unknown>;
  let clips: readonly string[];
  /** By kill, how many clips were on their way. */
  const underWay: number[] = [];

  beforeAll(async () => {
    rig = await Rig.stand();
    slow = await SlowLink.to(rig.broker.port, 100);
    const identities = await Promise.all(NAMES.map(() => generateX25519Identity()));
    const keys = await Promise.all(identities.map(identityToRecipient));
    const recipients = NAMES.map((name, n) => ({ name, key: keys[n]! }));
    house = rig.house(config({ broker: slow.url, size: [640, 360], fps: 15, recipients }));
    house.start("recorder");
    await house.status("camera on", ({ camera }) => camera.state === "on");
    const visits: string[] = [];
    for (let visit = 0; visit < VISITS; visit++) visits.push((await house.visit("button")).id);
    clips = visits;
    await house.clips("in the outbox", (all) =>
      all.every(({ shares }) => shares.every(({ state }) => state === "released")),
    );

    running = Promise.all(NAMES.map((name, n) => collect(name, identities[n]!)));
    for (let kill = 0; kill < KILLS; kill++) {
      house.start("publisher");
      await house.eventually("several on their way", () => unfinished() > 1);
      await house.end("publisher", "SIGKILL");
      underWay.push(unfinished());
    }
    slow.hurry();
    house.start("publisher");
    await house.clips("confirmed", (all) =>
      all.every(({ shares }) => shares.every(({ state }) => state === "confirmed")),
    );
  }, 180_000);
  afterAll(async () => {
    stop.abort();
    await running;
    await rig?.close();
    await slow?.[Symbol.asyncDispose]();
  });

  async function collect(name: string, identity: string): Promise<void> {
    const receiver = new Receiver({
      ...{ url: rig.broker.url, device: "porch", recipient: name, out: join(rig.folder, name), identities: [identity] },
      ...{ trust: "first", clock: new SystemClock(), quiet: milliseconds(2_000) },
    });
    const ended = receiver.run(stop.signal);
    for await (const { id } of receiver.clips()) saved.push(`${name} ${id}`);
    await ended;
  }

  /** Clips of which something may have got out, and which the broker has not taken whole. */
  function unfinished(): number {
    const file = join(house.state, "publisher", "deliveries.jsonl");
    if (!existsSync(file)) return 0;
    // The last line may be half written.
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    const records = lines.map((line) => JSON.parse(line) as { id: string; state: string; first_sent_ms?: number });
    const last = new Map(records.map((record) => [record.id, record]));
    return [...last.values()].filter(({ state, first_sent_ms }) => state === "waiting" && first_sent_ms).length;
  }

  test("several were on their way when it died", () => {
    // One of them may have come to its end in the last moment.
    expect(underWay).toHaveLength(KILLS);
    expect(Math.max(...underWay)).toBeGreaterThan(1);
  });

  test("everybody has every clip, once, with a receipt that verifies", () => {
    expect(saved.toSorted()).toEqual(NAMES.flatMap((name) => clips.map((id) => `${name} ${id}`)).toSorted());
    for (const name of NAMES)
      expect(
        readdirSync(join(rig.folder, name))
          .filter((file) => !file.startsWith("."))
          .toSorted(),
      ).toEqual(clips.flatMap((id) => [`${id}.mp4`, `${id}.receipt.jws`]).toSorted());
  });

  test("the outbox is empty, and the ledger verifies and names each of them confirmed, once", async () => {
    const verified = await house.owner("ledger", "verify");
    expect([verified.code, verified.err]).toEqual([0, ""]);
    const { out } = await house.owner("ledger", "list", "--json", "--limit", "1000");
    const { entries } = JSON.parse(out) as {
      entries: { type: string; ref: string; details: { kind?: string; state?: string } }[];
    };
    const sent = entries.filter(({ type, details }) => type === "disclosure" && details.kind === "clip");
    expect(sent).toHaveLength(NAMES.length * VISITS);
    for (const { ref } of sent) {
      const ends = entries
        .filter((entry) => entry.type === "delivery" && entry.ref === ref)
        .map(({ details }) => details.state);
      expect(ends.filter((state) => state !== "accepted" && state !== "unheard")).toEqual(["confirmed"]);
    }
    const ids = new Set(sent.map(({ ref }) => ref));
    expect(house.spooled("new").filter((name) => ids.has(name))).toEqual([]);
    expect(house.spooled("sent").filter((name) => ids.has(name))).toHaveLength(ids.size);
  });
});
