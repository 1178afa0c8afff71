// A clip for somebody who stands in no configuration, sealed to one key and handed to the owner to pass on (docs/spec/consent.md
// §10.2). It goes through the ledger like everything that leaves, with a receipt, and never through the door.
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { parseTopicLevel } from "../../config/device-name.ts";
import { rfc3339 } from "../../drivers/clock/clock.ts";
import type { Clock, WallTime } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import { canonicalJson } from "../ledger/canonical-json.ts";
import type { DisclosureFacts } from "../ledger/receipt-issue.ts";
import type { MediaDisclosure } from "../spool/disclosure.ts";
import { RESERVED_LEVELS } from "../spool/documents.ts";
import type { Clip } from "../vault/clip.ts";
import { MEDIA_NOT_AFTER_MS } from "./decide.ts";
import type { Obligation } from "./decision.ts";
import type { DisclosureStore } from "./disclosure-store.ts";
import type { Judge } from "./judge.ts";
import type { ClipSource, ConsentLedger, NewId, SealFile, Spool, StripAudio } from "./ports.ts";
import { prepareMedia, type PreparedMedia } from "./preparation.ts";
import { cleanText } from "./request-text.ts";

export interface HandOverParts {
  readonly judge: Judge;
  readonly ledger: ConsentLedger;
  readonly rows: DisclosureStore;
  readonly spool: Spool;
  readonly clips: ClipSource;
  readonly seal: SealFile;
  readonly stripAudio: StripAudio;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** For whom, sealed to what, with or without sound, and through which of the owner's channels it was asked for. */
export interface HandOverWish {
  readonly to: string;
  readonly keys: readonly string[];
  readonly audio: boolean;
  readonly via: "page" | "cli";
  /** What for, in the owner's words: in the receipt and the ledger. At most 200 characters. */
  readonly purpose?: string;
  /** Id of the request that it answers. */
  readonly request?: string;
}

/** What is handed over. The file has no name any more: it is gone when the handle is closed. */
export interface HandedOver {
  readonly id: string;
  readonly media: FileHandle;
  readonly bytes: number;
  readonly sha256: string;
  readonly receipt: string;
}

/** Says in the receipt that no rule of a policy decided, but the owner alone. */
const REASON = { rule: "§10.2 handed over", text: "the owner has handed it over as a file" };

/** See the head of the file. */
export class HandOver {
  readonly #parts: HandOverParts;

  constructor(parts: HandOverParts) {
    this.#parts = parts;
  }

  /**
   * Seals a clip and writes its disclosure down; whoever calls closes the handle.
   *
   * @throws AgentError NAME_MALFORMED, EXPORT_REFUSED for somebody of the configuration, a clip that is not ready or a purpose
   *   too long, REQUEST_NOT_FOUND,
   *   KEYS_MISSING, KEY_MALFORMED, KEYS_MIXED, CLIP_MISSING, CLIP_ALTERED, LEDGER_NOT_TRUSTED, NOT_RELEASED; nothing is handed
   *   over then.
   */
  async give(clip: Clip, wish: HandOverWish): Promise<HandedOver> {
    const { to, keys, audio, request } = wish;
    const { judge, ledger, spool, clock, newId } = this.#parts;
    if (parseTopicLevel(to) === undefined || RESERVED_LEVELS.includes(to))
      throw new AgentError("NAME_MALFORMED", JSON.stringify(to));
    if (judge.config.recipients.some(({ name }) => name === to))
      throw new AgentError("EXPORT_REFUSED", `${to} stands in the configuration, which decides what ${to} gets`);
    if (clip.state !== "ready") throw new AgentError("EXPORT_REFUSED", `${clip.id} is ${clip.state}`);
    const purpose = wish.purpose && cleanText(wish.purpose, 1, 200);
    if (wish.purpose && !purpose) throw new AgentError("EXPORT_REFUSED", "a purpose has 1 to 200 characters");
    if (request !== undefined && !ledger.entries({ type: "request", ref: request, limit: 1 }).length)
      throw new AgentError("REQUEST_NOT_FOUND", request);
    if (!keys.length) throw new AgentError("KEYS_MISSING", `no key to seal it to for ${to}`);
    const duties: readonly Obligation[] = [
      ...(clip.hasAudio && !audio ? [{ kind: "strip-audio" } as const] : []),
      { kind: "encrypt", keys },
    ];
    const id = newId(clock.wall(), to);
    let media: FileHandle | undefined;
    try {
      const folder = await spool.stage(id);
      const made = await prepareMedia(this.#parts, clip, "clip", duties, folder);
      media = await open(join(folder, made.file));
      const receipt = this.#commit(documentOf(id, clip, to, made, clock.wall()), clip, made, duties, {
        ...wish,
        purpose,
      });
      return { id, media, bytes: made.bytes, sha256: made.sha256, receipt };
    } catch (error) {
      await media?.close();
      throw error;
    } finally {
      await spool.discardStaged(id);
    }
  }

  /** Entry, receipt and row, or nothing: making it took time in which the clip may have been erased. */
  #commit(
    document: MediaDisclosure,
    clip: Clip,
    made: PreparedMedia,
    duties: readonly Obligation[],
    { via, purpose, request }: Pick<HandOverWish, "via" | "request"> & { readonly purpose: string | undefined },
  ): string {
    const { ledger, rows, clips, clock, judge } = this.#parts;
    const { id, recipient } = document;
    const { type, encrypted, audio, bytes, sha256 } = made;
    const now = clips.find(clip.id);
    if (now?.state !== "ready" || now.sha256 !== clip.sha256)
      throw new AgentError("NOT_RELEASED", `${clip.id} changed while it was sealed`);
    const at = clock.wall();
    const policy = canonicalJson({ timezone: judge.config.device.timezone, recipient: null });
    const facts: DisclosureFacts = {
      sub: recipient,
      jti: id,
      clip: { id: clip.id, sha256: clip.sha256, started: document.started, duration_s: document.duration_s },
      sent: { kind: "clip", type, encrypted, audio, bytes, sha256 },
      decision: { effect: "permit", reasons: [purpose ? { ...REASON, text: `${REASON.text}: ${purpose}` } : REASON] },
      policy_sha256: createHash("sha256").update(policy).digest("hex"),
      owner_authorisation: { how: via, at: rfc3339(at) },
      not_after: document.not_after,
    };
    let receipt = "";
    ledger.transaction(() => {
      ledger.commitDisclosure(facts, (committed) => {
        receipt = committed.receipt;
        rows.insert({
          ...{ id, kind: "clip", clip: clip.id, recipient, state: "unconfirmed", detail: HANDED, committedAt: at },
          ...{ notAfter: Date.parse(document.not_after) as WallTime, document, duties },
        });
        ledger.append("export", clip.id, { recipient, sha256, ...(purpose ? { purpose } : {}) });
        if (request !== undefined) ledger.append("request.given", request, { to: recipient, disclosure: id });
        ledger.append("delivery", id, { recipient, state: "unconfirmed", detail: HANDED });
      });
    });
    return receipt;
  }
}

const HANDED = "handed over by the owner as a file";

const documentOf = (
  id: string,
  clip: Clip,
  recipient: string,
  made: PreparedMedia,
  now: WallTime,
): MediaDisclosure => ({
  ...{ v: 1, id, kind: "clip", recipient, clip: clip.id },
  started: rfc3339(clip.startedAt),
  duration_s: clip.durationMs / 1000,
  not_after: rfc3339((now + MEDIA_NOT_AFTER_MS) as WallTime),
  media: { file: made.file, type: made.type, encrypted: made.encrypted, bytes: made.bytes, sha256: made.sha256 },
});
