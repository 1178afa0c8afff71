// The recorder's rooms put together and kept in step with the configuration; knows no concrete driver.
import type { Config } from "../config/config.ts";
import type { Clock } from "../drivers/clock/clock.ts";
import type { ClockTrust } from "../drivers/clock-trust/clock-trust.ts";
import type { MaskWitness } from "../drivers/mask/mask.ts";
import type { LumaDecoder } from "../drivers/luma/luma.ts";
import type { PictureDecoder } from "../drivers/picture/picture.ts";
import type { CaptureStatus } from "./capture/listener.ts";
import type { Hardware } from "./capture/watch.ts";
import { CardKeeper } from "./card-keeper.ts";
import { Chronicle } from "./chronicle.ts";
import { ClipIntake } from "./clip-intake.ts";
import { Gate } from "./consent/gate.ts";
import { InboundAnswers } from "./consent/inbound-answers.ts";
import type { ClipSource, GateParts } from "./consent/ports.ts";
import { DoorKeeper } from "./door-keeper.ts";
import { proveClip } from "./capture/mask-proof.ts";
import { Eyes } from "./eyes.ts";
import { InboundDesk, type InboundRooms } from "./inbound-desk.ts";
import { Ledger } from "./ledger/ledger.ts";
import { lockState, type StateLock } from "./ledger/lock.ts";
import type { Verdict } from "./ledger/verify.ts";
import type { Log } from "./log.ts";
import { PolicyFile, type PolicyState } from "./policy-file.ts";
import { houseCondition } from "./review/house-condition.ts";
import { ReviewRoom } from "./review/review-room.ts";
import { StatusBoard } from "./review/status-board.ts";
import type { StatePaths } from "./state-directory.ts";
import { prepareState } from "./state-layout.ts";
import { Timekeeper } from "./timekeeper.ts";
import { freeBytes } from "./vault/card.ts";
import { clipFile } from "./vault/clip-file.ts";
import type { ClipId } from "./vault/clip.ts";
import type { StoryboardOptions } from "./vault/storyboard-queue.ts";
import { VaultRoom } from "./vault-room.ts";

export interface RecorderHouseOptions {
  readonly clock: Clock;
  readonly paths: StatePaths;
  readonly configFile: string;
  readonly version: string;
  readonly ids: () => ClipId;
  /** @throws AgentError or DriverError when there is no such hardware: nothing opens, and status says why. */
  readonly hardware: (config: Config) => Promise<Hardware>;
  /** What finds in recordings what a configuration hides; undefined when it hides nothing. */
  readonly masks: (config: Config) => MaskWitness | undefined;
  readonly trust: (config: Config) => ClockTrust;
  readonly studio: StoryboardOptions["studio"];
  /** For the newest picture on the page. */
  readonly pictures: PictureDecoder;
  readonly luma: LumaDecoder;
  readonly spool: GateParts["spool"] & { bytes(): Promise<number> };
  readonly seal: GateParts["seal"];
  readonly stripAudio: GateParts["stripAudio"];
  readonly log: Log;
}

export class RecorderHouse {
  readonly #options: RecorderHouseOptions;
  readonly #policy: PolicyFile;
  readonly #stop = new AbortController();
  #lock: StateLock | undefined;
  #ledger!: Ledger;
  #vault!: VaultRoom;
  #board!: StatusBoard;
  #chronicle!: Chronicle;
  #door!: DoorKeeper;
  #review: ReviewRoom | undefined;
  #time!: Timekeeper;
  #gate: Gate | undefined;
  #rooms: InboundRooms | undefined;
  #eyes: Eyes | undefined;
  /** Changes of configuration are carried out one after another. */
  #changes: Promise<void> = Promise.resolve();

  constructor(options: RecorderHouseOptions) {
    this.#options = options;
    const { configFile, paths, clock } = options;
    this.#policy = new PolicyFile({ path: configFile, acceptedPath: paths.acceptedConfig, clock });
  }

  /**
   * Opens everything, recovering what the last run left; without any accepted configuration only the owner's sockets.
   *
   * @throws AgentError STATE_UNWRITABLE, STATE_IN_USE, DATABASE_…, LEDGER_KEY_UNREADABLE or SOCKET_….
   */
  async start(): Promise<void> {
    const { paths, version } = this.#options;
    prepareState(paths);
    this.#lock = lockState(`${paths.ledger}.lock`);
    try {
      await this.#policy.start();
      this.#openLedger();
      this.#board = new StatusBoard({
        clock: this.#options.clock,
        configFile: this.#options.configFile,
        catalogue: () => this.#vault.catalogue,
        free: () => freeBytes(this.#options.paths.clips),
        trust: () => this.#time.source,
        policy: () => this.#policy.state,
        watch: () => this.#eyes?.watch,
        gate: () => this.#gate,
        broker: () => this.#door.broker,
      });
      this.#chronicle = new Chronicle({
        ...{ ledger: this.#ledger, board: this.#board, log: this.#options.log },
        source: () => this.#policy.state.config?.camera.source.kind ?? "",
        onAlarm: () => void this.#gate?.houseChanged(),
      });
      this.#vault = await VaultRoom.open({
        ...this.#options,
        prove: (file) => this.#proveLeftover(file),
        ledger: this.#ledger,
        alarm: (code, detail) => this.#chronicle.alarm(code, detail),
      });
      this.#chronicle.note("agent.started", "", { version, recovered: this.#vault.salvaged.map(({ id }) => id) });
      await this.#openDoors();
      const movedIn = this.#follow(this.#policy.state, undefined);
      // Moving in takes a Zero 2 W longer than an edit has to be quiet: what changes meanwhile is followed afterwards.
      this.#changes = movedIn.catch(() => {});
      this.#policy.onChange((state, previous) => this.#queue(() => this.#follow(state, previous)));
      await movedIn;
      void this.#verifyOnce();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends clips properly, then closes everything in reverse. */
  async stop(): Promise<void> {
    await this.#policy.stop();
    await this.#changes;
    this.#stop.abort();
    await this.#eyes?.close();
    await this.#review?.stop();
    await this.#gate?.stop();
    await this.#door?.stop();
    await this.#vault?.close();
    this.#chronicle?.note("agent.stopped", "", { why: "asked to" });
    this.#ledger?.close();
    this.#lock?.release();
  }

  /** One line for the service manager. */
  line(): string {
    return this.#board.line();
  }

  /** Whether the watchdog may be fed: a camera that should deliver does, or its failure is known and being retried. */
  healthy(): boolean {
    return this.#eyes?.watch?.capture.status().camera !== "opening";
  }

  #openLedger(): void {
    const { paths, clock } = this.#options;
    this.#time = new Timekeeper({
      clock,
      trust: this.#options.trust,
      newest: () => this.#ledger.newestAt(),
      stop: this.#stop.signal,
      // What was held back because nobody vouched for the clock is decided again.
      onEstablished: () => this.#queue(async () => this.#gate?.circumstancesChanged()),
    });
    this.#ledger = Ledger.open({
      file: paths.ledger,
      keyFile: `${paths.keys}/ledger.ed25519`,
      device: this.#policy.state.config?.device.name ?? "unconfigured",
      clock,
      clockTrusted: () => this.#time.source.trusted,
      lock: this.#lock!,
    });
  }

  async #openDoors(): Promise<void> {
    const { clock, paths, spool, log } = this.#options;
    await spool.prepare();
    const inbound = new InboundDesk({
      clock,
      rooms: () => this.#rooms,
      config: () => this.#policy.state.config,
      onAnswer: (outcome) => log.info(outcome, "an answer came over MQTT"),
      onFault: (error) => this.#chronicle.fault(error),
    });
    this.#door = new DoorKeeper({
      path: paths.doorSocket,
      version: this.#options.version,
      groupOf: paths.spool,
      gate: () => this.#gate,
      config: () => this.#policy.state.config,
      onInbound: (topic, payload) => inbound.receive(topic, payload),
      onBroker: () => this.#review?.statusChanged(),
      onFault: (error) => this.#chronicle.fault(error),
    });
    this.#review = new ReviewRoom({
      ...this.#options,
      ledger: this.#ledger,
      vault: this.#vault,
      policy: () => this.#policy.state,
      gate: () => this.#gate,
      watch: () => this.#eyes?.watch,
      status: () => this.#board.status(),
      selfTest: () => this.#door.selfTest(),
      verify: () => this.#verify(),
      accepted: async () => {
        this.#board.settle("LEDGER_ALTERED");
        await this.#gate?.circumstancesChanged();
      },
    });
    await this.#review.start();
  }

  /** Goes by a new state of the configuration: tightening first, cameras last. */
  async #follow(state: PolicyState, previous: PolicyState | undefined): Promise<void> {
    const { config } = state;
    this.#chronicle.policy(state, previous);
    if (!config) return;
    if (!this.#gate) return this.#moveIn(config, state);
    if (state.sharingClosedBy) await this.#gate.policyInvalid(state.sharingClosedBy);
    else await this.#gate.policyChanged(config);
    const before = previous?.config;
    if (
      before &&
      JSON.stringify([before.mqtt, before.device, before.recipients, before.requests, before.approvals]) !==
        JSON.stringify([config.mqtt, config.device, config.recipients, config.requests, config.approvals])
    )
      this.#door.greet(before);
    if (before && before.device.clock !== config.device.clock) {
      await this.#time.follow(config);
      await this.#gate.circumstancesChanged();
    }
    if (before) await this.#eyes?.follow(before, config);
  }

  async #moveIn(config: Config, state: PolicyState): Promise<void> {
    const { clock, ids, paths, hardware, luma, log, spool, seal, stripAudio } = this.#options;
    const ledger = this.#ledger;
    const clockTrusted = (): boolean => this.#time.trusted();
    const clips: ClipSource = {
      find: (id) => this.#vault.catalogue.find(id),
      file: (id) => clipFile(paths, id),
      picture: (id, kind) => this.#vault.picture(id, kind),
    };
    const gate = new Gate({
      ...{ config, ledger, spool, clips, seal, stripAudio, clock, clockTrusted },
      ...(state.sharingClosedBy && { closedBy: state.sharingClosedBy }),
      door: { send: (message) => this.#door.send(message) },
      deviceKey: ledger.identity().publicKey.base64,
      house: () => houseCondition(this.#board.status()),
      alarm: (code, detail) => this.#board.alarm(code, detail),
    });
    await this.#time.follow(config);
    try {
      await gate.start();
    } catch (error) {
      // Another is made with the next configuration, and two must not write the same door.
      await gate.stop();
      throw error;
    }
    this.#gate = gate;
    const inForce = (): Config => this.#policy.state.config ?? config;
    const answers = new InboundAnswers({ gate, ledger, clips, clock, clockTrusted, config: inForce });
    this.#rooms = { gate, answers, requests: this.#review!.requests };
    const card = new CardKeeper({
      ...{ clock, spool, stop: this.#stop.signal },
      sweeper: () => this.#vault.sweeper,
      capture: () => this.#eyes?.watch?.capture,
      alarm: (detail) => this.#chronicle.alarm("CARD_FULL", detail),
      onFault: (error) => this.#chronicle.fault(error),
    });
    const onPictures = (id: string): void => this.#review?.picturesMade(id);
    await this.#vault.settle({ config: inForce, gate, clockTrusted, spoolBytes: () => card.spoolBytes, onPictures });
    const intake = new ClipIntake({
      ...{ catalogue: this.#vault.catalogue, ledger, gate, storyboards: this.#vault.storyboards, clock },
      prove: (file) => this.#eyes!.prove(file),
      onStatus: (status) => this.#captureChanged(status),
      afterClip: (clip) => card.afterClip(clip.bytes),
      onLost: () => void card.makeRoom().catch((error: unknown) => this.#chronicle.fault(error)),
      alarm: (code, detail) => this.#chronicle.alarm(code, detail),
    });
    await intake.announceLeftovers();
    await gate.considerLeftovers(this.#vault.catalogue.list({ states: ["ready"] }));
    await this.#door.start();
    this.#eyes = new Eyes({
      ...{ clock, clockTrusted, ids, clipsDir: paths.clips, hardware, luma, listener: intake, gate },
      onInputFault: (input, error) => log.warn({ input, err: error }, "an input cannot be read"),
      onFault: (error) => this.#chronicle.fault(error),
    });
    await this.#eyes.open(config);
    await card.makeRoom();
  }

  /** A clip that a crash left is held against the masks of today: who has drawn one since wants it in there. */
  async #proveLeftover(file: string): Promise<string | undefined> {
    const { config } = this.#policy.state;
    if (!config) return "MASK_NOT_CHECKED: no configuration says what had to be hidden";
    const witness = this.#options.masks(config);
    return witness && proveClip(witness, file, true);
  }

  #captureChanged(status: CaptureStatus): void {
    this.#review?.statusChanged();
    void this.#gate?.houseChanged();
    this.#chronicle.camera(status);
  }

  /** What is found closes sharing at once, and takes back what has not left, until the owner accepts it. */
  async #verify(): Promise<Verdict> {
    const verdict = await this.#ledger.verify(undefined, this.#stop.signal);
    const [fault] = this.#ledger.faults;
    // What the owner has accepted is still in the verdict, and no news.
    if (fault) {
      this.#chronicle.alarm("LEDGER_ALTERED", fault.text);
      this.#queue(async () => this.#gate?.circumstancesChanged());
    }
    return verdict;
  }

  async #verifyOnce(): Promise<void> {
    try {
      await this.#verify();
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#chronicle.fault(error);
    }
  }

  #queue(work: () => Promise<void>): void {
    this.#changes = this.#changes.then(work).catch((error: unknown) => this.#chronicle.fault(error));
  }
}
