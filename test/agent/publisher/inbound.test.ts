// How much of what comes in is let through to the recorder: by topic, by the clock, and from a broker that makes topics up.
import { expect, test } from "vitest";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { InboundDesk } from "../../../agent/publisher/inbound.ts";

const COMMAND = "anna/command";

interface Desk {
  readonly clock: SimulatedClock;
  /** Says something on a topic below doorstep/porch/. */
  readonly say: (topic: string) => void;
  /** Topics of what was handed to the recorder. */
  readonly forwarded: string[];
  /** Reasons it was acknowledged with; 0 for none. */
  readonly acknowledged: number[];
  /** Lines of the log. */
  readonly lines: string[];
}

function desk(): Desk {
  const clock = new SimulatedClock();
  const forwarded: string[] = [];
  const acknowledged: number[] = [];
  const lines: string[] = [];
  const inbound = new InboundDesk({
    clock,
    forward: ({ topic, ref }) => {
      forwarded.push(topic);
      inbound.stored(ref);
      return true;
    },
    onAcknowledgement: () => {},
    onBirth: () => {},
    onSelftest: () => {},
    onRefused: (topic, why) => void lines.push(`${topic}: ${why}`),
  });
  const say = (topic: string): void =>
    inbound.take(
      { topic: `doorstep/porch/${topic}`, payload: Buffer.from("{}"), retained: false, messageId: 1 },
      "porch",
      (reason = 0) => acknowledged.push(reason),
    );
  return { clock, say, forwarded, acknowledged, lines };
}

test("of ten thousand commands in one second twenty-one are handed on, all are acknowledged, and few are logged", async () => {
  const { clock, say, forwarded, acknowledged, lines } = desk();
  for (let tenth = 0; tenth < 10; tenth++) {
    for (let n = 0; n < 1_000; n++) say(COMMAND);
    await clock.advance(seconds(0.1));
  }
  expect(forwarded.length).toBe(21);
  expect(Map.groupBy(acknowledged, (reason) => reason).get(0x97)?.length).toBe(10_000 - 21);
  expect(lines.length).toBe(21);
  expect(lines[0]).toBe("doorstep/porch/anna/command: too many");
});

test("topics that are made up by the thousand buy no more commands, and none is shut out for ever", async () => {
  const { clock, say, forwarded } = desk();
  for (let round = 0; round < 10; round++) {
    for (let n = 0; n < 50; n++) say(COMMAND);
    for (let n = 0; n < 2_000; n++) say(`made-up-${round}-${n}/ack`);
  }
  expect(forwarded.length).toBe(20);

  await clock.advance(seconds(10));
  say("ben/command");
  expect(forwarded.at(-1)).toBe("ben/command");
});
