// Writes decisions down: the verdict the gate works by and the ledger's entry, together (promise 8).
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { MediaKind } from "../spool/disclosure.ts";
import type { Clip } from "../vault/clip.ts";
import { spoken } from "./announcements.ts";
import type { Decision } from "./decision.ts";
import type { Judge } from "./judge.ts";
import type { ConsentLedger } from "./ports.ts";
import type { ConsentStore } from "./store.ts";

export class Docket {
  readonly #judge: Judge;
  readonly #ledger: ConsentLedger;
  readonly #store: ConsentStore;

  constructor(judge: Judge, ledger: ConsentLedger, store: ConsentStore) {
    this.#judge = judge;
    this.#ledger = ledger;
    this.#store = store;
  }

  /** A decision as it was taken at `now`. A question gets its term. */
  record(clip: Clip, kind: MediaKind, recipient: string, { effect, reasons }: Decision, now: WallTime): void {
    const first = reasons[0]!;
    this.#ledger.transaction(() => {
      this.#ledger.append("decision", clip.id, { recipient, kind, effect, reasons: reasons.map(spoken) });
      this.#store.putVerdict({
        clip: clip.id,
        recipient,
        kind,
        effect,
        rule: first.rule,
        reason: first.text,
        clipSha256: clip.sha256,
        decidedAt: now,
        ...(effect === "ask" ? { askExpires: (now + this.#judge.config.approvals.askExpiresMs) as WallTime } : {}),
      });
    });
  }

  /** Permitted, and could not be made: it is not tried again by itself. */
  recordFailure(clip: Clip, kind: MediaKind, recipient: string, code: string, detail: string, now: WallTime): void {
    this.#ledger.transaction(() => {
      this.#ledger.append("alarm", clip.id, { code, detail: `${kind} for ${recipient}: ${detail}` });
      this.#store.putVerdict({
        clip: clip.id,
        recipient,
        kind,
        effect: "failed",
        rule: "§9.10 error",
        reason: detail,
        clipSha256: clip.sha256,
        decidedAt: now,
      });
    });
  }
}
