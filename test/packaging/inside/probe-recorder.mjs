// Run in place of the recorder, in its sandbox: tries every way to an IP network, and says what came of each.
import { createSocket } from "node:dgram";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { lookup } from "node:dns/promises";
import { connect, createServer } from "node:net";

const fate = (emitter, good) =>
  new Promise((resolve) => {
    emitter.once(good, () => resolve("WORKED"));
    emitter.once("error", (error) => resolve(error.code));
  });
const outcome = (work) =>
  Promise.resolve()
    .then(work)
    .then((value) => value ?? "WORKED")
    .catch((error) => error.code ?? error.message);

const found = {
  "connect to the broker on this machine": await outcome(() => fate(connect(1883, "127.0.0.1"), "connect")),
  "connect to it over IPv6": await outcome(() => fate(connect(1883, "::1"), "connect")),
  "listen on loopback": await outcome(() => fate(createServer().listen(0, "127.0.0.1"), "listening")),
  "make a UDP socket": await outcome(() => fate(createSocket("udp4").bind(0), "listening")),
  "connect to the world": await outcome(() => fate(connect(53, "9.9.9.9"), "connect")),
  "look up a name": await outcome(() => lookup("example.org").then(() => undefined)),
  "connect to a Unix socket": await outcome(() => fate(connect("/run/systemd/journal/stdout"), "connect")),
  "write outside of its state": await outcome(() => writeFileSync("/var/lib/elsewhere", "")),
  "write the configuration": await outcome(() => writeFileSync("/etc/doorstep/doorstep.toml", "")),
  "read the broker's password": await outcome(() => void readFileSync("/etc/doorstep/mqtt-password")),
  "write its state": await outcome(() => writeFileSync("/var/lib/doorstep/probe", "")),
  interfaces: readdirSync("/sys/class/net").join(" "),
};
writeFileSync("/var/lib/doorstep/probe", `${JSON.stringify(found)}\n`);
process.exit(0);
