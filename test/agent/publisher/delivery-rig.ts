// The outbox on a clock that is told the time, and a broker that answers as it is told.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import type { Outcome } from "../../../agent/publisher/connection.ts";
import { Delivery, type Report } from "../../../agent/publisher/delivery.ts";
import { afterSwallowed, type Learned, NOTHING_LEARNED } from "../../../agent/publisher/limits.ts";
import type { Outgoing } from "../../../agent/publisher/packet.ts";
import { RecordStore } from "../../../agent/publisher/records.ts";
import type { Line } from "../../../agent/publisher/session.ts";
import { SpoolReader } from "../../../agent/spool/reader.ts";
import { TemporaryState } from "../spool/samples.ts";

type Answer = (leaf: string, message: Outgoing, stop: AbortSignal) => Outcome | Promise<Outcome>;
export const ACCEPTED: Outcome = { kind: "accepted" };
export const UNHEARD: Outcome = { kind: "unheard" };

/** A delivery with a broker that answers as told. */
export class Rig {
  readonly clock = new SimulatedClock("2026-11-22T12:00:00Z");
  readonly reports: Report[] = [];
  readonly sent: string[] = [];
  readonly state: TemporaryState;
  /** Where the records stand. */
  readonly remembers: string;
  readonly records: RecordStore;
  delivery: Delivery;
  answer: Answer = () => ACCEPTED;
  heard = true;
  /** What was learned of the way to each recipient. */
  readonly ways = new Map<string, Learned>();
  /** The largest packet this broker has taken, as it were. */
  proven = 0;

  constructor(state: TemporaryState) {
    this.state = state;
    this.remembers = mkdtempSync(join(state.root, "records-"));
    this.records = new RecordStore(this.remembers);
    this.delivery = this.restart();
  }

  restart(): Delivery {
    const { clock, records } = this;
    const report = (report: Report): boolean => {
      this.reports.push(report);
      return this.heard;
    };
    this.delivery = new Delivery({
      clock,
      records,
      report,
      onFault: () => {},
      reader: new SpoolReader(this.state.writer.root),
    });
    return this.delivery;
  }

  line(limit = 268_435_460): Line {
    return {
      protocol: 5,
      limitFor: (recipient) => Math.min(limit, this.ways.get(recipient)?.limit ?? limit),
      swallowed: (recipient, bytes) =>
        void this.ways.set(recipient, afterSwallowed(this.ways.get(recipient) ?? NOTHING_LEARNED, bytes)),
      places: 4,
      proven: this.proven,
      publish: async (message, body, stop) => {
        const leaf = message.topic.split("/").slice(5).join("/") || message.topic.split("/").slice(3).join("/");
        if (stop?.aborted) return { kind: "lost", left: "none" };
        if (!(body instanceof Uint8Array)) for await (const _ of body.chunks());
        this.sent.push(leaf);
        return this.answer(leaf, message, stop!);
      },
    };
  }

  begin(limit?: number): void {
    this.delivery.begin(this.line(limit), "porch");
  }

  states(id: string): string[] {
    return this.reports
      .filter((report) => report.id === id)
      .map(({ state, code }) => (code === undefined ? state : `${state} ${code}`));
  }

  /** Lets what is ready happen, to its end. */
  async settle(): Promise<void> {
    await this.delivery.settled();
    await this.clock.advance(seconds(0));
    await this.delivery.settled();
  }

  /** Resolves when so many messages were sent, answered or not. */
  async until(count: number): Promise<void> {
    while (this.sent.length < count) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** One delivery, closed and cleaned up after. */
export async function rig(work: (rig: Rig) => Promise<void>): Promise<void> {
  await using state = await TemporaryState.create();
  const rig = new Rig(state);
  try {
    await work(rig);
  } finally {
    await rig.delivery.close();
  }
}
