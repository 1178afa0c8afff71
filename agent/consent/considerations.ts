// What has become ready is decided for every recipient of its day, once, and what is permitted is released
// (docs/spec/consent.md §9.2, §9.4).
import type { Clock } from "../../drivers/clock/clock.ts";
import { MEDIA_KINDS, type MediaKind } from "../spool/disclosure.ts";
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
    await this.#carryOut(clip, this.#decideAll(clip, ["clip"]));
  }

  /** Still and preview are made after the clip, and decided together. Resolves when all that is permitted is released. */
  async pictures(clip: Clip): Promise<void> {
    if (clip.state === "ready" && this.#parts.store.verdicts(clip.id).every(isOfClip))
      await this.#carryOut(clip, this.#decideAll(clip, this.#made(clip)));
  }

  /** Whether a clip was considered for somebody, and its pictures, which have been made, were not. */
  lacksPictures(clip: Clip): boolean {
    const verdicts = this.#parts.store.verdicts(clip.id);
    return verdicts.length > 0 && verdicts.every(isOfClip) && this.#made(clip).length > 0;
  }

  /** For those whom the clip was considered for: whoever came into the policy since has no part in it. */
  async picturesLeftOver(clip: Clip): Promise<void> {
    const names = this.#parts.store.verdicts(clip.id).map(({ recipient }) => recipient);
    await this.#carryOut(
      clip,
      this.#decideAll(clip, this.#made(clip), (name) => names.includes(name)),
    );
  }

  #made({ id }: Clip): readonly MediaKind[] {
    return MEDIA_KINDS.filter((kind) => kind !== "clip" && this.#parts.clips.picture(id, kind) !== undefined);
  }

  /** Whether a clip became ready and was never considered. The ledger has to know it: a vault without its ledger sends nothing. */
  isLeftOver({ id, sha256 }: Clip): boolean {
    const { store, ledger } = this.#parts;
    if (store.considered(id)) return false;
    return ledger.entries({ type: "clip.ready", ref: id, limit: 1 })[0]?.details?.sha256 === sha256;
  }

  #decideAll(
    clip: Clip,
    kinds: readonly MediaKind[],
    isMeant: (name: string) => boolean = () => true,
  ): readonly Decided[] {
    const { judge, docket, store, ledger, clock } = this.#parts;
    const now = clock.wall();
    return ledger.transaction(() => {
      if (kinds.includes("clip")) store.putConsidered(clip.id, now);
      return kinds.flatMap((kind) =>
        judge.config.recipients
          .filter(({ name }) => isMeant(name))
          .map(({ name }) => {
            const decision = judge.clip(clip, kind, name);
            docket.record(clip, kind, name, decision, now);
            return { kind, recipient: name, decision };
          }),
      );
    });
  }

  /** Tells that something waits, and releases what is permitted. */
  async #carryOut(clip: Clip, decisions: readonly Decided[]): Promise<void> {
    if (decisions.some(({ decision }) => decision.effect === "ask")) {
      await this.#parts.announcements.waiting(clip);
      await this.#parts.announcements.refresh();
    }
    for (const { kind, recipient, decision } of decisions)
      if (decision.effect === "permit") await this.#parts.releases.attempt(clip.id, kind, recipient);
  }
}

const isOfClip = ({ kind }: { readonly kind: MediaKind }): boolean => kind === "clip";

interface Decided {
  readonly kind: MediaKind;
  readonly recipient: string;
  readonly decision: Decision;
}
