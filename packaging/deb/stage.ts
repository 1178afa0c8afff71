// Lays out, below a folder, every file that the Debian package installs.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { type Arch, type Passenger, changelog, copyright } from "./control.ts";
import { keeps } from "./keep.ts";
import { narrow } from "./narrow.ts";
import { strip } from "./strip.ts";

export interface StageOptions {
  /** The checkout. */
  readonly source: string;
  /** A folder with the production dependencies of `arch`, as `npm ci` laid them out. */
  readonly modules: string;
  /** Where to. */
  readonly root: string;
  readonly arch: Arch;
  readonly version: string;
  /** doorstep(1). */
  readonly manPage: string;
  /** For the changelog: "Name <address>", and seconds since 1970. */
  readonly maintainer: string;
  readonly at: number;
  /** The ffmpeg that comes along, if one could be built: where it is, and its version. */
  readonly ffmpeg?: { readonly program: string; readonly version: string };
}

const HOME = "usr/lib/doorstep";
const DOC = "usr/share/doc/doorstep";

/** What stands where, besides the sources and the dependencies. */
const PLACES: readonly (readonly [from: string, to: string, mode: number])[] = [
  ["packaging/launcher", `${HOME}/doorstep`, 0o755],
  ["config/doorstep.toml", "etc/doorstep/doorstep.toml", 0o644],
  ["docs/reference/doorstep.example.toml", `${DOC}/doorstep.example.toml`, 0o644],
  ["docs/guide/limits.md", `${DOC}/limits.md`, 0o644],
  ["packaging/debian/lintian-overrides", "usr/share/lintian/overrides/doorstep", 0o644],
  ["systemd/sysusers.conf", "usr/lib/sysusers.d/doorstep.conf", 0o644],
  ["systemd/tmpfiles.conf", "usr/lib/tmpfiles.d/doorstep.conf", 0o644],
  ["systemd/60-doorstep.rules", "usr/lib/udev/rules.d/60-doorstep.rules", 0o644],
];

export function stage(options: StageOptions): void {
  const { source, root, version, manPage, maintainer, at, ffmpeg } = options;
  for (const [from, to, mode] of PLACES) put(join(root, to), readFileSync(join(source, from)), mode);
  for (const unit of readdirSync(join(source, "systemd")).filter((name) =>
    /\.(service|socket|target|path)$/.test(name),
  ))
    put(join(root, "usr/lib/systemd/system", unit), readFileSync(join(source, "systemd", unit)));
  for (const room of ["agent", "config", "drivers"]) sources(join(source, room), join(root, HOME, room));
  put(
    join(root, HOME, "package.json"),
    Buffer.from(`${JSON.stringify({ name: "doorstep-agent", version, private: true, type: "module" })}\n`),
  );
  mkdirSync(join(root, "usr/bin"), { recursive: true });
  symlinkSync("../lib/doorstep/doorstep", join(root, "usr/bin/doorstep"));
  const passengers = dependencies(options);
  node(options);
  if (ffmpeg) put(join(root, HOME, "bin/ffmpeg"), readFileSync(ffmpeg.program), 0o755);
  stripBinaries(join(root, HOME), options.arch);
  const licence = readFileSync(join(source, "LICENSE"), "utf8");
  put(join(root, DOC, "copyright"), Buffer.from(copyright(licence, passengers, ffmpeg?.version)));
  put(join(root, DOC, "changelog.gz"), gzip(changelog({ version, maintainer, at })));
  put(join(root, "usr/share/man/man1/doorstep.1.gz"), gzip(manPage));
}

/** Our own sources from a folder to another, types blanked out; whatever else stands among them goes along as it is. */
export function sources(from: string, to: string): void {
  for (const path of filesBelow(from)) {
    const bytes = readFileSync(join(from, path));
    if (path.endsWith(".d.ts")) continue;
    // Narrow first: types that are wide would be blanked out with wide blanks.
    if (path.endsWith(".ts"))
      put(join(to, path.replace(/\.ts$/, ".js")), Buffer.from(strip(narrow(bytes.toString("utf8")))));
    else put(join(to, path), bytes, bytes.subarray(0, 2).toString("latin1") === "#!" ? 0o755 : 0o644);
  }
}

function dependencies({ modules, root, arch }: StageOptions): Passenger[] {
  const passengers = new Map<string, Passenger>();
  for (const path of filesBelow(modules)) {
    const [, folder, name, rest] = /^((?:.*\/node_modules\/)?((?:@[^/]+\/)?[^/]+))\/(.+)$/.exec(path) ?? [];
    if (folder === undefined || name === undefined || rest === undefined || path.startsWith(".")) continue;
    if (name.startsWith("node-linux-") || !keeps(name, rest, arch)) continue;
    const bytes = readFileSync(join(modules, path));
    if (rest === "package.json" && !passengers.has(folder)) passengers.set(folder, passenger(bytes));
    const isCode = /\.[cm]?js$/.test(path);
    put(join(root, HOME, "node_modules", path), isCode ? Buffer.from(narrow(bytes.toString("utf8"))) : bytes);
  }
  return Array.from(passengers.values())
    .filter(({ version }) => version !== "")
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function passenger(bytes: Buffer): Passenger {
  const facts = JSON.parse(bytes.toString("utf8")) as { name?: string; version?: string; license?: unknown };
  const { name = "", version = "", license } = facts;
  return { name, version, licence: typeof license === "string" ? license : "see its own notice" };
}

function node({ modules, root, arch }: StageOptions): void {
  const from = join(modules, `node-linux-${arch}`);
  put(join(root, HOME, "node"), readFileSync(join(from, "bin/node")), 0o755);
  put(join(root, DOC, "LICENSE.node"), readFileSync(join(from, "LICENSE")));
}

/** Machine code without its symbols, which nobody here reads: 20 MB less. */
function stripBinaries(folder: string, arch: Arch): void {
  const program = arch === "arm64" && process.arch !== "arm64" ? "aarch64-linux-gnu-strip" : "strip";
  const files = filesBelow(folder).filter((path) => path === "node" || path.endsWith(".node"));
  execFileSync(program, ["--strip-unneeded", ...files], { cwd: folder });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function put(path: string, bytes: Buffer, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, bytes);
  chmodSync(path, mode);
}

/** The same bytes whenever it is built. */
const gzip = (text: string): Buffer => gzipSync(Buffer.from(text), { level: 9 });
