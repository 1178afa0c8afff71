// Listens to everything at the door (bell, PIR, objection input, privacy switch) and tells Capture and whoever rings the bell.
import type { Button } from "../../drivers/button/button.ts";
import { after, milliseconds, seconds, type Clock } from "../../drivers/clock/clock.ts";
import type { Pir } from "../../drivers/pir/pir.ts";
import type { PrivacySwitch } from "../../drivers/privacy-switch/privacy-switch.ts";
import type { Service } from "../lifecycle.ts";
import type { Capture } from "./capture.ts";

export interface DoorwayOptions {
  readonly clock: Clock;
  readonly capture: Pick<Capture, "trigger" | "presence" | "close" | "open" | "objecting">;
  readonly pir?: Pir;
  readonly button?: Button;
  readonly privacySwitch?: PrivacySwitch;
  /** Held by a visitor who objects: a level, like a PIR's. */
  readonly objection?: Pir;
  /** The bell was pressed, whatever the camera does: rings the chime, tells who may hear of it. */
  readonly onRing: () => void;
  /** The PIR's level changed. */
  readonly onPir: (active: boolean) => void;
  /** An input cannot be read; it is tried again. `input` names it for status. */
  readonly onFault: (input: string, error: unknown) => void;
  readonly onRecovered: (input: string) => void;
}

const FIRST_PAUSE = seconds(1);
const LAST_PAUSE = seconds(60);
/** The shut reasons this file adds to Capture. */
const SWITCH = "privacy switch";

export class Doorway implements Service {
  readonly name = "doorway";
  readonly #options: DoorwayOptions;
  readonly #stop = new AbortController();
  readonly #listening: Promise<void>[] = [];

  constructor(options: DoorwayOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { capture, pir, button, objection, privacySwitch, onRing, onPir } = this.#options;
    // Until the switch has been read it is taken to be closed.
    if (privacySwitch) await capture.close(SWITCH);
    this.#listen("button", button?.presses.bind(button), ({ at }) => {
      onRing();
      capture.trigger("button", at);
    });
    this.#listen("pir", pir?.levels.bind(pir), ({ active, at }) => {
      if (active) capture.trigger("pir", at);
      capture.presence("pir", active, at);
      onPir(active);
    });
    this.#listen("objection", objection?.levels.bind(objection), ({ active }) => capture.objecting(active));
    this.#listen("privacy_switch", privacySwitch?.positions.bind(privacySwitch), ({ closed }) => {
      if (closed) void capture.close(SWITCH);
      else capture.open(SWITCH);
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#listening);
  }

  #listen<T>(
    input: string,
    events: ((signal: AbortSignal) => AsyncIterable<T>) | undefined,
    react: (event: T) => void,
  ): void {
    if (events) this.#listening.push(this.#keepListening(input, events, react));
  }

  /** What an input is taken to say while it cannot be read: whatever lets the least be seen, and the least leave. */
  async #assumeTheWorst(input: string): Promise<void> {
    const { capture, clock, onPir } = this.#options;
    if (input === "privacy_switch") await capture.close(SWITCH);
    if (input === "objection") capture.objecting(true);
    if (input !== "pir") return;
    capture.presence("pir", false, clock.uptime());
    onPir(false);
  }

  /** A line that cannot be read is tried again with growing pauses; a switch that cannot be read keeps the camera closed. */
  async #keepListening<T>(
    input: string,
    events: (signal: AbortSignal) => AsyncIterable<T>,
    react: (event: T) => void,
  ): Promise<void> {
    const { clock, onFault, onRecovered } = this.#options;
    const { signal } = this.#stop;
    for (let pause = FIRST_PAUSE; !signal.aborted; pause = milliseconds(Math.min(pause * 2, LAST_PAUSE))) {
      // A driver says nothing when it has opened its line; one that has not failed by then is taken to work.
      const forgive = after(clock, pause, () => onRecovered(input));
      try {
        for await (const event of events(signal)) react(event);
        return forgive();
      } catch (error) {
        forgive();
        if (signal.aborted) return;
        onFault(input, error);
        await this.#assumeTheWorst(input);
      }
      await clock.sleep(pause, signal).catch(() => {});
    }
  }
}
