// Everything a receiver does with a message, without the network: collect, verify, save, and say what should be acknowledged
// (docs/spec/wire.md §4, §5). Everything happens in turn: no message is taken while another's files are being written.
import { join } from "node:path";
import * as v from "valibot";
import { rfc3339, type Clock } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import type { PublicKey } from "../ledger/public-key.ts";
import type { Acknowledgement } from "../publisher/topics.ts";
import { parseJson } from "../spool/shape.ts";
import { Collector, DEFAULT_LIMITS, type Candidate, type Limits } from "./collect.ts";
import type { Journal, Saved } from "./journal.ts";
import { Latest, PICTURE_TOPICS, type Picture } from "./latest.ts";
import { parseClipTopic, parseManifest, peekReceipt } from "./manifest.ts";
import { inUtc, save, verifyCandidate, verifyPicture, type SavedClip, type Verified } from "./open.ts";
import { PieceStore, sha256Hex } from "./pieces.ts";
import type { Trust } from "./trust.ts";
import { unsealText } from "./unseal.ts";

/** What a receiver tells whoever runs it. Every method may be left out. */
export interface ReceiverListener {
  /** Media bytes of a clip that are here; `of` is known once the manifest is, which comes last. */
  progress?(clip: string, bytes: number, of: number | undefined): void;
  /** Something did not verify, or cannot be opened. Nothing of it was written. */
  refused?(clip: string, error: AgentError): void;
  /** The device, or somebody who speaks for it, contradicts what it said before. */
  alarm?(error: AgentError): void;
  /** This key is trusted from now on because it was the first that was announced. */
  trusted?(key: PublicKey): void;
  /** An event: "clip", "ring" or "motion", and its JSON. Nobody has signed it. */
  event?(name: string, document: Readonly<Record<string, unknown>>): void;
  /** The owner has withdrawn a clip. What was saved of it stays where it is. */
  withdrawn?(clip: string): void;
}

/** Who we are, whom we believe, where things go, and who is to hear of it. */
export interface IntakeOptions {
  readonly device: string;
  readonly recipient: string;
  readonly out: string;
  /** age identities; empty for a plain recipient. */
  readonly identities: readonly string[];
  readonly journal: Journal;
  readonly trust: Trust;
  readonly clock: Clock;
  readonly listener: ReceiverListener;
  readonly saved: (clip: SavedClip) => void;
  readonly say: (acknowledgement: Acknowledgement, disclosure: string) => void;
  readonly limits?: Limits;
}

const eventSchema = v.looseObject({ v: v.literal(1), event_type: v.string(), clip: v.optional(v.string()) });

/** Signed, but not for us to open: asking again would bring the same. */
const UNOPENABLE: readonly string[] = ["CLIP_FOR_ANOTHER_KEY", "CLIP_NOT_DECRYPTED", "IDENTITY_MISSING"];

/** One receiver's desk. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #collector: Collector;
  readonly #store: PieceStore;
  /** Disclosures, and hashes of pictures, that verified and could not be opened with the identities we have. */
  readonly #unopenable = new Set<string>();
  readonly #latest = new Latest();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#collector = new Collector(options.limits ?? DEFAULT_LIMITS);
    this.#store = new PieceStore(join(options.out, ".partial", `${options.device}.${options.recipient}`));
  }

  /** Takes up what an earlier run left, and finishes what is whole. */
  resume(): Promise<void> {
    return this.#inTurn(() => this.#resume());
  }

  async #resume(): Promise<void> {
    for await (const { piece, payload } of this.#store.load()) {
      const suffix = `clip/${piece.clip}/${piece.leaf === "part" ? "part/0" : piece.leaf}`;
      const verdict = this.#collector.accept(suffix, payload, piece.sha256);
      if (verdict && !verdict.kept) await this.#store.drop([piece]);
      for (const clip of verdict?.forgotten ?? []) await this.#store.forget(clip);
    }
    await this.#examineAll();
  }

  /**
   * Takes one message, `suffix` being its topic below the recipient's level. Resolves when it may be acknowledged.
   *
   * @returns the clip it belonged to, if that clip is still incomplete.
   * @throws what the file system says when it cannot be written: the message must not be acknowledged then.
   */
  take(suffix: string, payload: Buffer): Promise<string | undefined> {
    return this.#inTurn(() => this.#take(suffix, payload));
  }

  async #take(suffix: string, payload: Buffer): Promise<string | undefined> {
    if (suffix === "info") await this.#hear(payload);
    else if (suffix === "checkpoint") await this.#witness(payload);
    else if (PICTURE_TOPICS.includes(suffix)) await this.#show(this.#latest.take(suffix, payload));
    else if (suffix.startsWith("event/")) await this.#event(suffix.slice("event/".length), payload);
    else return this.#takePiece(suffix, payload);
    return undefined;
  }

  /** Positions of missing parts, or undefined when there is nothing to ask for. */
  missing(clip: string): readonly number[] | undefined {
    return this.#collector.missing(clip);
  }

  incomplete(): readonly string[] {
    return this.#collector.incomplete();
  }

  /** Nobody answers about this clip: what is left of one that is saved, or that has no manifest, is removed. */
  giveUp(clip: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#collector.progress(clip).of === undefined) await this.#forget(clip);
    });
  }

  /** Whether some disclosure of `clip` is saved already. */
  hasSaved(clip: string): boolean {
    return this.#options.journal.hasSaved(clip);
  }

  async #takePiece(suffix: string, payload: Buffer): Promise<string | undefined> {
    const topic = parseClipTopic(suffix);
    if (!topic) return undefined;
    const { clip, leaf } = topic;
    const sha256 = sha256Hex(payload);
    const saved = this.#alreadySaved(clip, leaf, payload, sha256);
    if (saved) {
      if (leaf === "manifest") {
        await this.#forget(clip);
        this.#sayArrived(saved);
      }
      return undefined;
    }
    const verdict = this.#collector.accept(suffix, payload, sha256);
    await this.#store.drop(verdict?.dropped ?? []);
    for (const other of verdict?.forgotten ?? []) await this.#store.forget(other);
    if (verdict?.kept) {
      await this.#store.put(verdict.kept, payload);
      const { bytes, of } = this.#collector.progress(clip);
      if (leaf === "data" || leaf === "part") this.#options.listener.progress?.(clip, bytes, of);
      await this.#examine(clip);
    }
    return this.#collector.missing(clip) ? clip : undefined;
  }

  #alreadySaved(clip: string, leaf: string, payload: Buffer, sha256: string): Saved | undefined {
    const { journal } = this.#options;
    if (!journal.hasSaved(clip)) return undefined;
    if (leaf === "data") return journal.saved(clip, sha256);
    const sent =
      leaf === "manifest" ? parseManifest(payload)?.media.sha256 : peekReceipt(payload.toString("latin1"))?.sentSha256;
    return sent === undefined || leaf === "part" ? undefined : journal.saved(clip, sent);
  }

  #sayArrived({ clip, sha256, disclosure }: Saved): void {
    this.#options.say({ v: 1, type: "arrived", clip, sha256 }, disclosure);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Saves whatever is whole by now, in any clip: after a start, or when a key has become known. */
  async #examineAll(): Promise<void> {
    for (const clip of this.#collector.incomplete()) await this.#examine(clip);
    for (const picture of this.#latest.whole()) await this.#show(picture);
  }

  async #examine(clip: string): Promise<void> {
    const deviceKey = this.#options.trust.key;
    if (!deviceKey) return;
    for (;;) {
      const candidate = this.#collector.complete(clip);
      if (!candidate || this.#unopenable.has(candidate.manifest.disclosure)) return;
      try {
        return await this.#save(candidate, deviceKey);
      } catch (error) {
        if (!(error instanceof AgentError)) throw error;
        if (error.code === "HISTORY_REWRITTEN") this.#options.listener.alarm?.(error);
        this.#options.listener.refused?.(clip, error);
        await this.#setAside(candidate, error);
      }
    }
  }

  async #save(candidate: Candidate, deviceKey: PublicKey): Promise<void> {
    const claims = verifyCandidate(candidate, this.#expectation(deviceKey));
    await this.#options.trust.witnessReceipt(claims);
    const path = await this.#store.assemble(candidate);
    const { clip, saved } = await this.#file({ path, receipt: candidate.receipt, claims });
    await this.#forget(candidate.clip);
    this.#options.saved(clip);
    // In the same turn: whoever hears that it is saved may end us. Nobody waits to hear of a picture.
    if (!saved.told) this.#sayArrived(saved);
  }

  #expectation(deviceKey: PublicKey): Parameters<typeof verifyCandidate>[1] {
    const { device, recipient, clock } = this.#options;
    return { device, recipient, deviceKey, now: clock.wall() };
  }

  /** Saves it, and writes down that it is saved. */
  async #file(verified: Verified): Promise<{ readonly clip: SavedClip; readonly saved: Saved }> {
    const { clock, journal, out, identities } = this.#options;
    const { jti, sent, not_after } = verified.claims;
    const clip = await save(verified, out, identities);
    const saved: Saved = {
      disclosure: jti,
      clip: clip.id,
      sha256: sent.sha256,
      not_after: inUtc(not_after),
      told: sent.kind !== "clip",
    };
    await journal.add(saved, rfc3339(clock.wall()));
    return { clip, saved };
  }

  async #setAside({ clip, manifest, manifestSha256, receiptSha256 }: Candidate, error: AgentError): Promise<void> {
    if (UNOPENABLE.includes(error.code)) this.#unopenable.add(manifest.disclosure);
    else if (error.code === "CLIP_EXPIRED") await this.#forget(clip);
    else if (error.code === "PARTS_ALTERED" || error.code === "MANIFEST_CONTRADICTED")
      await this.#store.drop(this.#collector.refuse(clip, "manifest", manifestSha256));
    else await this.#store.drop(this.#collector.refuse(clip, "receipt", receiptSha256));
  }

  /** Saves a picture and its receipt, once. What cannot be opened is refused once, too. */
  async #show(picture: Picture | undefined): Promise<void> {
    const { trust, journal, clock, listener } = this.#options;
    // Brokers of MQTT 3.1.1 keep a still for ever: old news, not a refusal.
    if (!picture || !trust.key || !(Date.parse(picture.notAfter) > clock.wall())) return;
    if (journal.saved(picture.clip, picture.sha256) || this.#unopenable.has(picture.sha256)) return;
    try {
      const claims = verifyPicture(picture, this.#expectation(trust.key));
      await trust.witnessReceipt(claims);
      const path = await this.#store.lay(picture.bytes);
      const { clip } = await this.#file({ path, receipt: picture.receipt, claims });
      this.#options.saved(clip);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      if (error.code === "HISTORY_REWRITTEN") listener.alarm?.(error);
      if (UNOPENABLE.includes(error.code)) this.#unopenable.add(picture.sha256);
      listener.refused?.(picture.clip, error);
    }
  }

  async #hear(payload: Buffer): Promise<void> {
    if (payload.length === 0) return;
    try {
      const key = await this.#options.trust.hear(payload);
      if (!key) return;
      this.#options.listener.trusted?.(key);
      await this.#examineAll();
    } catch (error) {
      this.#raise(error);
    }
  }

  async #witness(payload: Buffer): Promise<void> {
    try {
      await this.#options.trust.witnessCheckpoint(payload);
    } catch (error) {
      this.#raise(error);
    }
  }

  #raise(error: unknown): void {
    if (!(error instanceof AgentError)) throw error;
    this.#options.listener.alarm?.(error);
  }

  async #event(name: string, payload: Buffer): Promise<void> {
    const { identities, listener } = this.#options;
    const opened = await unsealText(payload, identities).catch(() => undefined);
    const parsed = v.safeParse(eventSchema, opened && parseJson(opened));
    if (!parsed.success) return;
    const { event_type, clip } = parsed.output;
    if (name === "clip" && event_type === "withdrawn" && clip !== undefined && parseClipTopic(`clip/${clip}/data`)) {
      await this.#forget(clip);
      listener.withdrawn?.(clip);
    }
    listener.event?.(name, parsed.output);
  }

  async #forget(clip: string): Promise<void> {
    this.#collector.forget(clip);
    await this.#store.forget(clip);
  }
}
