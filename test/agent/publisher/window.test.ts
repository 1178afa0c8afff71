// How much may be under way, on links that are told how fast they are.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Uptime } from "../../../drivers/clock/clock.ts";
import type { Situation } from "../../../agent/publisher/delivery-plan.ts";
import { FIRST_WINDOW_BYTES, MOST_WINDOW_BYTES, type Passage, Window } from "../../../agent/publisher/window.ts";

const at = (ms: number): Uptime => ms as Uptime;
const situation = (window: Window): Situation => window.situation({ places: 32, proven: 0 }, new Map());

/** A link that carries one byte after the other, and a broker that answers `roundTripMs` after the last byte of a message has left. */
class Link {
  readonly window = new Window();
  /** What went in and is not answered. */
  readonly #sent: { readonly passage: Passage; readonly weight: number; readonly answeredAt: number }[] = [];
  #now = 0;
  #freeAt = 0;
  idleMs = 0;

  readonly #bytesPerMs: number;
  readonly #roundTripMs: number;

  constructor(bytesPerMs: number, roundTripMs: number) {
    this.#bytesPerMs = bytesPerMs;
    this.#roundTripMs = roundTripMs;
  }

  get now(): number {
    return this.#now;
  }

  /** How long what is put on it now waits before its first byte leaves. */
  get queueMs(): number {
    return Math.max(0, this.#freeAt - this.#now);
  }

  /** Puts on as many messages of `weight` bytes as may go, and lets time pass until the next answer. */
  step(weight: number): void {
    while (situation(this.window).room >= weight) {
      const begins = Math.max(this.#freeAt, this.#now);
      this.idleMs += begins - this.#freeAt;
      this.#freeAt = begins + weight / this.#bytesPerMs;
      const passage = this.window.admit(weight, false, at(this.#now));
      this.#sent.push({ passage, weight, answeredAt: this.#freeAt + this.#roundTripMs });
    }
    const { passage, answeredAt } = this.#sent.shift()!;
    this.#now = answeredAt;
    passage.answered(at(this.#now));
    passage.over();
  }
}

const link = fc.record({
  bytesPerMs: fc.integer({ min: 10, max: 200_000 }),
  roundTripMs: fc.integer({ min: 0, max: 300 }),
  weight: fc.integer({ min: 1_000, max: 5_000_000 }),
});

test("what is urgent never waits long behind media that could have stayed back, however slow the link", () => {
  fc.assert(
    fc.property(link, fc.integer({ min: 1, max: 400 }), ({ bytesPerMs, roundTripMs, weight }, steps) => {
      const slow = new Link(bytesPerMs, roundTripMs);
      for (let n = 0; n < steps; n++) slow.step(weight);
      // The least and the first window go in any case, and so does one message by itself.
      const unavoidable = Math.max(FIRST_WINDOW_BYTES, weight) / bytesPerMs;
      expect(slow.queueMs).toBeLessThanOrEqual(unavoidable + weight / bytesPerMs + 2 * 100 + 1);
    }),
  );
});

test("a link is kept busy as far as its own delay and the most that may be under way allow", () => {
  const wide = fc.record({
    bytesPerMs: fc.integer({ min: 400, max: 20_000 }),
    roundTripMs: fc.integer({ min: 0, max: 300 }),
    weight: fc.integer({ min: 10_000, max: FIRST_WINDOW_BYTES / 8 }),
  });
  fc.assert(
    fc.property(wide, ({ bytesPerMs, roundTripMs, weight }) => {
      const answerMs = weight / bytesPerMs + roundTripMs;
      fc.pre(bytesPerMs * answerMs * 2 < MOST_WINDOW_BYTES);
      const busy = new Link(bytesPerMs, roundTripMs);
      while (busy.now < 40 * answerMs) busy.step(weight);
      const [now, idle] = [busy.now, busy.idleMs];
      while (busy.now < 60 * answerMs) busy.step(weight);
      expect((busy.idleMs - idle) / (busy.now - now)).toBeLessThan(0.01);
    }),
    { numRuns: 30 },
  );
});

test("what is under way is counted until it is answered or lost", () => {
  const window = new Window();
  expect(situation(window)).toMatchObject({ underWay: 0, onTrial: false, room: Infinity });
  const [trial, small] = [window.admit(5_000_000, true, at(0)), window.admit(0, false, at(0))];
  expect(situation(window)).toMatchObject({ underWay: 2, onTrial: true, room: FIRST_WINDOW_BYTES - 5_000_000 });
  trial.over();
  expect(situation(window)).toMatchObject({ underWay: 1, onTrial: false, room: Infinity });
  small.over();
  expect(situation(window)).toMatchObject({ underWay: 0, room: Infinity });
});

test("a link that becomes slow is filled less from the first late answer on", () => {
  const window = new Window();
  const room = (): number => {
    const one = window.admit(1, false, at(0));
    const { room } = situation(window);
    one.over();
    return room;
  };
  for (let n = 0; n < 20; n++) {
    const passage = window.admit(1_000_000, false, at(n * 10));
    passage.answered(at(n * 10 + 1));
    passage.over();
  }
  expect(room()).toBe(MOST_WINDOW_BYTES - 1);
  const late = window.admit(100_000, false, at(1_000));
  late.answered(at(2_000));
  late.over();
  expect(room()).toBeLessThan(FIRST_WINDOW_BYTES);
});
