// What the recorder writes down of itself: camera and policy, alarms and faults, into the ledger, onto the board and into the log.
import { compareConfigs } from "../config/compare.ts";
import { DriverError } from "../drivers/error.ts";
import type { CaptureStatus } from "./capture/listener.ts";
import { isUnproven } from "./capture/mask-proof.ts";
import { AgentError } from "./error.ts";
import type { EntryDetails, EntryType } from "./ledger/entry.ts";
import type { Log } from "./log.ts";
import type { PolicyState } from "./policy-file.ts";
import { databaseIsFull } from "./vault/card.ts";

export interface ChronicleOptions {
  /** Where it is written down for good; may throw, and then only the board and the log know. */
  readonly ledger: { append<T extends EntryType>(type: T, ref: string, details: EntryDetails[T]): unknown };
  readonly board: { alarm(code: string, detail: string): void };
  readonly log: Log;
  /** The kind of camera, as the configuration names it. */
  readonly source: () => string;
  /** The owner must hear of something now. */
  readonly onAlarm: () => void;
}

/** Nothing to compare the first configuration of a run with. */
const FIRST_SEEN = { tightened: [], widened: [] };

export class Chronicle {
  readonly #options: ChronicleOptions;
  #cameraOpen = false;
  #cameraFailure: string | undefined;

  constructor(options: ChronicleOptions) {
    this.#options = options;
  }

  /** Into the ledger, if the card takes it: what cannot be written down keeps nothing from being closed. */
  note<T extends EntryType>(type: T, ref: string, details: EntryDetails[T]): void {
    const { ledger, board, log } = this.#options;
    try {
      ledger.append(type, ref, details);
    } catch (error) {
      if (databaseIsFull(error)) board.alarm("CARD_FULL", "the ledger cannot be written");
      log.error({ err: error }, `${type} could not be written down`);
    }
  }

  alarm(code: string, detail: string): void {
    const { board, log, onAlarm } = this.#options;
    board.alarm(code, detail);
    onAlarm();
    log.warn({ code, detail }, "alarm");
    this.note("alarm", "", { code, detail });
  }

  /** An error with a code is an alarm; any other is a bug, and the log's. */
  fault(error: unknown): void {
    if (error instanceof AgentError || error instanceof DriverError) this.alarm(error.code, error.detail);
    else this.#options.log.error({ err: error }, "the recorder failed at something");
  }

  /** The camera is opened, closed, or fails. That it fails in the same way again is no news: it is tried for ever. */
  camera(status: CaptureStatus): void {
    const open = status.camera === "open";
    if (open !== this.#cameraOpen) {
      this.#cameraOpen = open;
      if (open) this.note("camera.opened", "", { source: this.#options.source() });
      else this.note("camera.closed", "", { why: status.shutBy.join(", ") || status.camera });
    }
    const failure = status.camera === "failed" ? String(status.cameraError) : undefined;
    if (failure && failure !== this.#cameraFailure)
      this.#options.log.warn({ err: status.cameraError }, "the camera failed");
    if (failure || open) this.#cameraFailure = failure;
    if (isUnproven(status.cameraError)) this.fault(status.cameraError);
  }

  /** What an edit of the configuration tightens and widens, or that it cannot be read. */
  policy({ digest, faults, config }: PolicyState, previous: PolicyState | undefined): void {
    if (faults.length) {
      const worst = faults.slice(0, 20).map(({ code, path }) => `${code} ${path}`);
      return this.note("policy.invalid", "", { faults: worst });
    }
    if (!config || digest === previous?.digest) return;
    const { tightened, widened } = previous?.config ? compareConfigs(previous.config, config) : FIRST_SEEN;
    this.note("policy.changed", "", { digest, tightened: [...tightened], widened: [...widened] });
  }
}
