// The publisher's half of door.sock: does what the recorder says, when it says it, and stops when it is silent (docs/spec/spool.md §4).
import { type Clock, seconds } from "../../drivers/clock/clock.ts";
import type { AgentErrorCode } from "../error.ts";
import type {
  BrokerState,
  PublisherToRecorder,
  RecorderToPublisher,
  RetainedDocument,
  SessionDocument,
} from "../spool/door.ts";
import { doorDetail } from "../spool/door-lines.ts";
import type { Delivery } from "./delivery.ts";
import { InboundDesk } from "./inbound.ts";
import type { Protocol } from "./packet.ts";
import { Presence } from "./presence.ts";
import type { Retractions } from "./retractions.ts";
import type { Line, Session, Target } from "./session.ts";
import type { Inbound } from "./connection.ts";
import { SelfTest } from "./self-test.ts";

/** The hands and the ears of the role. */
export interface RoleOptions {
  readonly clock: Clock;
  readonly chance: () => number;
  readonly session: Session;
  readonly delivery: Delivery;
  readonly retractions: Retractions;
  /** To the recorder; false when the line to it is down. */
  readonly send: (message: PublisherToRecorder) => boolean;
  /** A session document has come: secrets are read from its files from now on. */
  readonly onSession: (session: SessionDocument) => void;
  readonly log: (text: string, facts?: Readonly<Record<string, unknown>>) => void;
}

/** Home Assistant is given this long to start, and one second to ten more so that devices do not all speak at once. */
const BIRTH_PAUSE_S = 1;
const BIRTH_SPREAD_S = 9;
/** Whatever waits for an answer when sharing ends waits no longer than this. */
const HALT_WITHIN = seconds(1);

/** What the publisher does for the recorder. */
export class Role {
  readonly #options: RoleOptions;
  readonly #presence: Presence;
  readonly #inbound: InboundDesk;
  readonly #selfTest: SelfTest;
  #document: SessionDocument | undefined;
  #isOpen = false;
  /** Why there has been no line since the recorder was last heard. */
  #lostBecause: string | undefined;
  /** `closed` lines that were heard and not dealt with: what is to be taken back may need several. */
  #closing = 0;
  #line: Line | undefined;
  /** What is done for the door is done one after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(options: RoleOptions) {
    this.#options = options;
    const { clock, send, delivery, log } = options;
    this.#presence = new Presence(options.retractions);
    this.#selfTest = new SelfTest(clock, options.chance);
    this.#inbound = new InboundDesk({
      clock,
      forward: send,
      onAcknowledgement: (recipient, word) => delivery.acknowledged(recipient, word),
      onBirth: () => void this.#born(),
      onSelftest: (payload) => this.#selfTest.heard(payload),
      onRefused: (topic, why) => log("inbound message turned away", { topic, why }),
    });
  }

  /** The line to the recorder stands. Nothing is sent before it says `open`. */
  doorOpened(): void {
    this.#do(() => this.#options.delivery.refresh());
  }

  /** The line to the recorder is lost, which means closed. */
  doorLost(why: string): void {
    this.#isOpen = false;
    this.#presence.forgetDocuments();
    // Somebody who is turned away knocks for as long as it takes.
    if (why !== this.#lostBecause) this.#options.log("no line to the recorder", { why });
    this.#lostBecause = why;
    this.#do(() => this.#fallSilent());
  }

  hear(message: RecorderToPublisher): void {
    this.#lostBecause = undefined;
    switch (message.type) {
      case "stored":
        return this.#inbound.stored(message.ref);
      case "spooled":
        return this.#do(() => this.#options.delivery.spooled(message.id));
      case "closed":
        // Before anything else that is already in line.
        this.#isOpen = false;
        this.#closing++;
        return this.#do(() => this.#close(message.retract));
      case "take_down":
        return void this.#takeDown(message.id);
      case "session":
        return this.#do(async () => this.#newSession(message));
      case "open":
        this.#isOpen = true;
        return this.#do(() => this.#connect());
      case "retained":
        return this.#do(() => this.#retained(message));
      case "selftest":
        return void this.#selftest(message.ref);
    }
  }

  brokerState(state: BrokerState, about: { protocol?: Protocol; code?: AgentErrorCode; detail?: string }): void {
    const { detail, ...more } = about;
    this.#options.log(`broker ${state}`, about);
    this.#options.send({ type: "broker", state, ...more, ...(detail !== undefined && { detail: doorDetail(detail) }) });
  }

  lineUp(line: Line): void {
    this.#line = line;
    this.#do(() => this.#greet(line));
  }

  lineDown(): void {
    this.#line = undefined;
    this.#inbound.forget();
    this.#selfTest.fail("the connection broke");
    void this.#options.delivery.halt();
  }

  inbound(message: Inbound, acknowledge: (reasonCode?: number) => void): void {
    if (this.#document && this.#isOpen) this.#inbound.take(message, this.#document.device, acknowledge);
  }

  /** Says offline, if it can be said quickly, and hangs up. */
  async stop(): Promise<void> {
    this.#isOpen = false;
    this.#do(() => this.#fallSilent());
    await this.#work;
    await this.#options.delivery.close();
  }

  #do(step: () => Promise<void>): void {
    this.#work = this.#work
      .then(step)
      .catch((error: unknown) => this.#options.log("a step failed", { error: String(error) }));
  }

  async #newSession(document: SessionDocument): Promise<void> {
    const known = this.#document;
    this.#document = document;
    this.#presence.forgetDocuments();
    this.#options.onSession(document);
    if (known && JSON.stringify(known) !== JSON.stringify(document)) await this.#hangUp();
  }

  async #connect(): Promise<void> {
    if (!this.#document || !this.#isOpen) return;
    const { device, broker, subscriptions } = this.#document;
    const target: Target = {
      url: broker.url,
      device,
      ...(broker.username !== undefined && { username: broker.username }),
      subscriptions: [
        ...[...subscriptions, "selftest"].map((filter) => `doorstep/${device}/${filter}`),
        ...this.#presence.birthTopics,
      ],
    };
    await this.#options.session.connect(target);
    await this.#options.delivery.refresh();
  }

  /** A new line to the broker. */
  async #greet(line: Line): Promise<void> {
    const { delivery } = this.#options;
    const device = this.#document?.device;
    if (device === undefined || line !== this.#line) return;
    if (!this.#isOpen) return this.#finishRetracting(line, device);
    if ((await this.#presence.comeOnline(line, device)) && this.#mayUse(line)) delivery.begin(line, device);
  }

  async #retained({ topic, document }: RetainedDocument): Promise<void> {
    const payload = document ? JSON.stringify(document) : "";
    const births = this.#presence.birthTopics.join(" ");
    await this.#presence.retain(topic, payload, this.#isOpen ? this.#line : undefined);
    if (this.#isOpen && births !== this.#presence.birthTopics.join(" ")) await this.#connect();
  }

  async #close(retract: readonly string[]): Promise<void> {
    const { retractions, session, send } = this.#options;
    const device = this.#document?.device;
    if (device !== undefined)
      retractions.add(retract.flatMap(withReceipt).map((topic) => `doorstep/${device}/${topic}`));
    await this.#haltDelivery();
    if (--this.#closing > 0) return;
    if (!retractions.pending || device === undefined) {
      await this.#hangUp();
      send({ type: "retracted" });
    } else if (this.#line) await this.#finishRetracting(this.#line, device);
    else {
      const { broker } = this.#document!;
      const target = {
        url: broker.url,
        device,
        ...(broker.username !== undefined && { username: broker.username }),
        subscriptions: [],
      };
      await session.connect(target);
    }
  }

  async #finishRetracting(line: Line, device: string): Promise<void> {
    if (!(await this.#presence.goOffline(line, device))) return;
    await this.#hangUp();
    this.#options.send({ type: "retracted" });
  }

  /** The recorder is gone, or we are to go: say no more than offline. */
  async #fallSilent(): Promise<void> {
    const device = this.#document?.device;
    if (await this.#haltDelivery()) this.#options.session.cut();
    else if (this.#line && device !== undefined) {
      const said = this.#presence.goOffline(this.#line, device);
      await Promise.race([said, this.#options.clock.sleep(HALT_WITHIN)]);
    }
    await this.#hangUp();
  }

  /** Returns whether something was still under way after a while, or had to be cut. */
  async #haltDelivery(): Promise<boolean> {
    const { delivery, clock, session } = this.#options;
    const over = new AbortController();
    const late = clock.sleep(HALT_WITHIN, over.signal).then(
      () => true,
      () => false,
    );
    const halted = delivery.halt();
    const stuck = await Promise.race([late, halted.then(() => false)]);
    over.abort();
    if (stuck) session.cut();
    await halted;
    return stuck;
  }

  async #hangUp(): Promise<void> {
    await this.#haltDelivery();
    await this.#options.session.disconnect("goodbye");
  }

  async #takeDown(id: string): Promise<void> {
    const left = await this.#options.delivery.takeDown(id);
    this.#options.send({ type: "taken_down", id, ...left });
  }

  async #born(): Promise<void> {
    const { clock, chance } = this.#options;
    await clock.sleep(seconds(BIRTH_PAUSE_S + BIRTH_SPREAD_S * chance()));
    this.#do(async () => {
      if (this.#isOpen && this.#line) await this.#presence.announceDocuments(this.#line);
    });
  }

  async #selftest(ref: number): Promise<void> {
    const device = this.#document?.device;
    const line = this.#isOpen ? this.#line : undefined;
    const outcome = line && device !== undefined ? await this.#selfTest.run(line, device) : "not connected";
    this.#options.send({ type: "selftest", ref, outcome });
  }

  #mayUse(line: Line): boolean {
    return this.#isOpen && line === this.#line;
  }
}

/** A still's receipt is retained beside it, and goes with it. */
const withReceipt = (topic: string): string[] =>
  topic.endsWith("/latest/still") ? [topic, topic.replace(/still$/, "receipt")] : [topic];
