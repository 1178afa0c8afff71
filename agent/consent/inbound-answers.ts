// The approval topic: takes the owner's answers from the channels that the policy names, each signed one once.
import type { ApprovalChannel, Config } from "../../config/config.ts";
import { days } from "../../drivers/clock/clock.ts";
import type { Clock, WallTime } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import type { Gate } from "./gate.ts";
import { looksSigned, readSignedAnswer, readUnsignedAnswer } from "./inbound-answer.ts";
import type { UnsignedAnswer } from "./inbound-answer.ts";
import type { ClipSource, ConsentLedger } from "./ports.ts";
import { ConsentStore } from "./store.ts";

export interface InboundAnswerParts {
  readonly gate: Pick<Gate, "answer">;
  readonly ledger: ConsentLedger;
  readonly clips: Pick<ClipSource, "find">;
  readonly config: () => Config;
  readonly clock: Clock;
  readonly clockTrusted: () => boolean;
}

/** What became of an answer, for the log. Whoever sent it is told nothing. */
export type AnswerOutcome =
  | { readonly taken: true; readonly detail: string }
  | { readonly taken: false; readonly code: string; readonly detail: string };

/** Hands to the gate what it may believe. */
export class InboundAnswers {
  readonly #parts: InboundAnswerParts;
  readonly #store: ConsentStore;

  constructor(parts: InboundAnswerParts) {
    this.#parts = parts;
    this.#store = new ConsentStore(parts.ledger.database);
  }

  /** Never throws. What is refused is not written into the ledger: strangers must not be able to fill it. */
  async receive(payload: Uint8Array): Promise<AnswerOutcome> {
    try {
      const { clip, recipient, answer, via } = looksSigned(payload) ? this.#signed(payload) : this.#unsigned(payload);
      const { state } = await this.#parts.gate.answer(clip, recipient, answer, via);
      return { taken: true, detail: `${clip} for ${recipient}: ${answer}, ${state}` };
    } catch (error) {
      const { code, detail } = error instanceof AgentError ? error : new AgentError("NOT_RELEASED", String(error));
      return { taken: false, code, detail };
    }
  }

  #signed(payload: Uint8Array): UnsignedAnswer & { readonly via: ApprovalChannel } {
    const { ledger, clips, clock, clockTrusted, config } = this.#parts;
    const { device, approvals } = config();
    this.#named("mqtt_signed");
    if (approvals.ownerKey === undefined)
      throw new AgentError("ANSWER_NOT_VERIFIED", "there is no approvals.owner_key");
    const now = clock.wall();
    const given = readSignedAnswer(payload, {
      device: device.name,
      ownerKey: approvals.ownerKey,
      now,
      clockTrusted: clockTrusted(),
    });
    if (clips.find(given.clip)?.sha256 !== given.clipSha256)
      throw new AgentError("ANSWER_NOT_VERIFIED", `${given.clip} is another clip than the one it was signed for`);
    const forgetBefore = (now - days(1)) as WallTime;
    if (!ledger.transaction(() => this.#store.takeAnswer(given.jti, given.expires, forgetBefore)))
      throw new AgentError("ANSWER_NOT_VERIFIED", "it was taken before");
    return { clip: given.clip, recipient: given.recipient, answer: given.answer, via: "mqtt_signed" };
  }

  #unsigned(payload: Uint8Array): UnsignedAnswer & { readonly via: ApprovalChannel } {
    this.#named("home_assistant");
    return { ...readUnsignedAnswer(payload), via: "home_assistant" };
  }

  #named(channel: ApprovalChannel): void {
    if (!this.#parts.config().approvals.channels.includes(channel))
      throw new AgentError("ANSWER_NOT_VERIFIED", `approvals.channels does not name ${channel}`);
  }
}
