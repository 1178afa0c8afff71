// The script that cloud-init runs on a card's first start, against a boot partition in a folder and stand-ins for dpkg and apt.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ROOT } from "../repository/sources.ts";

const SCRIPT = join(ROOT, "packaging/first-boot/vendor-data");
let folder: string;
let boot: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-"));
  boot = join(folder, "boot");
  for (const name of [boot, join(folder, "per-boot"), join(folder, "bin")]) mkdirSync(name);
  program(
    "dpkg",
    `case $1 in --print-architecture) echo arm64 ;; --compare-versions) exec /usr/bin/dpkg "$@" ;; *) log dpkg "$@" ;; esac`,
  );
  program("dpkg-deb", `case $3 in Version) sed -n 1p "$2" | grep . ;; Architecture) sed -n 2p "$2" ;; esac`);
  program("dpkg-query", `[ ! -e ${folder}/installed ] || { cat ${folder}/installed; exit; }; exit 1`);
  program("apt-get", `log apt-get "$@"; [ ! -e ${folder}/offline ]`);
  program("df", `echo Avail; echo \${FREE_KIB:-2000000}`);
  program("findmnt", `echo "\${ROOT_MOUNT:-ext4 rw,noatime}"`);
  program("systemctl", `log systemctl "$@"`);
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(name: string, body: string): void {
  const file = join(folder, "bin", name);
  writeFileSync(file, `#!/bin/sh\nlog() { echo "$*" >>${folder}/log; }\n${body}\n`);
  chmodSync(file, 0o755);
}
const put = (name: string, version: string, architecture = "arm64"): void =>
  writeFileSync(join(boot, name), `${version}\n${architecture}\n`);
const status = (): string => readFileSync(join(boot, "doorstep-status.txt"), "utf8");
const log = (): string => (existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8") : "");

function start(more: Record<string, string> = {}, script = SCRIPT): number | null {
  const env = {
    PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
    DOORSTEP_BOOT: boot,
    DOORSTEP_PER_BOOT: join(folder, "per-boot"),
    DOORSTEP_MEMORY: folder,
  };
  return spawnSync("sh", [script], { env: { ...env, ...more }, stdio: "ignore" }).status;
}

test("it is a script that cloud-init takes for one, and a shell reads without complaint", () => {
  expect(readFileSync(SCRIPT, "utf8")).toMatch(/^#!\/bin\/sh\n/);
  execFileSync("sh", ["-n", SCRIPT]);
});

test("the first start installs the package beside it, and keeps a copy for later starts", () => {
  put("doorstep_0.1.0_arm64.deb", "0.1.0");

  expect(start()).toBe(0);

  expect(log()).toMatch(/^apt-get install \S+\/doorstep_0\.1\.0_arm64\.deb .*--force-confold/m);
  expect(status()).toContain("Doorstep 0.1.0 is being installed");
  expect(readFileSync(join(folder, "per-boot/doorstep-install"), "utf8")).toBe(readFileSync(SCRIPT, "utf8"));
});

test("without a network it is installed with what the image has", () => {
  put("doorstep_0.1.0_arm64.deb", "0.1.0");
  writeFileSync(join(folder, "offline"), "");

  expect(start()).toBe(0);

  expect(log()).toMatch(/--no-download .*\n.*dpkg --force-confold --install \S+doorstep_0\.1\.0_arm64\.deb/s);
});

test("of two packages the newer is taken, not the one that comes last in the alphabet", () => {
  put("doorstep_0.10.0_arm64.deb", "0.10.0");
  put("doorstep_0.9.0_arm64.deb", "0.9.0");

  start();

  expect(log()).toContain("doorstep_0.10.0_arm64.deb");
  expect(log()).not.toContain("doorstep_0.9.0_arm64.deb");
});

test("a later start with the same package does nothing, and leaves the agent's own status alone", () => {
  put("doorstep_0.1.0_arm64.deb", "0.1.0");
  writeFileSync(join(folder, "installed"), "0.1.0 install ok installed");
  writeFileSync(join(boot, "doorstep-status.txt"), "the agent's own");

  expect(start()).toBe(0);

  expect(log()).toBe("");
  expect(status()).toBe("the agent's own");
});

test("what a first start without a network left out is fetched once there is one, and not again", () => {
  put("doorstep_0.1.0_arm64.deb", "0.1.0");
  program("dpkg-query", `case $4 in doorstep) echo "0.1.0 install ok installed" ;; *) exit 1 ;; esac`);
  writeFileSync(join(folder, "offline"), "");
  start();
  expect(log()).toBe("apt-get update -q\n");

  rmSync(join(folder, "offline"));
  start();
  start();

  expect(log().match(/update/g)).toHaveLength(2);
  expect(log()).toContain("--no-install-recommends alsa-utils");
});

test("a newer package that was dropped on the card is installed at the next start", () => {
  put("doorstep_0.2.0_arm64.deb", "0.2.0");
  writeFileSync(join(folder, "installed"), "0.1.0 install ok installed");

  start();

  expect(log()).toContain("doorstep_0.2.0_arm64.deb");
});

test.each([
  ["no package at all", () => {}, "There is no doorstep_VERSION_arm64.deb"],
  [
    "a package for another machine",
    () => put("doorstep_0.1.0_amd64.deb", "0.1.0", "amd64"),
    "not for this system (arm64)",
  ],
  ["half a package", () => writeFileSync(join(boot, "doorstep_0.1.0_arm64.deb"), ""), "damaged"],
])("with %s, the owner reads what to do", (_, prepare, text) => {
  prepare();

  expect(start()).toBe(1);

  expect(status()).toContain(text);
  expect(log()).not.toContain("install");
});

test("with 50 MB free nothing is begun, and the owner reads why", () => {
  put("doorstep_0.1.0_arm64.deb", "0.1.0");

  expect(start({ FREE_KIB: "51200" })).toBe(1);

  expect(status()).toContain("50 MB are free, and it takes 400");
  expect(log()).toBe("");
});

test.each([
  ["an overlay", "overlay rw,relatime,lowerdir=/media/root-ro", "forgets everything at each start"],
  ["read-only", "ext4 ro,noatime", "read-only"],
])("on a system disk that is %s nothing is begun, and the owner reads why", (_, mount, text) => {
  put("doorstep_0.1.0_arm64.deb", "0.1.0");

  expect(start({ ROOT_MOUNT: mount })).toBe(1);

  expect(status()).toContain(text);
  expect(log()).toBe("");
});

test("with a clock in 1970, when no mirror's signature is valid yet, it is installed with what the image has", () => {
  put("doorstep_0.1.0_arm64.deb", "0.1.0");
  program(
    "apt-get",
    `log apt-get "$@"; case "$*" in *--no-download*) ;; *) echo "E: Release file is not valid yet" >&2; exit 100 ;; esac`,
  );

  expect(start()).toBe(0);

  expect(log()).toMatch(/apt-get update[^]*--no-download/);
  expect(status()).toContain("is being installed");
});

test("an installation that fails is told with its last lines, for Notepad", () => {
  put("doorstep_0.1.0_arm64.deb", "0.1.0");
  program("apt-get", "echo nothing works; exit 1");
  program(
    "dpkg",
    `case $1 in --print-architecture) echo arm64 ;; --compare-versions) exec /usr/bin/dpkg "$@" ;; *) exit 1 ;; esac`,
  );

  expect(start()).toBe(1);

  expect(status()).toContain("could not be installed");
  expect(status()).toContain("nothing works\r\n");
});
