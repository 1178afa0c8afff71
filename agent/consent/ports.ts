// What the gate needs of the other rooms, and no more. Pure. The recorder hands it the real ones.
import type { Config } from "../../config/config.ts";
import type { Clock, WallTime } from "../../drivers/clock/clock.ts";
import type { AgentErrorCode } from "../error.ts";
import type { Entry, EntryDetails, EntryType } from "../ledger/entry.ts";
import type { HouseState } from "../publisher/topics.ts";
import type { DisclosureFacts } from "../ledger/receipt-issue.ts";
import type { Ended, EventDisclosure, MediaDisclosure, PictureKind, SpoolFolder } from "../spool/disclosure.ts";
import type { RecorderToPublisher } from "../spool/door.ts";
import type { SpoolEntry } from "../spool/entries.ts";
import type { Sqlite } from "../sqlite.ts";
import type { Clip, ClipId } from "../vault/clip.ts";

/** The ledger. Everything is synchronous, and what is done within one `transaction` is done together or not at all. */
export interface ConsentLedger {
  /** Where the tables of consent are, beside the ledger's own. */
  readonly database: Sqlite;
  /** What speaks against the ledger. While there is anything, nothing leaves. */
  readonly faults: readonly { readonly text: string }[];
  transaction<T>(work: () => T): T;
  append<T extends EntryType>(type: T, ref: string, details: EntryDetails[T]): unknown;
  /** Appends the entry, grows the recipient's own tree and signs the receipt, in one transaction with whatever `also` writes. */
  commitDisclosure(facts: DisclosureFacts, also?: (committed: { receipt: string }) => void): unknown;
  /** The compact JWS of a disclosure. */
  receiptOf(disclosure: string): string | undefined;
  /** The signed head of a recipient's own tree. */
  recipientCheckpoint(recipient: string): string | undefined;
  entries<T extends EntryType>(query: { type: T; ref?: string; after?: number; limit?: number }): readonly Entry<T>[];
}

/** spool/out, as its writer offers it. */
export interface Spool {
  /** spool/out. */
  readonly root: string;
  prepare(): Promise<void>;
  /** Makes tmp/ID, empty, where no other user can read, and returns its path. */
  stage(id: string): Promise<string>;
  fsyncStaged(id: string): Promise<void>;
  discardStaged(id: string): Promise<void>;
  /** Writes the documents into tmp/ID and moves it to new/ID. */
  publish(id: string, documents: { readonly disclosure: MediaDisclosure; readonly receipt: string }): Promise<void>;
  publishEvent(event: EventDisclosure): Promise<void>;
  /** Moves new/ID back to tmp/ID. False when it is not there. */
  takeBack(id: string): Promise<boolean>;
  /** Moves ID out of new/. False when it is not there. */
  move(id: string, to: "sent" | "failed"): Promise<boolean>;
  unlinkMedia(folder: SpoolFolder, id: string): Promise<void>;
  /** Takes several out of new/ (or tmp/) at once, and the media with them. */
  settle(ended: readonly Ended[]): Promise<void>;
  remove(folder: SpoolFolder, name: string): Promise<void>;
  list(folder: SpoolFolder): Promise<readonly SpoolEntry[]>;
}

/** The vault, as far as consent looks into it. */
export interface ClipSource {
  /** A clip that has a row, whatever its state. */
  find(id: ClipId): Clip | undefined;
  /** Where its file is, whether it exists or not. */
  file(id: ClipId): string;
  /** Where its still (JPEG) or preview (animated WebP) is, or undefined if none was made. */
  picture(id: ClipId, kind: PictureKind): string | undefined;
}

/** The line to the publisher. What is sent while nobody listens is lost: the gate says it again at the next connection. */
export interface DoorLine {
  send(message: RecorderToPublisher): void;
}

/** Something that was written, with its size and its hash in lower-case hex. */
export interface WrittenFile {
  readonly bytes: number;
  readonly sha256: string;
}

export type SealFile = (source: string, destination: string, keys: readonly string[]) => Promise<WrittenFile>;
export type StripAudio = (source: string, destination: string) => Promise<WrittenFile>;

/** A lower-case ULID for a disclosure to `recipient` at `at`, greater than every one it was given before. */
export type NewId = (at: WallTime, recipient: string) => string;
/** How the device is, before it is said to anybody. */
export type HouseCondition = Omit<HouseState, "sharing" | "resume">;

/** Everything a gate is made of. */
export interface GateParts {
  /** The policy in force at start; policyChanged() brings the next. */
  readonly config: Config;
  /** Why sharing is closed from the start although this policy shares (the file cannot be read), in a fragment. */
  readonly closedBy?: string;
  readonly ledger: ConsentLedger;
  readonly spool: Spool;
  readonly clips: ClipSource;
  readonly door: DoorLine;
  readonly seal: SealFile;
  readonly stripAudio: StripAudio;
  readonly clock: Clock;
  /** NTP has said so this boot, and the clock is not behind the newest ledger entry. */
  readonly clockTrusted: () => boolean;
  /** Base64 of the device's raw Ed25519 public key, for `info`. */
  readonly deviceKey: string;
  /** How the device is; undefined while nobody knows. */
  readonly house?: () => HouseCondition | undefined;
  /** Told of everything that went wrong; the gate writes it into the ledger itself. */
  readonly alarm?: (code: AgentErrorCode, detail: string) => void;
  /** {@link risingIds} by default. */
  readonly newId?: NewId;
  /** Called between the steps of a release: tests pull the plug there. */
  readonly step?: (name: string) => void;
}
