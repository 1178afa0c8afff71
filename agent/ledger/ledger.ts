// The ledger (DESIGN §8): an append-only Merkle log in SQLite, written by the recorder alone, durable before a call returns.
// Everything is synchronous, so that an entry, a decision and a receipt can be one transaction. docs/spec/ledger.md is normative.
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock, WallTime } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import { openDatabase, type Sqlite } from "../sqlite.ts";
import type { Entry, EntryDetails, EntryType } from "./entry.ts";
import { Eraser, type Erasure } from "./erase.ts";
import { KeptHead } from "./kept-head.ts";
import { commitmentOf, entryLeafHash, fitsLine, opening, SALT_BYTES } from "./leaf.ts";
import { lockState, type StateLock } from "./lock.ts";
import { EMPTY_ROOT, rootFromInclusion } from "./merkle.ts";
import { signCheckpoint } from "./note.ts";
import { LedgerReader } from "./reader.ts";
import { issueReceipt, leafOfClaims, type DisclosureFacts } from "./receipt-issue.ts";
import { SignedHeads } from "./signed-heads.ts";
import { createSigningKey, readSigningKey, type SigningKey } from "./signing-key.ts";
import { isDamage, setAside } from "./set-aside.ts";
import { faultsAtOpening } from "./standing.ts";
import { DEVICE_TREE, type Tree } from "./tree-store.ts";
import { Trust } from "./trust.ts";
import { verifyInBackground, type Verdict, type VerifyProgress } from "./verify.ts";
import type { LedgerFault } from "./fault.ts";

/** The largest details an entry may carry, as canonical JSON. */
const DETAILS_BYTES = 65_536;

export interface LedgerOptions {
  /** ledger/ledger.db. Its folder also gets the lock. */
  readonly file: string;
  /** keys/ledger.ed25519. Its folder also gets ledger.head. */
  readonly keyFile: string;
  /** The device's name in the configuration: origins and receipts carry it. */
  readonly device: string;
  readonly clock: Clock;
  /** Salts; node:crypto's by default. */
  readonly random?: (bytes: number) => Buffer;
  /** Only times written while this says yes move {@link LedgerReader.newestAt}. Always yes by default. */
  readonly clockTrusted?: () => boolean;
  /** Held by the caller already; otherwise the ledger takes and releases its own. */
  readonly lock?: StateLock;
}

/** A ledger that can be written to: one in a process, one process to a file. */
export class Ledger extends LedgerReader {
  readonly #clock: Clock;
  readonly #device: string;
  readonly #random: (bytes: number) => Buffer;
  readonly #clockTrusted: () => boolean;
  readonly #key: SigningKey | undefined;
  readonly #kept: KeptHead;
  readonly #lock: StateLock | undefined;
  readonly #run;
  readonly #insertEntry;
  readonly #insertDetail;
  readonly #insertLeaf;
  readonly #trust: Trust;
  readonly #heads: SignedHeads;
  readonly #listeners = new Set<(type: EntryType, ref: string) => void>();

  /**
   * Opens the ledger, making database and key on the first start.
   *
   * A ledger that contradicts its key or the head kept beside it opens all the same (recording goes on), with
   * {@link Ledger.faults}: it then refuses disclosures. So does the new one that is begun where the database is damaged beyond
   * reading; the old one is set aside.
   *
   * @throws AgentError STATE_IN_USE, LEDGER_KEY_UNREADABLE, DATABASE_TOO_NEW or DATABASE_UNREADABLE.
   */
  static open(options: LedgerOptions): Ledger {
    const folder = dirname(options.file);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const lock = options.lock ?? lockState(join(folder, "lock"));
    try {
      return Ledger.#begun(options, lock);
    } catch (error) {
      if (!options.lock) lock.release();
      throw error;
    }
  }

  static #begun(options: LedgerOptions, lock: StateLock): Ledger {
    try {
      return Ledger.#read(options, lock);
    } catch (error) {
      if (!isDamage(error)) throw error;
      const aside = setAside(options.file);
      const text = `its database was damaged, and stands aside as ${aside} (${(error as Error).message}); a new one was begun`;
      return Ledger.#read(options, lock, { kind: "file changed", text });
    }
  }

  static #read(options: LedgerOptions, lock: StateLock, damage?: LedgerFault): Ledger {
    const db = openDatabase(options.file, new URL("./", import.meta.url));
    try {
      // Erased details are overwritten, not only forgotten.
      db.pragma("secure_delete = ON");
      return new Ledger(options, db, lock, damage);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  private constructor(options: LedgerOptions, db: Sqlite, lock: StateLock, damage: LedgerFault | undefined) {
    super(db);
    this.#clock = options.clock;
    this.#device = options.device;
    this.#random = options.random ?? randomBytes;
    this.#clockTrusted = options.clockTrusted ?? (() => true);
    this.#lock = options.lock ? undefined : lock;
    this.#kept = new KeptHead(join(dirname(options.keyFile), "ledger.head"));
    this.#run = db.transaction((work: () => unknown) => work());
    this.#insertEntry = db.prepare<[number, number, number, string, string, Buffer]>(
      "insert into entry values (?, ?, ?, ?, ?, ?)",
    );
    this.#insertDetail = db.prepare<[number, Buffer]>("insert into detail values (?, ?)");
    this.#insertLeaf = db.prepare<[string, number, number, number, Buffer, string, string]>(
      "insert into recipient_leaf values (?, ?, ?, ?, ?, ?, ?)",
    );
    const isNew = db.prepare("select 1 from identity").get() === undefined;
    this.#key = readSigningKey(options.keyFile) ?? (isNew ? createSigningKey(options.keyFile) : undefined);
    const trust = (this.#trust = new Trust(this.#key));
    this.#heads = new SignedHeads({ db, trees: this.trees, kept: this.#kept, signer: () => trust.signer });
    // Where no head was kept, one that is none keeps the doubt over a restart, until the owner accepts.
    if (damage && this.#kept.read() === undefined) this.#kept.now("");
    if (isNew && this.#key) this.#begin(this.#key);
    trust.add([...(damage ? [damage] : []), ...this.#faultsNow()], []);
  }

  /** For the consent room's own tables in the same file (schema.sql), within {@link transaction}. */
  get database(): Sqlite {
    return this.db;
  }

  /** What speaks against this ledger, as far as is known; empty when sharing may go on. */
  get faults(): readonly LedgerFault[] {
    return this.#trust.faults;
  }

  /**
   * Appends an entry. On return it is on the disk, unless it is part of a wider {@link transaction}.
   *
   * @throws AgentError LEDGER_ENTRY_REFUSED for a reference that does not fit a line or details of more than 64 KiB.
   */
  append<T extends EntryType>(type: T, ref: string, details: EntryDetails[T]): Entry<T> {
    return this.transaction(() => {
      const last = this.last();
      const sequence = last ? last.sequence + 1 : 0;
      const atMs = Math.trunc(this.#clock.wall());
      const newestMs = this.#clockTrusted() ? Math.max(atMs, last?.newest_ms ?? atMs) : (last?.newest_ms ?? 0);
      const opened = opening(this.#random(SALT_BYTES), details);
      if (!fitsLine(ref) || opened.length > SALT_BYTES + DETAILS_BYTES)
        throw new AgentError(
          "LEDGER_ENTRY_REFUSED",
          `${type} ${JSON.stringify(ref.slice(0, 60))}: ${opened.length} bytes`,
        );
      const commitment = commitmentOf(opened);
      this.#insertEntry.run(sequence, atMs, newestMs, type, ref, Buffer.from(commitment, "hex"));
      this.#insertDetail.run(sequence, opened);
      this.trees.append(DEVICE_TREE, sequence, entryLeafHash({ sequence, atMs, type, ref, commitment }));
      this.#heads.appended(sequence + 1);
      for (const listener of this.#listeners) listener(type, ref);
      return { sequence, at: atMs as WallTime, type, ref, details };
    });
  }

  /** Calls `listener` with each entry's type and reference, maybe within a transaction that is undone later. It must not throw. */
  onEntry(listener: (type: EntryType, ref: string) => void): void {
    this.#listeners.add(listener);
  }

  /** Runs `work` so that everything in it is written, or nothing. Synchronous; may be nested. */
  transaction<T>(work: () => T): T {
    if (this.db.inTransaction) return this.#run(work) as T;
    this.#heads.begun();
    const result = this.#run.immediate(work) as T;
    this.#heads.committed(() => this.storedCheckpoint());
    return result;
  }

  /**
   * Commits a media disclosure (DESIGN §2): the leaf in the recipient's tree, the entry in the device's, the signed receipt,
   * both heads, and whatever `also` writes, in one transaction. When it returns, the disclosure is a fact.
   *
   * @throws AgentError LEDGER_NOT_TRUSTED while there are {@link faults} or no key, LEDGER_DISCLOSED_TWICE for an id that
   * has been used, LEDGER_ENTRY_REFUSED.
   */
  commitDisclosure(
    facts: DisclosureFacts,
    also?: (committed: { receipt: string; sequence: number }) => void,
  ): { receipt: string; sequence: number } {
    const key = this.#trust.signerOrThrow();
    if (!fitsLine(facts.jti) || !fitsLine(facts.sub))
      throw new AgentError("LEDGER_ENTRY_REFUSED", `disclosure ${JSON.stringify(facts.jti)}`);
    return this.transaction(() => {
      if (this.disclosure(facts.jti)) throw new AgentError("LEDGER_DISCLOSED_TWICE", facts.jti);
      const tree = this.treeOf(facts.sub) ?? this.trees.create(this.#originOf(facts.sub), facts.sub);
      const index = this.treeSize(tree);
      const iat = Math.floor(this.#clock.wall() / 1000);
      const claims = { v: 1 as const, iss: this.#device, iat, ...facts };
      const salt = this.#random(SALT_BYTES);
      const leaf = leafOfClaims(claims, salt, tree.origin, index);
      this.trees.append(tree.id, index, leaf.hash);
      const size = index + 1;
      const proof = this.trees.inclusion(tree.id, index, size);
      // The newest leaf's own path leads there: no node is read a second time.
      const root = rootFromInclusion(leaf.hash, index, size, proof)!;
      const receipt = issueReceipt(claims, { origin: tree.origin, index, root, proof, salt }, key);
      const { sequence } = this.append("disclosure", facts.jti, {
        recipient: facts.sub,
        kind: facts.sent.kind,
        clip: facts.clip.id,
        sent_sha256: facts.sent.sha256,
        sent_bytes: facts.sent.bytes,
        recipient_tree: { size, root: root.toString("base64") },
      });
      const commitment = Buffer.from(leaf.commitment, "hex");
      this.#insertLeaf.run(facts.jti, tree.id, index, sequence, commitment, facts.clip.id, receipt);
      this.#heads.sign(tree, size, root);
      this.#heads.signDevice(sequence + 1);
      also?.({ receipt, sequence });
      return { receipt, sequence };
    });
  }

  /** A signed head of the device tree as it is now. Writes only if the newest stored one is older; undefined without a key. */
  deviceCheckpoint(): string | undefined {
    const { size } = this;
    return this.#heads.stored(DEVICE_TREE, size) ?? this.transaction(() => this.#heads.signDevice(size));
  }

  /** The signed head of a recipient's tree, for its retained topic. Undefined before the first disclosure to it. */
  recipientCheckpoint(recipient: string): string | undefined {
    const tree = this.treeOf(recipient);
    if (!tree) return undefined;
    const size = this.treeSize(tree);
    return this.#heads.stored(tree.id, size) ?? this.transaction(() => this.#heads.sign(tree, size));
  }

  /**
   * Deletes details (and receipts) and writes down that it did; the proofs stand.
   *
   * @returns how many entries lost their details; when none, nothing is written.
   */
  eraseDetails(erasure: Erasure): number {
    return new Eraser(this, this.db).erase(erasure);
  }

  /**
   * Verifies everything in the background, with what is kept beside the key as a witness. Faults close the ledger for
   * disclosures, except those that the owner has accepted already.
   *
   * @throws whatever `signal` was aborted with.
   */
  async verify(progress?: (progress: VerifyProgress) => void, signal?: AbortSignal): Promise<Verdict> {
    const key = this.#key?.publicKey ?? this.identity().publicKey;
    const verdict = await verifyInBackground(this.db, { key }, progress, signal);
    const faults = this.#faultsNow();
    // The end that is missing gets shorter with every entry written since: that is no news.
    const cut = this.faults.some(({ kind }) => kind === "tail cut off");
    this.distrust([...verdict.faults, ...faults.filter(({ kind }) => !cut || kind !== "tail cut off")]);
    return { ...verdict, ok: verdict.ok && faults.length === 0, faults: [...verdict.faults, ...faults] };
  }

  /** What a verification found: closes the ledger for disclosures, except for what the owner has accepted already. */
  distrust(faults: readonly LedgerFault[]): void {
    const accepted = this.entries({ type: "ledger.accepted", limit: 1000 }).flatMap((e) => e.details?.faults ?? []);
    this.#trust.add(faults, accepted);
  }

  /**
   * The owner has read the faults and wants sharing to go on from here. Written down, signed, and remembered.
   *
   * @throws AgentError LEDGER_NOT_TRUSTED while the signing key is missing or another: that cannot be accepted.
   */
  accept(by: string): void {
    this.#trust.accept((faults) =>
      this.transaction(() => {
        this.append("ledger.accepted", "", { by, faults });
        this.#heads.signDevice(this.size);
      }),
    );
  }

  /** Signs the head if it is newer than the last signed one, then lets go of database and lock. */
  close(): void {
    try {
      if (!this.faults.length && this.size > 0) this.deviceCheckpoint();
      this.#kept.flush();
    } catch (error) {
      // On a full card the last head is signed at the next start's first entry; what was written is safe.
      if ((error as { readonly code?: unknown }).code !== "SQLITE_FULL") throw error;
    } finally {
      this.db.close();
      this.#lock?.release();
    }
  }

  protected override treeOf(recipient: string): Tree | undefined {
    return this.trees.byOrigin(this.#originOf(recipient));
  }

  #originOf(recipient: string): string {
    return `doorstep/${this.#device}/${recipient}`;
  }

  /** The head of the empty tree comes first: from here on, a missing ledger.head means that somebody took it. */
  #begin(key: SigningKey): void {
    const origin = `doorstep/${this.#device}`;
    if (this.#kept.read() === undefined) this.#kept.now(signCheckpoint({ origin, size: 0, root: EMPTY_ROOT }, key));
    this.transaction(() => {
      this.db.prepare<[string, Buffer]>("insert into identity values (1, ?, ?)").run(this.#device, key.publicKey.raw);
      this.trees.create(origin, undefined);
    });
  }

  /** What key and kept head say against the ledger as it is. */
  #faultsNow(): LedgerFault[] {
    return faultsAtOpening(this, this.#key?.publicKey, this.#kept.read());
  }
}
