// Puts together what `status` and the page say: one honest line of each part.
import { rfc3339, type Clock } from "../../drivers/clock/clock.ts";
import type { ClockTrust } from "../../drivers/clock-trust/clock-trust.ts";
import type { CaptureStatus } from "../capture/listener.ts";
import type { Watch } from "../capture/watch.ts";
import type { Gate } from "../consent/gate.ts";
import type { PolicyState } from "../policy-file.ts";
import type { Catalogue } from "../vault/catalogue.ts";
import type { Status } from "./owner.ts";
import { remedyFor, troubleOf } from "./remedies.ts";

/** The newest alarms are kept; older ones are in the ledger. */
const ALARMS = 20;

export interface StatusParts {
  readonly clock: Clock;
  readonly configFile: string;
  readonly catalogue: () => Catalogue;
  /** Bytes that may still be written to the card. */
  readonly free: () => number;
  readonly trust: () => ClockTrust;
  readonly policy: () => PolicyState;
  readonly watch: () => Watch | undefined;
  readonly gate: () => Gate | undefined;
  readonly broker: () => Status["broker"];
}

export class StatusBoard {
  readonly #parts: StatusParts;
  #alarms: Status["alarms"] = [];

  constructor(parts: StatusParts) {
    this.#parts = parts;
  }

  /** Remembers an alarm; the same again replaces the old one. */
  alarm(code: string, detail: string): void {
    const at = rfc3339(this.#parts.clock.wall());
    const others = this.#alarms.filter((alarm) => alarm.code !== code || alarm.detail !== detail);
    this.#alarms = [...others, { code, detail, at }].slice(-ALARMS);
  }

  /** The owner has dealt with all alarms of this code. */
  settle(code: string): void {
    this.#alarms = this.#alarms.filter((alarm) => alarm.code !== code);
  }

  status(): Status {
    const { configFile, catalogue, free, policy, watch, gate, broker, trust } = this.#parts;
    const { config, digest, faults, problems } = policy();
    const eyes = watch();
    const capture = eyes?.capture.status();
    const { count, bytes } = catalogue().bytes();
    return {
      device: config?.device.name ?? "unconfigured",
      timezone: config?.device.timezone ?? "UTC",
      camera: cameraOf(capture, config?.camera.source.kind ?? "none"),
      microphone: microphoneOf(capture),
      light: eyes?.light ?? { state: "none", detail: "nothing is open" },
      recording: capture?.recording === undefined ? { state: "idle" } : { state: "recording", clip: capture.recording },
      sharing: this.#sharing(),
      broker: broker(),
      clock: { trusted: trust().trusted, detail: trust().detail },
      config: { file: configFile, digest, faults: faults.map((fault) => ({ ...fault, ...remedyFor(fault.code) })) },
      clips: { count, bytes, waiting: gate()?.waiting() ?? 0, free: free() },
      alarms: [
        ...this.#alarms,
        ...this.#inputAlarms(),
        ...problems.map(({ code, detail }) => ({ code, detail, at: this.#now() })),
      ].map((alarm) => ({ ...alarm, ...remedyFor(alarm.code) })),
    };
  }

  /** One line for the service manager. */
  line(): string {
    const { camera, recording, sharing } = this.status();
    return `camera ${camera.state}, ${recording.state}, sharing ${sharing.state}`;
  }

  #sharing(): Status["sharing"] {
    const { policy, gate } = this.#parts;
    const { config, sharingClosedBy, pendingWidening } = policy();
    if (!config) return { state: "closed", detail: "no configuration has been accepted yet" };
    if (sharingClosedBy) return { state: "closed", detail: `${sharingClosedBy}: mend it, see the faults below` };
    const closed = gate()?.closed();
    if (closed) return closed;
    const waits = pendingWidening.length
      ? `until the edit has been quiet for two seconds, ${pendingWidening.join(", ")} stay as they were`
      : "";
    if (!config.sharing.enabled)
      return { state: "disabled", detail: waits || "sharing.enabled is false: nothing leaves" };
    const paused = gate()?.pausedThemselves() ?? [];
    const silent = paused.length ? `${paused.join(", ")} paused what goes to them: \`doorstep resume\` lifts it` : "";
    return { state: "enabled", detail: [waits, silent].filter(Boolean).join("; ") };
  }

  #inputAlarms(): Status["alarms"] {
    const faults = this.#parts.watch()?.inputFaults ?? new Map<string, string>();
    return Array.from(faults, ([input, detail]) => ({
      code: "INPUT_UNREADABLE",
      detail: `${input}: ${detail}`,
      at: this.#now(),
      ...remedyFor(/^[A-Z_]+(?=: )/.exec(detail)?.[0]),
    }));
  }

  #now(): string {
    return rfc3339(this.#parts.clock.wall());
  }
}

function cameraOf(capture: CaptureStatus | undefined, source: string): Status["camera"] {
  switch (capture?.camera) {
    case undefined:
      return { state: "off", source, detail: "" };
    case "asleep":
      return { state: "off", source, detail: "asleep until the next trigger" };
    case "shut":
      return { state: "closed", source, detail: capture.shutBy.join(", ") };
    case "opening":
      return { state: "starting", source, detail: "" };
    case "open":
      return { state: "on", source, detail: "" };
    case "ended":
      return { state: "off", source, detail: "the recording has been played to its end" };
    case "failed":
      return { state: "failed", source, ...troubleOf(capture.cameraError) };
  }
}

function microphoneOf(capture: CaptureStatus | undefined): Status["microphone"] {
  switch (capture?.microphone) {
    case undefined:
    case "none":
      return { state: "off", detail: "audio.record is false" };
    case "open":
      return { state: "on", detail: "" };
    case "failed":
      return { state: "failed", ...troubleOf(capture.microphoneError) };
    case "opening":
    case "closed":
    case "ended":
      return { state: "off", detail: "" };
  }
}
