// Takes over the configuration that an owner has put on the boot partition of the card: on the first start, and whenever that
// file has been changed since. Run by root before the recorder starts; the only part of Doorstep that writes below /etc.
//
// Which copy counts: the one that was changed last, as far as we can know. A file on the boot partition that is not the one we
// took last time was edited there since, and wins; what stood in /etc is kept beside it. As long as it stays as it is, /etc
// counts, and edits made there stay. An invalid file is taken too: it closes sharing, and the status says which line to mend.
import { createHash } from "node:crypto";
import { chmod, chown, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Fault } from "../../config/config.ts";
import { readConfigBytes } from "../../config/read.ts";
import { syncFolder } from "../durable.ts";
import { SECRET_FILES, setupCode, takeSecrets } from "./secrets.ts";

export interface TakeOverPaths {
  /** The boot partition: /boot/firmware. */
  readonly boot: string;
  /** /etc/doorstep/doorstep.toml. */
  readonly config: string;
  /** /var/lib/doorstep, whose owner is the recorder's user. */
  readonly state: string;
  /** /var/lib/doorstep-boot, root's: what was taken last. */
  readonly memory: string;
  /** Put before {@link SECRET_FILES}, for tests. */
  readonly root?: string;
}

export interface TakeOver {
  readonly outcome: "no file" | "unchanged" | "taken" | "not readable";
  /** What went into files of its own. */
  readonly secrets: readonly ("mqtt.password" | "review.password" | "setup_code")[];
  /** What did not go as it should, in words for the owner. */
  readonly problems: readonly string[];
}

/** @throws the operating system's own error when the device's own card cannot be written: nothing was lost, and it may be tried again. */
export async function takeOver(paths: TakeOverPaths): Promise<TakeOver> {
  const source = join(paths.boot, "doorstep.toml");
  const bytes = await readConfigBytes(source);
  if (!(bytes instanceof Uint8Array)) return unreadable(bytes);
  const memory = join(paths.memory, "taken.sha256");
  const last = await readFile(memory, "utf8").catch(() => "");
  if (last === digest(bytes)) return { outcome: "unchanged", secrets: [], problems: [] };

  const taken = takeSecrets(textOf(bytes));
  const problems: string[] = [];
  const { secrets, problem } = await putSecrets(paths, taken);
  if (problem) problems.push(problem);
  const clean = Buffer.from(taken.text);
  await keepFormer(paths.config, clean, last);
  await put(paths.config, clean, { mode: 0o644 });
  let left: Uint8Array = clean;
  if (!clean.equals(bytes) && !(await blank(source, bytes, clean))) {
    left = bytes;
    problems.push(
      secrets.length
        ? "the boot partition cannot be written: the password still stands in doorstep.toml there, remove it"
        : "the boot partition cannot be written",
    );
  }
  // Last: a power cut before this takes the same file once more, and nothing changes.
  await mkdir(paths.memory, { recursive: true, mode: 0o700 });
  await put(memory, Buffer.from(digest(left)), { mode: 0o600 });
  return { outcome: "taken", secrets, problems };
}

function unreadable({ code, found }: Fault): TakeOver {
  if (code === "CONFIG_FILE_MISSING") return { outcome: "no file", secrets: [], problems: [] };
  return { outcome: "not readable", secrets: [], problems: [`doorstep.toml on the boot partition: ${found}`] };
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Notepad's "Unicode" is UTF-16; what is no text at all is left for the reader of configurations to refuse. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8").decode(bytes);
}

async function putSecrets(
  { state, root = "" }: TakeOverPaths,
  taken: ReturnType<typeof takeSecrets>,
): Promise<{ secrets: TakeOver["secrets"]; problem?: string }> {
  const secrets: TakeOver["secrets"][number][] = [];
  const recorder = await stat(state);
  if (taken.mqtt !== undefined) {
    await put(join(root, SECRET_FILES.mqtt), Buffer.from(`${taken.mqtt}\n`), { mode: 0o600 });
    secrets.push("mqtt.password");
  }
  if (taken.review !== undefined) {
    // The recorder compares it with what is typed on the page.
    await put(join(root, SECRET_FILES.review), Buffer.from(`${taken.review}\n`), { mode: 0o640, gid: recorder.gid });
    secrets.push("review.password");
  }
  if (taken.setupCode === undefined) return { secrets };
  const code = setupCode(taken.setupCode);
  if (code === undefined)
    return { secrets, problem: "setup_code needs at least 8 letters or digits, and no other signs: write another one" };
  // The recorder's own: it removes the file when the code is used, and that is what makes it a one-time code.
  const keys = join(state, "keys");
  await mkdir(keys, { recursive: true, mode: 0o700 });
  await chown(keys, recorder.uid, recorder.gid);
  await put(join(keys, "setup-code"), Buffer.from(`${code}\n`), { mode: 0o600, uid: recorder.uid, gid: recorder.gid });
  secrets.push("setup_code");
  return { secrets };
}

/** What an owner has written in /etc, and is neither ours nor what comes now, is kept beside it. */
async function keepFormer(config: string, coming: Buffer, last: string): Promise<void> {
  const former = await readFile(config).catch(() => undefined);
  if (!former || former.equals(coming) || digest(former) === last) return;
  await put(`${config}.before`, former, { mode: 0o644 });
}

/** Over the old bytes first, then the new file: FAT keeps what was merely replaced. False if the partition cannot be written. */
async function blank(file: string, old: Uint8Array, clean: Buffer): Promise<boolean> {
  try {
    await using handle = await open(file, "r+");
    await handle.write(Buffer.alloc(old.length, "#"), 0, old.length, 0);
    await handle.sync();
    await put(file, clean, {});
    return true;
  } catch {
    return false;
  }
}

interface Ownership {
  /** FAT has none. */
  readonly mode?: number;
  /** Ours, when absent. */
  readonly uid?: number;
  readonly gid?: number;
}

/** chown(2). */
const UNCHANGED = -1;

/** The old bytes or all of the new ones, with their owner before they have their name. */
async function put(file: string, data: Uint8Array, { mode, uid, gid }: Ownership): Promise<void> {
  const beside = `${file}.new`;
  await mkdir(dirname(file), { recursive: true });
  try {
    {
      await using handle = await open(beside, "w", 0o600);
      await handle.writeFile(data);
      await handle.sync();
    }
    if (uid !== undefined || gid !== undefined) await chown(beside, uid ?? UNCHANGED, gid ?? UNCHANGED);
    if (mode !== undefined) await chmod(beside, mode);
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}
