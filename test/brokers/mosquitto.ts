// mosquitto with the passwords and access list of the guide; as 2.1 is if it is told how large a packet may be.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMosquitto } from "../mosquitto.ts";
import { type Make, versionOf } from "./broker.ts";

const ACL = new URL("../../docs/guide/mosquitto/acl", import.meta.url);

/** @param config further lines of mosquitto.conf. */
export const mosquitto = (config = ""): Make => ({
  debian: "mosquitto",
  version: () => versionOf("mosquitto", ["-h"], /mosquitto version (\S+)/),
  start: () =>
    startMosquitto({
      listener: "listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {dir}/passwords\nacl_file {dir}/acl",
      config,
      files: { acl: readFileSync(ACL, "utf8"), passwords: hashed("porch:secret\nanna:secret\nha:secret\n") },
    }),
});

let known: string | undefined;
/** As mosquitto_passwd makes it of lines "user:password"; made once, for it is slow on purpose. */
function hashed(lines: string): string {
  if (known !== undefined) return known;
  const dir = mkdtempSync(join(tmpdir(), "doorstep-passwords-"));
  const file = join(dir, "passwords");
  writeFileSync(file, lines);
  execFileSync("mosquitto_passwd", ["-U", file]);
  known = readFileSync(file, "utf8");
  rmSync(dir, { recursive: true });
  return known;
}
