// The owner's yes for one clip and one recipient: judged, written down, and then released (docs/spec/consent.md §5.2, §9.6).
import type { ApprovalChannel } from "../../config/config.ts";
import type { Clock } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import { MEDIA_KINDS } from "../spool/disclosure.ts";
import type { Clip } from "../vault/clip.ts";
import type { OwnerAnswer } from "./decision.ts";
import type { Docket } from "./docket.ts";
import type { Judge } from "./judge.ts";
import type { ClipSource, ConsentLedger } from "./ports.ts";
import type { Releases } from "./releases.ts";
import type { ConsentStore } from "./store.ts";

export interface ApprovalParts {
  readonly judge: Judge;
  readonly docket: Docket;
  readonly releases: Releases;
  readonly store: ConsentStore;
  readonly ledger: ConsentLedger;
  readonly clips: ClipSource;
  readonly clock: Clock;
  readonly step: (name: string) => void;
}

export class Approvals {
  readonly #parts: ApprovalParts;

  constructor(parts: ApprovalParts) {
    this.#parts = parts;
  }

  /**
   * Releases the clip, and its pictures where the policy has them; resolves when all of it is in the outbox.
   *
   * @throws AgentError RECIPIENT_NOT_FOUND; ANSWER_REFUSED when a rule denies all the same, with the reasons; and as
   *   {@link Releases.release}.
   */
  async approve(clip: Clip, recipient: string, via: ApprovalChannel): Promise<void> {
    const { judge, docket, releases, store, ledger, clips, clock, step } = this.#parts;
    if (!judge.config.recipients.some(({ name }) => name === recipient))
      throw new AgentError("RECIPIENT_NOT_FOUND", recipient);
    if (clip.state !== "ready") throw new AgentError("ANSWER_REFUSED", `${clip.id} is ${clip.state}`);
    const approval: OwnerAnswer = { answer: "approved", at: clock.wall(), via };
    const kinds = MEDIA_KINDS.filter((kind) => kind === "clip" || clips.picture(clip.id, kind) !== undefined);
    const decided = kinds.map((kind) => ({ kind, decision: judge.clip(clip, kind, recipient, approval) }));
    const permitted = decided.filter(({ decision }) => decision.effect === "permit");
    if (permitted.length === 0) {
      const { effect, reasons } = decided[0]!.decision;
      const why = reasons.filter((reason) => reason.effect === effect).map(({ text }) => text);
      throw new AgentError("ANSWER_REFUSED", `${clip.id} for ${recipient}: ${why.join("; ")}`);
    }
    ledger.transaction(() => {
      ledger.append("answer", clip.id, { recipient, answer: "approved", via, clip_sha256: clip.sha256 });
      store.putAnswer(clip.id, recipient, { ...approval, clipSha256: clip.sha256 });
      for (const { kind, decision } of permitted) docket.record(clip, kind, recipient, decision, approval.at);
    });
    step("answer written");
    for (const { kind } of permitted) await releases.release(clip.id, kind, recipient);
  }
}
