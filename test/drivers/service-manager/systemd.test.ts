// What systemd hears of us.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Systemd } from "../../../drivers/service-manager/systemd.ts";
import { NotifyEar } from "../../notify-ear.ts";

let folder: string;
let ear: NotifyEar;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-"));
  ear = await NotifyEar.open(folder);
});
afterEach(() => {
  ear.close();
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
    const manager = new Systemd({ socket: ear.socket, watchdogMicroseconds: 30_000_000 });
    await manager.ready("camera on");
    await manager.status("camera on");
    await manager.status("recording");
    await manager.alive();
    await ear.until((heard) => heard.includes("WATCHDOG=1"));

    expect(ear.heard).toEqual(["READY=1", "STATUS=camera on", "STATUS=recording", "WATCHDOG=1"]);
    expect(manager.watchdog).toBe(10_000);
  },
);
