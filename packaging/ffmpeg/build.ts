// Builds the small ffmpeg of the Debian package from Debian's sources, once for each version and configuration; kept in .cache.
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Arch, DEBIAN_ARCH } from "../deb/control.ts";
import { type Step, steps, TRIPLET } from "./parts.ts";
import { DebianSources, type SourceFile } from "./source.ts";

const run = promisify(execFile);
/** A compiler may have much to say. */
const ROOM = { maxBuffer: 64 * 1024 * 1024 };

/** One that has been built. */
export interface SmallFfmpeg {
  /** Where the program is. */
  readonly program: string;
  /** Debian's version of the source, "7.1.5-0+deb13u1". */
  readonly version: string;
  /** The oldest libc it runs with, "2.35". */
  readonly libc: string;
}

/** Finds or builds it for machines. */
export class FfmpegBuilder {
  readonly #folder: string;
  readonly #sources: DebianSources;
  readonly #wanted: readonly SourceFile[];

  /**
   * `folder` keeps what was fetched and built. `now`: milliseconds since 1970.
   *
   * @throws Error when Debian's sources are neither known nor to be had.
   */
  constructor(folder: string, now: number) {
    this.#folder = folder;
    this.#sources = new DebianSources(join(folder, "debian"));
    this.#wanted = this.#sources.newest(now);
  }

  /** @throws Error when a compiler or a source is missing: with what it said. */
  async build(arch: Arch): Promise<SmallFfmpeg> {
    // Another compiler makes another program.
    const compiler = execFileSync(compilerOf(arch), ["--version"], { encoding: "utf8" });
    const origin = JSON.stringify([this.#wanted, stepsOf(arch), compiler]);
    const key = createHash("sha256").update(origin).digest("hex").slice(0, 16);
    const kept = join(this.#folder, `${arch}-${key}`);
    const program = join(kept, "ffmpeg");
    if (!existsSync(program)) {
      this.#sources.fetch();
      await this.#make(stepsOf(arch), kept);
    }
    return { program, version: this.#version, libc: oldestLibc(program, arch) };
  }

  /**
   * Packs what it was built from, as the licence wants it handed out with the program: Debian's files, and how they were
   * configured. `at`: seconds since 1970, for every file.
   */
  pack(archive: string, arches: readonly Arch[], at: number): void {
    this.#sources.fetch();
    const told = arches.map((arch) => {
      const lines = stepsOf(arch).map(({ in: folder, command }) => `in ${folder}: ${command.map(quoted).join(" ")}\n`);
      return `For ${DEBIAN_ARCH[arch]}, on ${DEBIAN_ARCH[process.arch as Arch]}:\n\n${lines.join("")}\n`;
    });
    const notes = join(this.#sources.files, "HOW-IT-WAS-BUILT");
    writeFileSync(notes, `By packaging/ffmpeg of Doorstep's sources.\n\n${told.join("")}`);
    const constant = ["--sort=name", `--mtime=@${at}`, "--owner=0", "--group=0", "--numeric-owner", "--mode=644"];
    const names = ["HOW-IT-WAS-BUILT", ...this.#wanted.map(({ name }) => name)];
    execFileSync("tar", ["-C", this.#sources.files, ...constant, "-cf", archive, ...names]);
  }

  get #version(): string {
    return this.#named(/^ffmpeg_(.+)\.dsc$/)[1]!;
  }

  #named(pattern: RegExp): RegExpExecArray {
    for (const { name } of this.#wanted) {
      const found = pattern.exec(name);
      if (found) return found;
    }
    throw new Error(`Debian's list of sources has no ${pattern.source}`);
  }

  async #make(steps: readonly Step[], kept: string): Promise<void> {
    const work = mkdtempSync(join(this.#folder, "work-"));
    const at = (name: string): string => join(work, name);
    const file = (pattern: RegExp): string => join(this.#sources.files, this.#named(pattern)[0]);
    try {
      mkdirSync(at("x264"));
      await run("tar", ["-xf", file(/^x264_.+\.orig\.tar\..+$/), "--strip-components=1", "-C", at("x264")]);
      await run("dpkg-source", ["--no-check", "-x", file(/^ffmpeg_.+\.dsc$/), at("ffmpeg")]);
      const env = { ...process.env, MAKEFLAGS: `-j${availableParallelism()}` };
      for (const { in: folder, command } of steps)
        await run(command[0]!, command.slice(1), { cwd: at(folder), env, ...ROOM });
      mkdirSync(at("kept"));
      renameSync(at("ffmpeg/ffmpeg"), at("kept/ffmpeg"));
      rmSync(kept, { recursive: true, force: true });
      renameSync(at("kept"), kept);
    } finally {
      rmSync(work, { recursive: true });
    }
  }
}

const compilerOf = (arch: Arch): string => (arch === process.arch ? "gcc" : `${TRIPLET[arch]}-gcc`);
const stepsOf = (arch: Arch): Step[] => steps(arch, arch !== process.arch);

/** Of the symbols that it takes from libc, the newest. */
function oldestLibc(program: string, arch: Arch): string {
  const objdump = arch === process.arch ? "objdump" : `${TRIPLET[arch]}-objdump`;
  const symbols = execFileSync(objdump, ["-T", program], { encoding: "utf8", ...ROOM });
  return Array.from(symbols.matchAll(/GLIBC_(\d+\.\d+)/g), ([, version]) => version!).reduce((a, b) =>
    a.localeCompare(b, "en", { numeric: true }) < 0 ? b : a,
  );
}

const quoted = (word: string): string => (/^[\w=,./+-]+$/.test(word) ? word : `'${word}'`);
