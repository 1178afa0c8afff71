// The recorder's side of spool/out: puts disclosures there so that a kill or a power cut at any instruction leaves either all or nothing.
// Only the consent gate may import this (promise 2). Order of steps: docs/spec/spool.md §2.
import { chmod, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AgentError } from "../error.ts";
import {
  SPOOL_FOLDERS,
  type Ended,
  type EventDisclosure,
  type MediaDisclosure,
  type SpoolFolder,
} from "./disclosure.ts";
import { DISCLOSURE_FILE, isEventDisclosure, isMediaDisclosure, isUlid, RECEIPT_FILE } from "./documents.ts";
import { fsync, moveDurably, unlessAbsent, writeDurably } from "./durable.ts";
import { listEntries, type SpoolEntry } from "./entries.ts";

/** Set-group-id: what is made inside belongs to the door's group, whatever the recorder's own is. */
const FOLDER_MODE = 0o2750;
/** What is not committed yet is nobody else's to read. */
const TMP_MODE = 0o2700;
const FILE_MODE = 0o640;

/** The only hand that writes, moves or removes anything in the door. */
export class SpoolWriter {
  readonly root: string;

  /** @param root `spool/out` of the state directory. */
  constructor(root: string) {
    this.root = root;
  }

  /** Makes the folders, with their modes, and waits until they are on the card. */
  async prepare(): Promise<void> {
    await mkdir(this.root, { recursive: true });
    await chmod(this.root, FOLDER_MODE);
    for (const folder of SPOOL_FOLDERS) {
      await mkdir(this.#folder(folder), { recursive: true });
      await chmod(this.#folder(folder), folder === "tmp" ? TMP_MODE : FOLDER_MODE);
    }
    await fsync(this.root);
  }

  /** Makes tmp/ID, empty, and returns its path: the caller writes the media file there. Anything that stood there is gone. */
  async stage(id: string): Promise<string> {
    const path = this.#path("tmp", id);
    await rm(path, { recursive: true, force: true });
    await mkdir(path);
    await chmod(path, FOLDER_MODE);
    return path;
  }

  /** Waits until the media in tmp/ID is on the card: before the ledger's transaction, which is the commit. */
  async fsyncStaged(id: string): Promise<void> {
    const path = this.#path("tmp", id);
    const files = (await readdir(path)).map((file) => join(path, file));
    for (const file of files) await chmod(file, FILE_MODE);
    // Together: a journal writes what is asked of it at once as one.
    await Promise.all([...files, path, this.#folder("tmp")].map(fsync));
  }

  /** Whether tmp/ID stands, as after a crash between commit and publication. */
  async isStaged(id: string): Promise<boolean> {
    return (await readdir(this.#path("tmp", id)).catch(unlessAbsent)) !== undefined;
  }

  /**
   * After the commit: writes both documents and moves tmp/ID to new/ID. May be called again after a crash.
   *
   * @throws AgentError SPOOL_DOCUMENT_REFUSED when `disclosure` is not one, or is another's.
   */
  async publish(
    id: string,
    documents: { readonly disclosure: MediaDisclosure; readonly receipt: string },
  ): Promise<void> {
    const { disclosure, receipt } = documents;
    if (disclosure.id !== id || !isMediaDisclosure(disclosure))
      throw new AgentError("SPOOL_DOCUMENT_REFUSED", `disclosure ${id}`);
    const path = this.#path("tmp", id);
    await Promise.all([
      writeDurably(join(path, RECEIPT_FILE), receipt, FILE_MODE),
      writeDurably(join(path, DISCLOSURE_FILE), `${JSON.stringify(disclosure)}\n`, FILE_MODE),
    ]);
    await fsync(path);
    await moveDurably(this.#folder("tmp"), this.#folder("new"), id);
  }

  /**
   * After the commit: one file, new/ID.json.
   *
   * @throws AgentError SPOOL_DOCUMENT_REFUSED when `event` is not one.
   */
  async publishEvent(event: EventDisclosure): Promise<void> {
    if (!isEventDisclosure(event)) throw new AgentError("SPOOL_DOCUMENT_REFUSED", "not an event");
    const name = `${event.id}.json`;
    await writeDurably(join(this.#folder("tmp"), name), `${JSON.stringify(event)}\n`, FILE_MODE);
    await rename(join(this.#folder("tmp"), name), join(this.#folder("new"), name));
    // Its old name may come back after a power cut: a start removes it. The bell does not wait for that.
    await fsync(this.#folder("new"));
  }

  /** Removes tmp/ID, whatever is in it. */
  async discardStaged(id: string): Promise<void> {
    await rm(this.#path("tmp", id), { recursive: true, force: true });
    await fsync(this.#folder("tmp"));
  }

  /** Removes the media of `folder`/ID and waits until it is gone; documents stay. Nothing to do is not an error. */
  async unlinkMedia(folder: SpoolFolder, id: string): Promise<void> {
    const path = this.#path(folder, id);
    const files = (await readdir(path).catch(unlessAbsent)) ?? [];
    const media = files.filter((file) => file !== DISCLOSURE_FILE && file !== RECEIPT_FILE);
    for (const file of media) await rm(join(path, file), { recursive: true, force: true });
    if (media.length) await fsync(path);
  }

  /** Moves a disclosure or an event out of new/. Returns false when it is not there. */
  async move(id: string, to: "sent" | "failed"): Promise<boolean> {
    for (const name of this.#names(id)) {
      const moved = await this.#move("new", to, name);
      if (moved) return true;
    }
    return false;
  }

  /**
   * Takes several out of new/ at once, or out of tmp/ what was held there: documents go to `to`, media is gone when this resolves.
   * Each folder is waited for once, however many there are.
   */
  async settle(ended: readonly Ended[]): Promise<void> {
    for (const { id, to } of ended)
      for (const name of this.#names(id)) {
        const [from, staged] = [join(this.#folder("new"), name), join(this.#folder("tmp"), name)];
        if (to === "nowhere") await rm(from, { recursive: true, force: true });
        else await rename(from, join(this.#folder(to), name)).catch(unlessAbsent);
        await rm(staged, { recursive: true, force: true });
      }
    // The new places first: rather two names than none.
    for (const folder of ["sent", "failed", "new", "tmp"] as const) await fsync(this.#folder(folder));
    for (const { id, to } of ended) if (to !== "nowhere") await this.unlinkMedia(to, id);
  }

  /** Moves new/ID back to tmp/ID, where nobody else can read it. Returns false when it is not there. */
  takeBack(id: string): Promise<boolean> {
    this.#path("new", id);
    return this.#move("new", "tmp", id);
  }

  /** Removes one name of a folder, ours or a stranger's, and waits until it is gone. */
  async remove(folder: SpoolFolder, name: string): Promise<void> {
    const names = isUlid(name) ? this.#names(name) : [name];
    for (const each of names) {
      if (each === "" || each === "." || each === ".." || each.includes("/"))
        throw new AgentError("SPOOL_DOCUMENT_REFUSED", `name ${JSON.stringify(each)}`);
      await rm(join(this.#folder(folder), each), { recursive: true, force: true });
    }
    await fsync(this.#folder(folder));
  }

  /** What stands in a folder, oldest first; see {@link SpoolEntry} for what does not belong. */
  list(folder: SpoolFolder): Promise<SpoolEntry[]> {
    return listEntries(this.#folder(folder));
  }

  /** What the door weighs in all its folders, in bytes. */
  async bytes(): Promise<number> {
    let sum = 0;
    for (const folder of SPOOL_FOLDERS) for (const { bytes } of await this.list(folder)) sum += bytes;
    return sum;
  }

  async #move(from: SpoolFolder, to: SpoolFolder, name: string): Promise<boolean> {
    const moved = await moveDurably(this.#folder(from), this.#folder(to), name).then(() => true, unlessAbsent);
    return moved ?? false;
  }

  #folder(folder: SpoolFolder): string {
    return join(this.root, folder);
  }

  #names(id: string): [string, string] {
    return [id, `${id}.json`];
  }

  #path(folder: SpoolFolder, id: string): string {
    if (!isUlid(id)) throw new AgentError("SPOOL_DOCUMENT_REFUSED", `id ${JSON.stringify(id)}`);
    return join(this.root, folder, id);
  }
}
