// What goes onto the card: how exposed the units are by systemd's own measure, beside motion's and a plain service's, and what the
// package weighs beside its Node alone.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { read, ROOT } from "../repository/sources.ts";
import type { Figure } from "./ledger.bench.ts";

const PLAIN = "[Service]\nExecStart=/usr/bin/node /opt/app.js\nUser=app\nRestart=always\n";

/** systemd's word for it, 0 to 10, from the unit's text alone. */
function exposure(folder: string, name: string, unit: string): number {
  const file = join(folder, `${name}.service`);
  writeFileSync(file, unit);
  const report = execFileSync("systemd-analyze", ["security", "--offline=true", file], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return Number(/exposure level.*: ([\d.]+)/.exec(report)![1]);
}

/** The unit that Debian's motion comes with; undefined where its package cannot be fetched. */
function motionsUnit(folder: string): string | undefined {
  const { status } = spawnSync("apt-get", ["-q", "download", "motion"], { cwd: folder, stdio: "ignore" });
  const file = readdirSync(folder).find((name) => /^motion_.*\.deb$/.test(name));
  if (status !== 0 || !file) return undefined;
  const inside = execFileSync("dpkg-deb", ["--contents", join(folder, file)], { encoding: "utf8" });
  const path = /\.\S+\/motion\.service$/m.exec(inside)?.[0];
  if (!path) return undefined;
  return execFileSync("sh", ["-c", `dpkg-deb --fsys-tarfile "$1" | tar -xO "$2"`, "sh", join(folder, file), path], {
    encoding: "utf8",
  });
}

export function exposureFigures(): Figure[] {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-bench-"));
  try {
    const motion = motionsUnit(folder);
    const others = `a plain Node service ${exposure(folder, "plain", PLAIN)}, motion's own unit ${motion === undefined ? "not to be had" : exposure(folder, "motion", motion)}`;
    return (["recorder", "publisher", "page"] as const).map((role) => ({
      name: `systemd-analyze security: ${role}`,
      ratio: exposure(folder, `doorstep-${role}`, read(`systemd/doorstep-${role}.service`)),
      wanted: role === "recorder" ? "<= 2.0" : "<= 1.5",
      detail: others,
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** KiB of a folder or a file. */
const kib = (path: string): number =>
  Number(execFileSync("du", ["-k", "-s", "--apparent-size", path], { encoding: "utf8" }).split("\t")[0]);

/** The package for a Raspberry Pi, beside a package of nothing but the same Node, stripped and packed in the same way. */
export function sizeFigures(): Figure[] {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-bench-"));
  try {
    const build = join(ROOT, "packaging/deb/build.ts");
    execFileSync(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", build, "--arch", "arm64", "--out", folder],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    const ours = join(
      folder,
      readdirSync(folder).find((name) => name.endsWith(".deb"))!,
    );
    const installed = join(folder, "installed");
    execFileSync("dpkg-deb", ["--extract", ours, installed]);
    const alone = join(folder, "alone/usr/lib/doorstep");
    mkdirSync(join(folder, "alone/DEBIAN"), { recursive: true });
    mkdirSync(alone, { recursive: true });
    execFileSync("cp", [join(installed, "usr/lib/doorstep/node"), alone]);
    writeFileSync(
      join(folder, "alone/DEBIAN/control"),
      "Package: node\nVersion: 1\nArchitecture: arm64\nMaintainer: nobody <nobody@example.org>\nDescription: Node alone\n",
    );
    const node = join(folder, "node.deb");
    execFileSync("dpkg-deb", ["--root-owner-group", "-Zxz", "-z6", "--build", join(folder, "alone"), node], {
      stdio: "ignore",
    });
    const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
    const sizes = [ours, node].map((file) => statSync(file).size);
    const trees = [installed, join(folder, "alone/usr")].map(kib);
    return [
      {
        name: "the .deb / one of its Node alone",
        ratio: sizes[0]! / sizes[1]!,
        wanted: "<= 1.5",
        detail: `${mb(sizes[0]!)} MB, ${mb(sizes[1]!)} MB`,
      },
      {
        name: "installed / its Node alone",
        ratio: trees[0]! / trees[1]!,
        wanted: "<= 1.5",
        detail: `${mb(trees[0]! * 1024)} MB, ${mb(trees[1]! * 1024)} MB`,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
