// The owner's desk: what an owner can see and do, over the rooms of the recorder. Decides nothing itself.
import type { Gate } from "../consent/gate.ts";
import type { Decision, OwnerAnswer } from "../consent/decision.ts";
import { AgentError } from "../error.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Catalogue } from "../vault/catalogue.ts";
import type { Clip, ClipId } from "../vault/clip.ts";
import { pictureFiles, type VaultFolders } from "../vault/clip-file.ts";
import { verifyClip } from "../vault/integrity.ts";
import type { Channel, ClipView, LedgerDesk, Owner, ShareState, Status } from "./owner.ts";

export interface DeskOptions {
  readonly catalogue: Catalogue;
  readonly folders: VaultFolders;
  readonly ledger: Ledger;
  /** Absent while no configuration has ever been accepted: nothing is shared, and nothing waits. */
  readonly gate: () => Gate | undefined;
  readonly status: () => Status;
  /** Presses a simulated input. @throws AgentError INPUT_NOT_SIMULATED. */
  readonly press: (input: "pir" | "button") => Promise<void>;
  readonly removeClip: (id: ClipId, why: "owner") => Promise<void>;
  readonly ledgerDesk: LedgerDesk;
}

const LIST_LIMIT = 10_000;

export class Desk implements Owner {
  readonly #options: DeskOptions;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  status(): Status {
    return this.#options.status();
  }

  clips(): readonly ClipView[] {
    const { catalogue } = this.#options;
    return catalogue
      .list({ states: ["recording", "ready", "quarantined"], limit: LIST_LIMIT })
      .map((clip) => this.#view(clip));
  }

  clip(id: ClipId): ClipView {
    return this.#view(this.#options.catalogue.get(id));
  }

  async play(id: ClipId, channel: Channel): Promise<string> {
    const file = await this.#verified(id);
    this.#options.ledger.append("viewing", id, { what: "played", via: channel });
    return file;
  }

  storyboard(id: ClipId): string {
    const { catalogue, folders } = this.#options;
    const pictures = catalogue.pictures(catalogue.get(id).id);
    if (pictures?.state !== "made")
      throw new AgentError("STORYBOARD_NOT_FOUND", pictures?.reason ?? `${id} has none yet`);
    return pictureFiles(folders, id).storyboard;
  }

  async answer(id: ClipId, recipient: string, answer: OwnerAnswer["answer"], channel: Channel): Promise<ShareState> {
    try {
      return await this.#gate().answer(id, recipient, answer, channel);
    } catch (error) {
      // Sets the clip aside: what is not the recording any more is never asked about again.
      if (error instanceof AgentError && error.code === "CLIP_ALTERED") await this.#verified(id).catch(() => {});
      throw error;
    }
  }

  async remove(id: ClipId): Promise<void> {
    this.#options.catalogue.get(id);
    await this.#options.removeClip(id, "owner");
  }

  explain(id: ClipId, recipient: string): Decision {
    return this.#gate().explain(id, recipient);
  }

  get ledger(): LedgerDesk {
    return this.#options.ledgerDesk;
  }

  async pause(channel: Channel): Promise<void> {
    await this.#gate().pause("", channel);
  }

  async resume(channel: Channel): Promise<void> {
    await this.#gate().resume("", channel);
  }

  trigger(input: "pir" | "button"): Promise<void> {
    return this.#options.press(input);
  }

  #verified(id: ClipId): Promise<string> {
    const { catalogue, folders } = this.#options;
    return verifyClip(catalogue, folders, id);
  }

  #view(clip: Clip): ClipView {
    return { ...clip, shares: this.#options.gate()?.shares(clip.id) ?? [] };
  }

  #gate(): Gate {
    const gate = this.#options.gate();
    if (!gate) throw new AgentError("NO_CONFIGURATION", "no configuration has been accepted yet");
    return gate;
  }
}
