// Run in place of the publisher, in its sandbox: tries every device and everything the recorder keeps, and says what came of each.
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

const attempt = (work) => {
  try {
    work();
    return "WORKED";
  } catch (error) {
    return error.code ?? error.message;
  }
};
const knock = (path) =>
  new Promise((resolve) => {
    const socket = connect(path, () => resolve("WORKED"));
    socket.once("error", (error) => resolve(error.code));
  });
const state = "/var/lib/doorstep";
/** What every program has, and no picture, sound or pin comes out of. */
const harmless =
  /^(null|zero|full|random|urandom|tty|ptmx|console|kmsg|log|initctl|shm|mqueue|pts|fd|std(in|out|err)|core|char|hugepages|userfaultfd|net)(\/|$)/;
const devices = readdirSync("/dev", { recursive: true }).filter(
  (name) =>
    !harmless.test(name) &&
    attempt(() => closeSync(openSync(join("/dev", name), constants.O_RDONLY | constants.O_NONBLOCK))) === "WORKED" &&
    attempt(() => readdirSync(join("/dev", name))) !== "WORKED",
);
const found = {
  "devices that open": devices.join(" "),
  "make a device node": attempt(() =>
    execFileSync("mknod", [join(process.env.STATE_DIRECTORY, "video0"), "c", "81", "0"], { stdio: "ignore" }),
  ),
  ...Object.fromEntries(
    ["vault", "vault/clips", "ledger", "keys"].map((room) => [
      `list ${room}`,
      attempt(() => readdirSync(join(state, room))),
    ]),
  ),
  ...Object.fromEntries(
    [
      `${state}/vault/catalogue.db`,
      `${state}/ledger/ledger.db`,
      `${state}/keys/ledger.ed25519`,
      `${state}/accepted.json`,
      "/etc/doorstep/doorstep.toml",
      "/etc/doorstep/mqtt-password",
      "/etc/doorstep/review-password",
    ].map((file) => [`read ${file}`, attempt(() => readFileSync(file))]),
  ),
  "knock at control.sock": await knock(`${state}/control.sock`),
  "knock at page.sock": await knock(`${state}/page.sock`),
  "write into the door": attempt(() => writeFileSync(`${state}/spool/out/new/forged`, "")),
  "read the door": attempt(() => readdirSync(`${state}/spool/out/new`)),
  "knock at door.sock": await knock(`${state}/door.sock`),
  "read its credential": attempt(() => readFileSync(join(process.env.CREDENTIALS_DIRECTORY, "mqtt-password"))),
};
writeFileSync(join(process.env.STATE_DIRECTORY, "probe"), `${JSON.stringify(found)}\n`);
process.exit(0);
