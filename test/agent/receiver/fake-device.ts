// A device as a receiver meets it: signs receipts and checkpoints with the real ledger's own functions, seals media, and lays out
// its messages by docs/spec/wire.md. It can also lie, which the real one cannot.
import { createHash, generateKeyPairSync } from "node:crypto";
import { ulid } from "ulid";
import { sealBytes } from "../../../agent/consent/seal.ts";
import { signJws } from "../../../agent/ledger/jws.ts";
import { inclusionProof, nodeHash, rootOf } from "../../../agent/ledger/merkle.ts";
import { signCheckpoint } from "../../../agent/ledger/note.ts";
import { leafOfClaims } from "../../../agent/ledger/receipt-issue.ts";
import type { ReceiptClaims } from "../../../agent/ledger/receipt.ts";
import { SigningKey } from "../../../agent/ledger/signing-key.ts";
import type { Manifest } from "../../../agent/publisher/topics.ts";
import type { MediaType } from "../../../agent/spool/disclosure.ts";

export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

export interface WireMessage {
  /** Below doorstep/{device}/{recipient}/. */
  readonly suffix: string;
  readonly payload: Buffer;
}

export interface DisclosureOptions {
  readonly clip?: string;
  /** age recipients; in the clear if absent. */
  readonly keys?: readonly string[];
  readonly notAfter?: string;
  /** Bytes a part; in one message if absent. */
  readonly partBytes?: number;
  /** What a lying or confused device would claim instead. */
  readonly claims?: Partial<ReceiptClaims>;
  readonly manifest?: Partial<Manifest>;
  readonly type?: MediaType;
}

export interface FakeDisclosure {
  readonly clip: string;
  readonly disclosure: string;
  readonly media: Buffer;
  readonly sent: Buffer;
  readonly manifest: Manifest;
  readonly receipt: string;
  /** Media first, then receipt, manifest last: the order of the specification. */
  readonly messages: readonly WireMessage[];
}

const KINDS = { "video/mp4": "clip", "image/jpeg": "still", "image/webp": "preview" } as const;

export class FakeDevice {
  readonly name: string;
  readonly recipient: string;
  readonly key: SigningKey;
  #leaves: Buffer[] = [];

  constructor(name = "porch", recipient = "anna") {
    this.name = name;
    this.recipient = recipient;
    this.key = new SigningKey(generateKeyPairSync("ed25519").privateKey);
  }

  get info(): WireMessage {
    const info = { v: 1, device: this.name, key: this.key.publicKey.base64 };
    return { suffix: "info", payload: Buffer.from(JSON.stringify(info)) };
  }

  get checkpoint(): WireMessage {
    const head = { origin: this.#origin, size: this.#leaves.length, root: rootOf(this.#leaves.length, this.#nodeAt) };
    return { suffix: "checkpoint", payload: Buffer.from(signCheckpoint(head, this.key)) };
  }

  /** Takes back everything it has written down: what a device must never do. */
  forgetHistory(): void {
    this.#leaves = [];
  }

  async disclose(media: Buffer, options: DisclosureOptions = {}): Promise<FakeDisclosure> {
    const clip = options.clip ?? ulid().toLowerCase();
    const disclosure = ulid().toLowerCase();
    const sent = options.keys ? await sealBytes(media, options.keys) : media;
    const notAfter = options.notAfter ?? "2026-11-29T12:00:00.000Z";
    const type = options.type ?? "video/mp4";
    const about = { bytes: sent.length, sha256: sha256(sent), type, encrypted: options.keys !== undefined };
    const receipt = this.#sign({
      v: 1,
      iss: this.name,
      sub: this.recipient,
      jti: disclosure,
      iat: 1_795_348_800,
      clip: { id: clip, sha256: sha256(media), started: "2026-11-22T11:58:00.000Z", duration_s: 8.2 },
      sent: { kind: KINDS[type], audio: false, ...about },
      decision: { effect: "permit", reasons: [{ rule: "§3 clips", text: "the owner approved this clip" }] },
      policy_sha256: sha256("policy"),
      owner_authorisation: { how: "cli", at: "2026-11-22T11:59:00.000Z" },
      not_after: notAfter,
      ...options.claims,
    });
    const parts = options.partBytes ? slices(sent, options.partBytes) : undefined;
    const manifest: Manifest = {
      v: 1,
      clip,
      disclosure,
      started: "2026-11-22T11:58:00.000Z",
      duration_s: 8.2,
      not_after: notAfter,
      media: about,
      transfer: parts
        ? { mode: "parts", part_bytes: options.partBytes!, count: parts.length, sha256: parts.map(sha256) }
        : { mode: "single" },
      ...options.manifest,
    };
    const media_ = parts
      ? parts.map((payload, n) => ({ suffix: `clip/${clip}/part/${n}`, payload }))
      : [{ suffix: `clip/${clip}/data`, payload: sent }];
    return {
      clip,
      disclosure,
      media,
      sent,
      manifest,
      receipt,
      messages: [
        ...media_,
        { suffix: `clip/${clip}/receipt`, payload: Buffer.from(receipt) },
        { suffix: `clip/${clip}/manifest`, payload: Buffer.from(JSON.stringify(manifest)) },
      ],
    };
  }

  get #origin(): string {
    return `doorstep/${this.name}/${this.recipient}`;
  }

  readonly #nodeAt = (level: number, index: number): Buffer =>
    level === 0
      ? this.#leaves[index]!
      : nodeHash(this.#nodeAt(level - 1, 2 * index), this.#nodeAt(level - 1, 2 * index + 1));

  #sign(claims: Omit<ReceiptClaims, "log">): string {
    const salt = Buffer.alloc(16, this.#leaves.length + 1);
    const index = this.#leaves.length;
    const origin = `doorstep/${claims.iss}/${claims.sub}`;
    this.#leaves.push(leafOfClaims(claims, salt, origin, index).hash);
    const size = this.#leaves.length;
    const log = {
      origin,
      index,
      size,
      root: rootOf(size, this.#nodeAt).toString("base64"),
      proof: inclusionProof(index, size, this.#nodeAt).map((hash) => hash.toString("base64")),
      salt: salt.toString("base64"),
    };
    return signJws({ log, ...claims }, this.key);
  }
}

function slices(bytes: Buffer, size: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0; start < bytes.length || start === 0; start += size)
    parts.push(bytes.subarray(start, start + size));
  return parts;
}
