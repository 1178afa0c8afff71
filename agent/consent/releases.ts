// One release from its decision to its commit: stage, carry out the obligations, decide once more, commit (consent.md §9.3).
import { policyOf } from "../../config/normalise.ts";
import { rfc3339 } from "../../drivers/clock/clock.ts";
import type { Clock, WallTime } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import type { AgentErrorCode } from "../error.ts";
import type { DisclosureFacts } from "../ledger/receipt-issue.ts";
import type { MediaDisclosure, MediaKind } from "../spool/disclosure.ts";
import type { Clip } from "../vault/clip.ts";
import { dutiesOf, satisfies } from "./decision.ts";
import type { Decision, Obligation } from "./decision.ts";
import type { DisclosureState, DisclosureStore } from "./disclosure-store.ts";
import type { Docket } from "./docket.ts";
import type { Judge } from "./judge.ts";
import type { Outbox } from "./outbox.ts";
import type { ClipSource, NewId, SealFile, Spool, StripAudio } from "./ports.ts";
import { prepareMedia } from "./preparation.ts";
import type { PreparedMedia } from "./preparation.ts";
import type { ConsentStore } from "./store.ts";
import { WorkLine } from "./work-line.ts";

export interface ReleaseParts {
  readonly judge: Judge;
  readonly docket: Docket;
  readonly outbox: Outbox;
  readonly store: ConsentStore;
  readonly rows: DisclosureStore;
  readonly spool: Spool;
  readonly clips: ClipSource;
  readonly seal: SealFile;
  readonly stripAudio: StripAudio;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly step: (name: string) => void;
  /** Told of what {@link Releases.attempt} could not release; the failure is on record by then. */
  readonly onFault?: (code: AgentErrorCode, detail: string) => void;
}

/** States after which the owner may send the same clip to the same recipient again: nobody has confirmed that it arrived. */
const OVER: readonly DisclosureState[] = ["unconfirmed", "failed", "expired", "withdrawn", "not_released"];
/** Clips that may wait for their turn, times recipients. */
const MAX_WAITING = 2000;

/** Makes and commits the media of disclosures, one at a time. */
export class Releases {
  readonly #parts: ReleaseParts;
  readonly #line = new WorkLine(MAX_WAITING);

  constructor(parts: ReleaseParts) {
    this.#parts = parts;
  }

  /**
   * Releases a clip or its still to one recipient, one release at a time. What is on its way or has arrived is not released
   * again. What is no longer permitted when its turn comes, or when it is ready, is not released, and the decision is recorded.
   *
   * @throws AgentError CLIP_MISSING, CLIP_ALTERED, NOT_RELEASED, GATE_BUSY, or why it could not be sealed, stripped or
   *   committed; nothing has left then, and the failure is recorded.
   */
  release(id: Clip["id"], kind: MediaKind, recipient: string): Promise<void> {
    return this.#line.run(async () => {
      const { judge, docket, rows, clips, clock } = this.#parts;
      const last = rows.last(id, recipient, kind);
      if (last && !OVER.includes(last.state)) return;
      const clip = clips.find(id);
      if (clip?.state !== "ready") return;
      const decision = judge.clip(clip, kind, recipient);
      if (decision.effect !== "permit") return docket.record(clip, kind, recipient, decision, clock.wall());
      try {
        await this.#make(clip, kind, recipient, decision);
      } catch (error) {
        const known =
          error instanceof AgentError ? error : new AgentError("NOT_RELEASED", (error as Error).message, error);
        this.#recordFailure(clip, kind, recipient, known);
        throw known;
      }
    });
  }

  /** As {@link release}, for nobody who would hear of an error. */
  async attempt(id: Clip["id"], kind: MediaKind, recipient: string): Promise<void> {
    try {
      await this.release(id, kind, recipient);
    } catch (error) {
      const known = error instanceof AgentError ? error : new AgentError("NOT_RELEASED", (error as Error).message);
      this.#parts.onFault?.(known.code, known.detail);
    }
  }

  /** Resolves when everything asked for until now is released or was not. */
  idle(): Promise<void> {
    return this.#line.idle();
  }

  /** On a full disk not even the failure can be written down; the first cause is what the owner must hear. */
  #recordFailure(clip: Clip, kind: MediaKind, recipient: string, { code, detail }: AgentError): void {
    try {
      this.#parts.docket.recordFailure(clip, kind, recipient, code, detail, this.#parts.clock.wall());
    } catch {
      // The verdict stays "permit": the next start tries again.
    }
  }

  async #make(clip: Clip, kind: MediaKind, recipient: string, decision: Decision): Promise<void> {
    const { spool, outbox, clock, newId, step } = this.#parts;
    const id = newId(clock.wall(), recipient);
    let ids: readonly string[];
    try {
      const folder = await spool.stage(id);
      step(`${kind} staged`);
      const media = await prepareMedia(this.#parts, clip, kind, decision.obligations, folder);
      await spool.fsyncStaged(id);
      step(`${kind} durable`);
      ids = this.#commit(id, clip, kind, recipient, decision, media);
    } catch (error) {
      await spool.discardStaged(id).catch(() => {});
      throw error;
    }
    if (ids.length === 0) return spool.discardStaged(id);
    step(`${kind} committed`);
    for (const each of ids) await outbox.publish(each);
  }

  /** Making the media took time in which the owner may have changed policy or mind: what counts is now, in one turn. */
  #commit(
    id: string,
    clip: Clip,
    kind: MediaKind,
    recipient: string,
    before: Decision,
    media: PreparedMedia,
  ): readonly string[] {
    const { judge, docket, outbox, clips, clock } = this.#parts;
    const now = clips.find(clip.id);
    if (now?.state !== "ready" || now.sha256 !== clip.sha256) return [];
    const decision = judge.clip(now, kind, recipient);
    if (decision.effect !== "permit") {
      docket.record(now, kind, recipient, decision, clock.wall());
      return [];
    }
    const duties = dutiesOf(before);
    if (!satisfies(duties, dutiesOf(decision)))
      throw new AgentError("NOT_RELEASED", `the policy for ${recipient} changed while ${clip.id} was made ready`);
    const notAfter = expiryOf(decision.obligations);
    const document: MediaDisclosure = {
      v: 1,
      id,
      kind,
      recipient,
      clip: clip.id,
      started: rfc3339(clip.startedAt),
      duration_s: clip.durationMs / 1000,
      not_after: rfc3339(notAfter),
      media: {
        file: media.file,
        type: media.type,
        encrypted: media.encrypted,
        bytes: media.bytes,
        sha256: media.sha256,
      },
    };
    return outbox.commitMedia(this.#facts(document, clip, media, decision), document, {
      duties,
      localDay: judge.localDay(),
      notAfter,
    });
  }

  #facts(document: MediaDisclosure, clip: Clip, media: PreparedMedia, { reasons }: Decision): DisclosureFacts {
    const { store, clock } = this.#parts;
    const { recipient, kind } = document;
    const approved = reasons[0]?.rule === "§5.2 approved" ? store.answer(clip.id, recipient, clip.sha256) : undefined;
    return {
      sub: recipient,
      jti: document.id,
      clip: { id: clip.id, sha256: clip.sha256, started: document.started, duration_s: document.duration_s },
      sent: {
        kind,
        type: media.type,
        encrypted: media.encrypted,
        audio: media.audio,
        bytes: media.bytes,
        sha256: media.sha256,
      },
      decision: { effect: "permit", reasons: reasons.map(({ rule, text }) => ({ rule, text })) },
      policy_sha256: this.#policyDigest(recipient),
      owner_authorisation: { how: approved?.via ?? "policy", at: rfc3339(approved?.at ?? clock.wall()) },
      not_after: document.not_after,
    };
  }

  /** Of what the policy says about this recipient alone: nobody learns from it that somebody else was added. */
  #policyDigest(recipient: string): string {
    const policy = policyOf(this.#parts.judge.config, recipient);
    if (!policy) throw new AgentError("NOT_RELEASED", `the configuration names no recipient ${recipient}`);
    return policy.sha256;
  }
}

/** @throws AgentError NOT_RELEASED: a permit always says until when. */
export function expiryOf(obligations: readonly Obligation[]): WallTime {
  const found = obligations.find((obligation) => obligation.kind === "not-after");
  if (!found) throw new AgentError("NOT_RELEASED", "a permit without a last instant");
  return found.at;
}
