// The unit files, as systemd itself reads them.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { files, read } from "./sources.ts";

const UNITS = files(/^systemd\/.*\.(service|socket|target)$/);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-"));
  for (const unit of UNITS)
    writeFileSync(
      join(folder, unit.slice("systemd/".length)),
      read(unit).replaceAll("/usr/lib/doorstep/doorstep", "/bin/true"),
    );
});
afterAll(() => rmSync(folder, { recursive: true }));

const analyze = (...args: string[]): string =>
  execFileSync("systemd-analyze", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

test("systemd finds nothing to complain about in the units", () => {
  expect(analyze("verify", "--man=no", ...UNITS.map((unit) => join(folder, unit.slice("systemd/".length))))).toBe("");
});

test.each([
  ["recorder", 2.0],
  ["publisher", 1.5],
  ["receive@", 1.5],
])("the %s is exposed no more than %f by systemd's own measure", (role, limit) => {
  const report = analyze("security", "--offline=true", join(folder, `doorstep-${role}.service`));
  expect(Number(/exposure level.*: ([\d.]+)/.exec(report)![1])).toBeLessThanOrEqual(limit);
});

test("every hardening line that would stop us is left out with its reason", () => {
  const recorder = read("systemd/doorstep-recorder.service");
  for (const line of [
    "MemoryDenyWriteExecute",
    "PrivateDevices",
    "ProtectKernelTunables",
    "ProcSubset=pid",
    "ProtectClock",
  ])
    expect(recorder).toMatch(new RegExp(`^# ${line}=? is left out: `, "m"));
});

/** Lines that take something away from a unit; one of a name again goes on with what the first said. */
const TAKES_AWAY =
  /^(NoNewPrivileges|Capability|Ambient|Protect|ProcSubset|Private|Restrict|Lock|MemoryDeny|MemoryHigh|MemoryMax|TasksMax|RemoveIPC|Keyring|SystemCall|Device|IPAddress|ReadWritePaths|InaccessiblePaths|UMask|LimitCORE)\w*(?==)/;

test.each(UNITS)("every line of %s that takes something away has its reason above it", (unit) => {
  const lines = read(unit).split("\n");
  const bare = lines.filter((line, n) => {
    const name = TAKES_AWAY.exec(line)?.[0];
    if (name === undefined) return false;
    const before = lines[lines.slice(0, n).findLastIndex((other) => !other.startsWith(`${name}=`))] ?? "";
    return !/^# (?!---)/.test(before) || before.includes(" is left out: ");
  });
  expect(bare).toEqual([]);
});

test("the page's socket and its service let in the same addresses, and no others", () => {
  const [socket, service] = ["socket", "service"].map((kind) =>
    read(`systemd/doorstep-page.${kind}`)
      .split("\n")
      .filter((line) => line.startsWith("IPAddress")),
  );
  expect(socket).toEqual([
    "IPAddressDeny=any",
    "IPAddressAllow=localhost link-local 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7",
  ]);
  expect(service).toEqual(socket);
});
