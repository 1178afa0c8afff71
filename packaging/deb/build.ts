// `make deb`: writes doorstep_VERSION_ARCH.deb for a Raspberry Pi (arm64) and a PC (amd64) into dist/, built on either.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { program } from "../../agent/cli/program.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { FfmpegBuilder, type SmallFfmpeg } from "../ffmpeg/build.ts";
import { type Arch, control, DEBIAN_ARCH } from "./control.ts";
import { manPage } from "./man-page.ts";
import { stage } from "./stage.ts";

const SOURCE = resolve(import.meta.dirname, "../..");
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const quiet = { stdio: ["ignore", "pipe", "inherit"] as ["ignore", "pipe", "inherit"] };

const { values } = parseArgs({
  options: {
    arch: { type: "string", multiple: true, default: ["arm64", "x64"] },
    out: { type: "string", default: join(SOURCE, "dist") },
    /** For trying an upgrade. */
    version: { type: "string" },
    /** gzip in place of xz: larger, and there in a few seconds. */
    fast: { type: "boolean", default: false },
  },
});
const { version: own } = JSON.parse(readFileSync(join(SOURCE, "package.json"), "utf8")) as { version: string };
const version = values.version ?? own;
/** Of the last commit, so that the same sources make the same package; SOURCE_DATE_EPOCH as everywhere. */
const at = Number(process.env["SOURCE_DATE_EPOCH"] ?? lastCommit("%ct", "0"));
/** Whoever builds it, as Debian's tools are told; else who made the last commit. */
const { DEBFULLNAME: builder, DEBEMAIL: address } = process.env;
const maintainer = address
  ? `${builder ?? "Doorstep"} <${address}>`
  : lastCommit("%an <%ae>", "Doorstep, built without DEBEMAIL <root@localhost>");
const work = mkdtempSync(join(tmpdir(), "doorstep-deb-"));
const arches = values.arch as Arch[];
try {
  const ffmpegs = await smallFfmpegs();
  for (const [index, arch] of arches.entries()) await build(arch, ffmpegs[index]);
} finally {
  rmSync(work, { recursive: true });
}

async function build(arch: Arch, ffmpeg: SmallFfmpeg | undefined): Promise<void> {
  const root = join(work, arch);
  mkdirSync(root, { mode: 0o755 });
  const about = { version, manPage: await page(), maintainer, at, ...(ffmpeg && { ffmpeg }) };
  stage({ source: SOURCE, modules: dependencies(arch), root, arch, ...about });
  describe(root, arch, ffmpeg);
  execFileSync("find", [root, "-exec", "touch", "--no-dereference", `--date=@${at}`, "{}", "+"], quiet);
  mkdirSync(values.out, { recursive: true });
  const file = join(values.out, `doorstep_${version}_${DEBIAN_ARCH[arch]}.deb`);
  const compression = values.fast ? ["-Zgzip", "-z1"] : ["-Zxz", "-z6"];
  execFileSync("dpkg-deb", ["--root-owner-group", ...compression, "--build", root, file], {
    ...quiet,
    env: { ...process.env, SOURCE_DATE_EPOCH: String(at) },
  });
  rmSync(root, { recursive: true });
  say(`${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
}

/** All at once: half of the time is spent on asking a compiler what it can do. Without one the package recommends Debian's. */
async function smallFfmpegs(): Promise<(SmallFfmpeg | undefined)[]> {
  try {
    const builder = new FfmpegBuilder(join(SOURCE, ".cache/ffmpeg"), Date.now());
    const built = await Promise.all(arches.map((arch) => builder.build(arch)));
    mkdirSync(values.out, { recursive: true });
    builder.pack(join(values.out, `doorstep_${version}_ffmpeg-source.tar`), arches, at);
    return built;
  } catch (error) {
    say(`  ffmpeg was not built: ${String(error).split("\n").slice(0, 4).join("; ")}`);
    say("  the packages recommend Debian's in its place, with 40 MB more of memory for each picture that is made");
    return [];
  }
}

/** Production dependencies as npm installs them on that machine; no script of theirs is run. */
function dependencies(arch: Arch): string {
  const folder = join(work, `${arch}-modules`);
  mkdirSync(folder);
  for (const file of ["package.json", "package-lock.json"]) copyFileSync(join(SOURCE, file), join(folder, file));
  const machine = [`--cpu=${arch}`, "--os=linux", "--libc=glibc"];
  execFileSync(
    "npm",
    ["ci", "--omit=dev", ...machine, "--ignore-scripts", "--loglevel=error", "--no-audit", "--no-fund"],
    { ...quiet, cwd: folder },
  );
  buildEpoll(folder, arch);
  return join(folder, "node_modules");
}

/** onoff's only compiled part, against the headers of the Node that goes along. Without a compiler gpiomon reads the lines. */
function buildEpoll(folder: string, arch: Arch): void {
  // Node for another machine would be the first `node` that npm finds.
  rmSync(join(folder, "node_modules/.bin/node"), { force: true });
  const cross = arch === "arm64" && process.arch !== "arm64";
  const tools = cross
    ? {
        CC: "aarch64-linux-gnu-gcc",
        CXX: "aarch64-linux-gnu-g++",
        AR: "aarch64-linux-gnu-ar",
        LINK: "aarch64-linux-gnu-g++",
        npm_config_arch: arch,
      }
    : {};
  try {
    execFileSync(
      "npm",
      ["rebuild", "epoll", "--loglevel=error", `--nodedir=${join(folder, "node_modules", `node-linux-${arch}`)}`],
      { cwd: folder, env: { ...process.env, ...tools }, stdio: "ignore" },
    );
  } catch {
    // Whether it was built is looked at below: npm's word for a failure is not for our readers.
  }
  if (!existsSync(join(folder, "node_modules/epoll/build/Release/epoll.node")))
    say(`  ${DEBIAN_ARCH[arch]}: epoll was not built (no g++ for it here): GPIO goes through gpiod, not onoff`);
}

function describe(root: string, arch: Arch, ffmpeg: SmallFfmpeg | undefined): void {
  const debian = join(root, "DEBIAN");
  const installedKiB = Number(
    execFileSync("du", ["-k", "-s", "--apparent-size", root], { encoding: "utf8" }).split("\t")[0],
  );
  mkdirSync(debian, { mode: 0o755 });
  writeFileSync(
    join(debian, "control"),
    control({ version, arch, installedKiB, maintainer, ...(ffmpeg && { ffmpeg }) }),
  );
  writeFileSync(join(debian, "conffiles"), "/etc/doorstep/doorstep.toml\n");
  for (const script of readdirSync(join(SOURCE, "packaging/debian")).filter((name) =>
    /^(pre|post)(inst|rm)$/.test(name),
  ))
    writeFileSync(join(debian, script), readFileSync(join(SOURCE, "packaging/debian", script)), { mode: 0o755 });
  writeFileSync(join(debian, "md5sums"), checksums(root));
}

function checksums(root: string): string {
  return execFileSync("sh", ["-c", "find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
}

async function page(): Promise<string> {
  const unused = (): Promise<never> => Promise.reject(new RangeError("only its help is asked for"));
  const nowhere = new AbortController().signal;
  const io = { out() {}, err() {}, exit() {}, terminal: false, columns: 100, timeZone: "UTC", interrupted: nowhere };
  const setting = { io: { ...io, defaultState: "/var/lib/doorstep" }, clock: new SystemClock(), version };
  const root = await program(
    { ...setting, launch: () => Promise.resolve(), recordings: unused, pictures: unused, pdfs: unused, light: unused },
    [],
  );
  return manPage(root, version, new Date(at * 1000).toISOString().slice(0, 10));
}

/** What git says of it in its own format, or `otherwise` where there is no git. */
function lastCommit(format: string, otherwise: string): string {
  try {
    return execFileSync("git", ["log", "-1", `--format=${format}`], { cwd: SOURCE, encoding: "utf8" }).trim();
  } catch {
    return otherwise;
  }
}
