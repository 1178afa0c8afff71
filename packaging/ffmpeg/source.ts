// The sources of ffmpeg and x264 as Debian has them, fetched and verified by apt, whatever Debian this machine runs.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A file of a source package. */
export interface SourceFile {
  readonly name: string;
  /** "SHA256:…", as the signed list has it. */
  readonly digest: string;
}

const KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Fixes of ffmpeg's come as new versions, by the archive of security updates first. */
const ARCHIVES = ["debian trixie", "debian trixie-updates", "debian-security trixie-security"];
const LISTS_LAST_MS = 24 * 60 * 60 * 1000;
/** Of x264 what its makers wrote: Debian changes its packaging only, and we feed it nothing but our own pictures. */
const WANTED = [["ffmpeg"], ["--tar-only", "x264"]];

/** Debian's newest sources, by way of a folder that is kept. */
export class DebianSources {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    for (const name of ["lists/partial", "cache/archives/partial", "files"])
      mkdirSync(join(folder, name), { recursive: true });
    const lines = ARCHIVES.map((archive) => `deb-src [signed-by=${KEYS}] http://deb.debian.org/${archive} main\n`);
    writeFileSync(join(folder, "sources.list"), lines.join(""));
  }

  /** Where the files are after {@link fetch}. */
  get files(): string {
    return join(this.#folder, "files");
  }

  /**
   * Which files make up the newest versions. Asks the archives at most once a day; when they do not answer, what they said last
   * counts. `now`: milliseconds since 1970.
   *
   * @throws Error of apt's when nothing is known.
   */
  newest(now: number): SourceFile[] {
    const lists = join(this.#folder, "lists");
    const known = readdirSync(lists).filter((name) => name.includes("Sources"));
    const asked = join(this.#folder, "asked");
    const fresh = known.length > 0 && now - (statSync(asked, { throwIfNoEntry: false })?.mtimeMs ?? 0) < LISTS_LAST_MS;
    if (!fresh) {
      try {
        this.#apt(["update", "-qq", "--error-on=any"]);
        writeFileSync(asked, "");
      } catch (error) {
        if (known.length === 0) throw error;
      }
    }
    // Elsewhere than where they are kept: apt names only what is not there yet.
    const source = (wanted: readonly string[]): string => this.#source(["--print-uris", ...wanted], this.#folder);
    return WANTED.flatMap((wanted) => source(wanted).split("\n")).flatMap((line) => {
      const [, name, digest] = /^'.+' (\S+) \d+ (SHA256:\w+)$/.exec(line) ?? [];
      return name && digest ? [{ name, digest }] : [];
    });
  }

  /** @throws Error of apt's when they cannot be had, or are not what the list says. */
  fetch(): void {
    for (const wanted of WANTED) this.#source(["--download-only", ...wanted], this.files);
  }

  #source(args: readonly string[], folder: string): string {
    return this.#apt(["source", "-qq", "--only-source", ...args], folder);
  }

  #apt(args: readonly string[], folder = this.#folder): string {
    const at = (name: string): string => join(this.#folder, name);
    const own = {
      "Dir::Etc::sourcelist": at("sources.list"),
      "Dir::Etc::sourceparts": "-",
      "Dir::State::lists": at("lists"),
      "Dir::Cache": at("cache"),
      "Acquire::Languages": "none",
      "Acquire::Retries": "3",
      // The folder is ours, and apt's own user cannot write there.
      "APT::Sandbox::User": "root",
    };
    const options = Object.entries(own).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
    return execFileSync("apt-get", [...options, ...args], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
}
