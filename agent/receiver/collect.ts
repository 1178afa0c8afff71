// Which pieces of which clips have arrived, in whatever order, and which clips are whole (docs/spec/wire.md §4). Pure.
// It holds hashes and sizes, never media: pieces are known by their SHA-256 alone, so that duplicates, disorder and parts
// under a wrong number need no rule of their own. What it calls whole has the right hashes; who signed it is open.ts's question.
import type { Manifest } from "../publisher/topics.ts";
import { parseClipTopic, parseManifest, peekReceipt, RECEIPT_LIMIT_BYTES, type Leaf } from "./manifest.ts";

/** A payload that is kept on disk until its clip is whole. */
export interface Piece {
  readonly clip: string;
  readonly leaf: Leaf;
  /** Lower-case hex of the payload. */
  readonly sha256: string;
}

/** How much a receiver keeps of what is not complete. */
export interface Limits {
  /** Clips that may be incomplete at once. The one that has been silent longest gives way. */
  readonly clips: number;
  /** Media bytes kept for one clip. */
  readonly clipBytes: number;
  /** Media bytes kept for all clips. */
  readonly totalBytes: number;
  /** Pieces of media kept for one clip. */
  readonly pieces: number;
  /** Manifests, and receipts, kept for one clip: more than one only if somebody forges. */
  readonly variants: number;
}

/** Room for a bad day at a doorstep, on any machine that can keep the clips themselves. */
export const DEFAULT_LIMITS: Limits = {
  clips: 64,
  clipBytes: 512_000_000,
  totalBytes: 2_000_000_000,
  pieces: 20_000,
  variants: 4,
};

/** What the caller must do, in this order: remove `dropped`, then store the payload if `kept`. */
export interface Verdict {
  readonly clip: string;
  /** Undefined when the payload is not worth keeping: not ours, malformed, already here, refused before, or too much. */
  readonly kept: Piece | undefined;
  readonly dropped: readonly Piece[];
  /** Clips that gave way altogether; their pieces are not among `dropped`. */
  readonly forgotten: readonly string[];
}

/** A clip whose bytes are all here and hash, piece by piece, to what one manifest and one receipt say. */
export interface Candidate {
  readonly clip: string;
  readonly manifest: Manifest;
  readonly manifestSha256: string;
  /** Not verified yet. */
  readonly receipt: string;
  readonly receiptSha256: string;
  /** Put one after the other they are the media. */
  readonly pieces: readonly Piece[];
}

interface Media {
  readonly leaf: Leaf;
  readonly bytes: number;
}

interface Incomplete {
  readonly manifests: Map<string, Manifest>;
  readonly receipts: Map<string, { readonly jws: string; readonly sentSha256: string }>;
  readonly media: Map<string, Media>;
  bytes: number;
  /** Manifests and receipts that proved false: not taken again, however often they are repeated. */
  readonly refused: Set<string>;
}

/** One receiver's incomplete clips. Nothing in it grows without bound. */
export class Collector {
  readonly #limits: Limits;
  /** In the order they last changed: the first has been silent longest. */
  readonly #clips = new Map<string, Incomplete>();
  #bytes = 0;

  constructor(limits: Limits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** `suffix` is the topic below the recipient's level; `sha256` is the payload's. Undefined if the topic is not a clip's. */
  accept(suffix: string, payload: Uint8Array, sha256: string): Verdict | undefined {
    const topic = parseClipTopic(suffix);
    if (!topic) return undefined;
    const piece: Piece = { ...topic, sha256 };
    const forgotten: string[] = [];
    const state = this.#touch(topic.clip, forgotten);
    const dropped: Piece[] = [];
    const kept = this.#keep(state, piece, payload, dropped, forgotten);
    if (isEmpty(state)) this.#clips.delete(topic.clip);
    return { clip: topic.clip, kept: kept ? piece : undefined, dropped, forgotten };
  }

  #keep(state: Incomplete, piece: Piece, payload: Uint8Array, dropped: Piece[], forgotten: string[]): boolean {
    if (state.refused.has(piece.sha256)) return false;
    switch (piece.leaf) {
      case "manifest": {
        const manifest = parseManifest(payload);
        if (!manifest || manifest.clip !== piece.clip || state.manifests.has(piece.sha256)) return false;
        if (manifest.media.bytes > this.#limits.clipBytes) return false;
        state.manifests.set(piece.sha256, manifest);
        dropped.push(...this.#oldest(state.manifests, piece));
        return true;
      }
      case "receipt": {
        if (payload.length > RECEIPT_LIMIT_BYTES || state.receipts.has(piece.sha256)) return false;
        const jws = new TextDecoder().decode(payload).trim();
        const peeked = peekReceipt(jws);
        if (!peeked) return false;
        state.receipts.set(piece.sha256, { jws, sentSha256: peeked.sentSha256 });
        dropped.push(...this.#oldest(state.receipts, piece));
        return true;
      }
      case "data":
      case "part":
        if (state.media.has(piece.sha256)) return false;
        if (!this.#makeRoom(state, piece, payload.length, dropped, forgotten)) return false;
        state.media.set(piece.sha256, { leaf: piece.leaf, bytes: payload.length });
        state.bytes += payload.length;
        this.#bytes += payload.length;
        return true;
    }
  }

  /** The first whole clip among what arrived for `clip`, if any; to be asked after each piece that was kept. */
  complete(clip: string): Candidate | undefined {
    const state = this.#clips.get(clip);
    if (!state) return undefined;
    for (const [manifestSha256, manifest] of state.manifests) {
      const pieces = piecesOf(manifest).map((sha256): Piece | undefined => {
        const media = state.media.get(sha256);
        return media && { clip, leaf: media.leaf, sha256 };
      });
      if (!pieces.every((piece) => piece !== undefined)) continue;
      for (const [receiptSha256, { jws, sentSha256 }] of state.receipts)
        if (sentSha256 === manifest.media.sha256)
          return { clip, manifest, manifestSha256, receipt: jws, receiptSha256, pieces };
    }
    return undefined;
  }

  /**
   * What to ask for: positions of parts in the newest manifest (a clip sent whole is part 0). Empty when only manifest or receipt
   * are missing; undefined when nothing is, or nothing is known of `clip`.
   */
  missing(clip: string): readonly number[] | undefined {
    const state = this.#clips.get(clip);
    if (!state || this.complete(clip)) return undefined;
    const manifest = Array.from(state.manifests.values()).at(-1);
    return manifest ? piecesOf(manifest).flatMap((sha256, n) => (state.media.has(sha256) ? [] : [n])) : [];
  }

  /** Bytes of media here, and in all if a manifest has said so. */
  progress(clip: string): { readonly bytes: number; readonly of: number | undefined } {
    const state = this.#clips.get(clip);
    return { bytes: state?.bytes ?? 0, of: Array.from(state?.manifests.values() ?? []).at(-1)?.media.bytes };
  }

  /** Clips that have something but not everything. */
  incomplete(): readonly string[] {
    return Array.from(this.#clips.keys());
  }

  /** A manifest or a receipt of `clip` proved false: forget it and take it no more. Returns what to remove. */
  refuse(clip: string, leaf: "manifest" | "receipt", sha256: string): readonly Piece[] {
    const state = this.#clips.get(clip);
    if (!state) return [];
    (leaf === "manifest" ? state.manifests : state.receipts).delete(sha256);
    state.refused.add(sha256);
    if (state.refused.size > this.#limits.variants * 16) state.refused.delete(first(state.refused)!);
    return [{ clip, leaf, sha256 }];
  }

  /** The clip is saved, withdrawn or given up. */
  forget(clip: string): void {
    this.#bytes -= this.#clips.get(clip)?.bytes ?? 0;
    this.#clips.delete(clip);
  }

  #touch(clip: string, forgotten: string[]): Incomplete {
    const state = this.#clips.get(clip) ?? {
      manifests: new Map(),
      receipts: new Map(),
      media: new Map(),
      bytes: 0,
      refused: new Set(),
    };
    this.#clips.delete(clip);
    this.#clips.set(clip, state);
    while (this.#clips.size > this.#limits.clips) this.#giveWay(forgotten);
    return state;
  }

  #giveWay(forgotten: string[]): void {
    const clip = first(this.#clips.keys())!;
    this.forget(clip);
    forgotten.push(clip);
  }

  /** Drops what no manifest names, oldest first, and then whole clips that have been silent longer, to take `bytes` more. */
  #makeRoom(state: Incomplete, piece: Piece, bytes: number, dropped: Piece[], forgotten: string[]): boolean {
    const { clipBytes, totalBytes, pieces } = this.#limits;
    const tooMuch = (): boolean => state.bytes + bytes > clipBytes || state.media.size + 1 > pieces;
    if (bytes > clipBytes || bytes > totalBytes) return false;
    if (tooMuch()) {
      const named = new Set(Array.from(state.manifests.values()).flatMap(piecesOf));
      if (state.manifests.size > 0 && !named.has(piece.sha256)) return false;
      for (const [sha256, media] of state.media) {
        if (!tooMuch()) break;
        if (named.has(sha256)) continue;
        state.media.delete(sha256);
        state.bytes -= media.bytes;
        this.#bytes -= media.bytes;
        dropped.push({ clip: piece.clip, leaf: media.leaf, sha256 });
      }
      if (tooMuch()) return false;
    }
    while (this.#bytes + bytes > totalBytes && this.#clips.size > 1) this.#giveWay(forgotten);
    return this.#bytes + bytes <= totalBytes;
  }

  #oldest(variants: Map<string, unknown>, { clip, leaf }: Piece): Piece[] {
    if (variants.size <= this.#limits.variants) return [];
    const sha256 = first(variants.keys())!;
    variants.delete(sha256);
    return [{ clip, leaf, sha256 }];
  }
}

const piecesOf = ({ media, transfer }: Manifest): readonly string[] =>
  transfer.mode === "single" ? [media.sha256] : transfer.sha256;

const isEmpty = ({ manifests, receipts, media, refused }: Incomplete): boolean =>
  manifests.size + receipts.size + media.size + refused.size === 0;

function first<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}
