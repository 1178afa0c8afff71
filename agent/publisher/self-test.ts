// Asks the broker whether this device may speak and be heard: a message to itself. A granted subscription proves nothing
// (mosquitto grants forbidden ones), and on MQTT 3.1.1 neither does an acknowledged message.
import { type Clock, seconds } from "../../drivers/clock/clock.ts";
import type { Line } from "./session.ts";

const WITHIN = seconds(10);

/** One question at a time. */
export class SelfTest {
  readonly #clock: Clock;
  readonly #chance: () => number;
  #awaited: { readonly token: string; readonly settle: (outcome: string) => void } | undefined;

  constructor(clock: Clock, chance: () => number) {
    this.#clock = clock;
    this.#chance = chance;
  }

  /** "ok", or in words what went wrong. One at a time: an earlier one is given up. */
  async run(line: Line, device: string): Promise<string> {
    this.fail("another test was started");
    const token = `selftest ${Math.floor(this.#chance() * 1e12)} ${this.#clock.uptime()}`;
    const answer = Promise.withResolvers<string>();
    this.#awaited = { token, settle: answer.resolve };
    const over = new AbortController();
    this.#clock.sleep(WITHIN, over.signal).then(
      () =>
        answer.resolve(`the message did not come back within ${WITHIN / 1000} s: check the access list of the broker`),
      () => {},
    );
    void line
      .publish({ topic: `doorstep/${device}/selftest`, retain: false, text: true, expiresS: 10 }, Buffer.from(token))
      .then((outcome) => {
        if (outcome.kind === "refused")
          answer.resolve(`the broker refused the message (PUBACK 0x${outcome.reason.toString(16)})`);
        if (outcome.kind === "unheard") answer.resolve("the broker did not accept the subscription");
      });
    const outcome = await answer.promise;
    over.abort();
    this.#awaited = undefined;
    return outcome;
  }

  heard(payload: string): void {
    if (payload === this.#awaited?.token) this.#awaited.settle("ok");
  }

  fail(why: string): void {
    this.#awaited?.settle(why);
  }
}
