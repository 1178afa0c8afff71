// What systemd hears, caught on a real datagram socket by a few lines of Python (Node has none).
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Systemd } from "../../../drivers/service-manager/systemd.ts";

const EAR = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("open", flush=True)
while True:
    for line in s.recv(4096).decode().splitlines():
        if not line.startswith("BARRIER"): print(line, flush=True)
`;

let folder: string;
let ear: ChildProcess;
let heard: string[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-"));
  ear = spawn("python3", ["-c", EAR, join(folder, "notify")], { stdio: ["ignore", "pipe", "inherit"] });
  heard = [];
  ear.stdout!.setEncoding("utf8").on("data", (text: string) => heard.push(...text.split("\n").filter(Boolean)));
  await once(ear.stdout!, "data");
  heard.length = 0;
});
afterEach(() => {
  ear.kill();
  rmSync(folder, { recursive: true });
});

const available = (() => {
  try {
    execFileSync("systemd-notify", ["--version"]);
    return true;
  } catch {
    return false;
  }
})();

test.skipIf(!available)(
  "readiness, a changed status and signs of life reach the service manager, an unchanged status does not",
  async () => {
    const manager = new Systemd({ socket: join(folder, "notify"), watchdogMicroseconds: 30_000_000 });
    const all = new Promise<void>((resolve) => ear.stdout!.on("data", () => heard.includes("WATCHDOG=1") && resolve()));

    await manager.ready("camera on");
    await manager.status("camera on");
    await manager.status("recording");
    await manager.alive();
    await all;

    expect(heard).toEqual(["READY=1", "STATUS=camera on", "STATUS=recording", "WATCHDOG=1"]);
    expect(manager.watchdog).toBe(10_000);
  },
);
