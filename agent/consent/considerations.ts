// What has become ready is decided for every recipient of its day, once, and what is permitted is released
// (docs/spec/consent.md §9.2, §9.4).
import type { Clock } from "../../drivers/clock/clock.ts";
import type { MediaKind, PictureKind } from "../spool/disclosure.ts";
import type { Clip } from "../vault/clip.ts";
import type { Announcements } from "./announcements.ts";
import type { Decision } from "./decision.ts";
import type { Docket } from "./docket.ts";
import type { Judge } from "./judge.ts";
import type { ClipSource, ConsentLedger } from "./ports.ts";
import type { Releases } from "./releases.ts";
import type { ConsentStore } from "./store.ts";

export interface ConsiderationParts {
  readonly judge: Judge;
  readonly docket: Docket;
  readonly releases: Releases;
  readonly announcements: Announcements;
  readonly store: ConsentStore;
  readonly ledger: ConsentLedger;
  readonly clips: ClipSource;
  readonly clock: Clock;
}

export class Considerations {
  readonly #parts: ConsiderationParts;

  constructor(parts: ConsiderationParts) {
    this.#parts = parts;
  }

  /** Resolves when all that is permitted is released. */
  async clip(clip: Clip): Promise<void> {
    if (clip.state !== "ready" || this.#parts.store.considered(clip.id)) return;
    const decisions = this.#decideAll(clip, "clip");
    if (decisions.some(({ decision }) => decision.effect === "ask")) {
      await this.#parts.announcements.waiting(clip);
      await this.#parts.announcements.refresh();
    }
    await this.#release(clip, "clip", decisions);
  }

  /** Still and preview are made after the clip. */
  async pictures(clip: Clip): Promise<void> {
    await this.#picture(clip, "still");
    await this.#picture(clip, "preview");
  }

  async #picture(clip: Clip, kind: PictureKind): Promise<void> {
    const { store, clips } = this.#parts;
    if (clip.state !== "ready" || clips.picture(clip.id, kind) === undefined) return;
    if (store.verdicts(clip.id).some((one) => one.kind === kind)) return;
    await this.#release(clip, kind, this.#decideAll(clip, kind));
  }

  /** Whether a clip became ready and was never considered. The ledger has to know it: a vault without its ledger sends nothing. */
  isLeftOver({ id, sha256 }: Clip): boolean {
    const { store, ledger } = this.#parts;
    if (store.considered(id)) return false;
    return ledger.entries({ type: "clip.ready", ref: id, limit: 1 })[0]?.details?.sha256 === sha256;
  }

  #decideAll(clip: Clip, kind: MediaKind): readonly Decided[] {
    const { judge, docket, store, ledger, clock } = this.#parts;
    const now = clock.wall();
    return ledger.transaction(() => {
      if (kind === "clip") store.putConsidered(clip.id, now);
      return judge.config.recipients.map(({ name }) => {
        const decision = judge.clip(clip, kind, name);
        docket.record(clip, kind, name, decision, now);
        return { recipient: name, decision };
      });
    });
  }

  async #release(clip: Clip, kind: MediaKind, decisions: readonly Decided[]): Promise<void> {
    for (const { recipient, decision } of decisions)
      if (decision.effect === "permit") await this.#parts.releases.attempt(clip.id, kind, recipient);
  }
}

interface Decided {
  readonly recipient: string;
  readonly decision: Decision;
}
