// What has not left yet when less may leave: another policy, a pause, a clock or a ledger that cannot be trusted.
import { describe, expect, test } from "vitest";
import { seconds } from "../../../drivers/clock/clock.ts";
import { config, opened, recipient } from "./rig.ts";
import type { Rig } from "./rig.ts";

describe("what is still to leave when the policy changes (§9.7)", () => {
  test("is taken down for good when its recipient is removed", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" }), recipient("ben", { clips: "auto" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await rig.change([recipient("ben", { clips: "auto" })]);
    await rig.change([recipient("anna", { clips: "auto" }), recipient("ben", { clips: "auto" })]);

    expect(rig.media().map(({ recipient }) => recipient)).toEqual(["ben"]);
    expect(rig.shares(clip)).toEqual(["anna withdrawn", "ben released"]);
  });

  test("waits for the owner when auto became ask", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await rig.change([recipient("anna", { clips: "ask" })]);

    expect(rig.media()).toEqual([]);
    expect(rig.shares(clip)).toEqual(["anna asks"]);
  });

  test("is sent newest last: a lower limit takes down what was committed last", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clips = [];
    for (let n = 0; n < 4; n++) {
      clips.push(rig.clip());
      await rig.gate.consider(clips[n]!);
      await rig.clock.advance(seconds(10));
    }

    await rig.change([recipient("anna", { clips: "auto", maxPerDay: 2 })]);

    expect(rig.media().map(({ clip }) => clip)).toEqual([clips[0]!.id, clips[1]!.id]);
  });

  test("does not include what was denied before: widening is for what comes after", async () => {
    const rig = await opened(config([recipient("anna", { clips: "never" }), recipient("ben", { clips: "ask" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await rig.change([recipient("anna", { clips: "auto" }), recipient("ben", { clips: "auto" })]);

    expect(rig.media()).toEqual([]);
    expect(rig.shares(clip)).toEqual(["anna withheld", "ben asks"]);
  });

  test("closes a question that a rule has come to deny", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await rig.change([recipient("anna", { clips: "never" })]);

    expect([rig.gate.waiting(), rig.shares(clip)]).toEqual([0, ["anna withheld"]]);
  });

  test("is held while the configuration cannot be read, and goes when it can again", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);
    const { id } = rig.media()[0]!;

    await rig.gate.policyInvalid("line 12");
    expect([rig.names("new").includes(id), rig.last("closed")?.retract]).toEqual([false, []]);
    await rig.gate.consider(rig.clip());
    await rig.change([recipient("anna", { clips: "auto" })]);

    expect(rig.media().map(({ id }) => id)).toEqual([id]);
    expect(rig.last("open")).toEqual({ type: "open" });
  });

  for (const [name, tighten] of [
    ["the configuration cannot be read", (rig: Rig) => rig.gate.policyInvalid("line 12")],
    ["nobody is named any more", (rig: Rig) => rig.change([])],
  ] as const)
    test(`is told as what it has become when the broker takes it at the moment that ${name}`, async () => {
      const both = [recipient("anna", { clips: "auto" }), recipient("ben", { clips: "auto" })];
      const rig = await opened(config(both));
      const clip = rig.clip();
      await rig.gate.consider(clip);
      const last = rig.media().at(-1)!;

      // They are looked at in order; while the first is under way, the publisher's word about the last comes in.
      await Promise.all([tighten(rig), rig.gate.delivery({ type: "delivery", id: last.id, state: "accepted" })]);
      await rig.gate.idle();

      expect(rig.media()).toEqual([]);
      expect(rig.shares(clip)).toContain(`${last.recipient} unconfirmed`);
      const told = rig.entries("delivery").filter(({ ref }) => ref === last.id);
      expect(told.map(({ details }) => details?.state)).toEqual(["accepted", "unconfirmed"]);
    });
});

describe("a pause (§9.9)", () => {
  test("holds what waits, denies what comes, survives a restart, and gives back what was held", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const first = rig.clip();
    await rig.gate.consider(first);

    await rig.gate.pause("", "page");
    const second = rig.clip();
    await rig.gate.consider(second);
    await rig.restart();
    expect(rig.media()).toEqual([]);
    expect(rig.gate.closed()).toEqual({ state: "paused", detail: "paused by page at 2026-11-22T12:00:00.000Z" });
    await rig.gate.resume("page");

    expect(rig.media().map(({ clip }) => clip)).toEqual([first.id]);
    expect(rig.shares(second)).toEqual(["anna withheld"]);
  });

  test("of one recipient is no matter to the others, and only the owner ends it", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" }), recipient("ben", { clips: "auto" })]));

    await rig.gate.pause("anna", "anna");
    await rig.gate.consider(rig.clip());

    expect(rig.media().map(({ recipient }) => recipient)).toEqual(["ben"]);
    expect(rig.gate.door()).toEqual({ type: "open" });
  });

  test("does not lose a farewell: a withdrawal said during it is published after", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);
    await rig.gate.delivery({ type: "delivery", id: rig.media()[0]!.id, state: "confirmed" });
    await rig.gate.pause("", "cli");
    await rig.gate.answer(clip.id, "anna", "withdrawn", "cli");
    expect(rig.events()).toEqual([]);

    await rig.gate.resume("cli");

    expect(rig.events()).toEqual(["anna event/clip withdrawn"]);
  });
});

describe("a clock that cannot be trusted", () => {
  const limited = recipient("anna", { clips: "auto", hours: { from: 7 * 60, to: 22 * 60 } });

  test("denies what depends on it, and holds over a restart what was permitted before", async () => {
    const rig = await opened(config([limited]));
    const first = rig.clip();
    await rig.gate.consider(first);
    rig.trusted = false;
    await rig.restart();
    const second = rig.clip();
    await rig.gate.consider(second);
    expect(rig.media()).toEqual([]);

    rig.trusted = true;
    await rig.gate.circumstancesChanged();

    expect(rig.media().map(({ clip }) => clip)).toEqual([first.id]);
    expect(rig.shares(second)).toEqual(["anna withheld"]);
  });
});

test("a ledger that cannot be trusted closes everything (§9.9)", async () => {
  const rig = await opened(config([recipient("anna", { clips: "auto", events: "auto" })]));
  rig.ledger.distrust([{ kind: "entry", text: "entry 3 was changed" } as never]);
  await rig.gate.circumstancesChanged();

  await rig.gate.consider(rig.clip());
  await rig.gate.considerEvent({
    kind: "ring",
    at: rig.wall(),
    clockTrusted: true,
    triggers: ["button"],
    zones: "unknown",
  });

  expect([rig.media(), rig.events(), rig.gate.door().type]).toEqual([[], [], "closed"]);
});
