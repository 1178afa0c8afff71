// Whether the door stands open: pauses, the message that opens or closes it, and what is taken back while it closes
// (docs/spec/consent.md §9.9, §9.12).
import type { Clock } from "../../drivers/clock/clock.ts";
import type { RecorderToPublisher } from "../spool/door.ts";
import type { Announcements } from "./announcements.ts";
import { closedMessages } from "./event-documents.ts";
import type { Judge } from "./judge.ts";
import type { ConsentLedger, DoorLine } from "./ports.ts";
import type { ConsentStore } from "./store.ts";

export interface ThresholdParts {
  readonly judge: Judge;
  readonly store: ConsentStore;
  readonly announcements: Announcements;
  readonly ledger: ConsentLedger;
  readonly door: DoorLine;
  readonly clock: Clock;
}

export class Threshold {
  readonly #parts: ThresholdParts;
  #retracting: readonly string[] = [];

  constructor(parts: ThresholdParts) {
    this.#parts = parts;
  }

  /** Writes down that sharing pauses, for everybody ("") or one recipient. False when it is paused already. */
  pause(scope: string, by: string): boolean {
    const { store, ledger, clock } = this.#parts;
    if (store.pauses().some((pause) => pause.scope === scope)) return false;
    ledger.transaction(() => {
      ledger.append("sharing.paused", scope, { by });
      store.pause({ scope, by, at: clock.wall() });
    });
    return true;
  }

  /** Writes down that everything goes on, whoever paused it. False when nothing was paused. */
  resume(by: string): boolean {
    const { store, ledger } = this.#parts;
    return ledger.transaction(() => {
      const pauses = store.pauses();
      for (const { scope } of pauses) {
        store.resume(scope);
        ledger.append("sharing.resumed", scope, { by });
      }
      return pauses.length > 0;
    });
  }

  /** The message that opens or closes the door, as things stand. */
  message(): Extract<RecorderToPublisher, { type: "open" | "closed" }> {
    const { judge, announcements } = this.#parts;
    const open = judge.config.sharing.enabled && !judge.paused("");
    return open ? { type: "open" } : { type: "closed", retract: announcements.retractions() };
  }

  /** Opens or closes it. */
  tell(): void {
    const { door } = this.#parts;
    const message = this.message();
    if (message.type === "open") return door.send(message);
    this.#retracting = [...new Set([...this.#retracting, ...message.retract])];
    for (const each of closedMessages(message.retract)) door.send(each);
  }

  /** The publisher has retracted what it was told to. */
  retracted(): void {
    this.#parts.announcements.retracted(this.#retracting);
    this.#retracting = [];
  }

  /** Why nothing leaves although the policy shares, in a fragment; undefined when that is not so. */
  closed(): { readonly state: "paused" | "closed"; readonly detail: string } | undefined {
    const { judge, store } = this.#parts;
    if (judge.closed !== undefined) return { state: "closed", detail: judge.closed };
    const pause = store.pauses().find(({ scope }) => scope === "");
    return pause && { state: "paused", detail: `paused by ${pause.by} at ${new Date(pause.at).toISOString()}` };
  }
}
