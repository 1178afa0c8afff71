// The example configuration of docs/guide, as it is: encrypted, with passwords, and nobody hears what is not for them.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWebSocketStream, WebSocketServer } from "ws";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listen, type Mosquitto, startMosquitto } from "../../mosquitto.ts";
import { StandIn } from "./stand-in.ts";

const guide = (name: string): string =>
  readFileSync(new URL(`../../../docs/guide/mosquitto/${name}`, import.meta.url), "utf8");

let dir: string;
const file = (name: string): string => join(dir, name);
const pem = (name: string): string => readFileSync(file(name), "utf8");

/** A certificate for the names in `san`, signed by `ca`. */
function certificate(name: string, ca: string, san: string): void {
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { stdio: "ignore" });
  openssl(
    "req",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-subj",
    `/CN=${name}`,
    "-keyout",
    file(`${name}.key`),
    "-out",
    file(`${name}.csr`),
  );
  writeFileSync(file("san"), `subjectAltName=${san}\n`);
  openssl(
    "x509",
    "-req",
    "-in",
    file(`${name}.csr`),
    "-CA",
    file(`${ca}.pem`),
    "-CAkey",
    file(`${ca}.key`),
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    file("san"),
    "-out",
    file(`${name}.pem`),
  );
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "doorstep-tls-"));
  for (const ca of ["ca", "other"])
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        `/CN=${ca}`,
        "-keyout",
        file(`${ca}.key`),
        "-out",
        file(`${ca}.pem`),
      ],
      { stdio: "ignore" },
    );
  certificate("broker", "ca", "DNS:localhost,IP:127.0.0.1");
  certificate("elsewhere", "ca", "DNS:elsewhere.example");
  certificate("porch", "ca", "DNS:porch");
  writeFileSync(file("passwords"), "porch:secret\nanna:secret\nben:secret\n");
  execFileSync("mosquitto_passwd", ["-U", file("passwords")]);
  writeFileSync(file("password"), "secret\n");
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The guide's own files, with a port and a folder of the test's. A second, plain listener on loopback lets mosquitto_sub look on. */
function start(broker: string, more = ""): Promise<Mosquitto> {
  const config = guide("mosquitto.conf")
    .replace("listener 8883", "listener {port} 127.0.0.1")
    .replaceAll("/etc/mosquitto/doorstep/", "{dir}/")
    .replace("persistence true\n", "")
    .replace("autosave_interval 300\n", "");
  return startMosquitto({
    listener: config + more,
    files: {
      acl: guide("acl"),
      "ca.pem": pem("ca.pem"),
      "broker.pem": pem(`${broker}.pem`),
      "broker.key": pem(`${broker}.key`),
      passwords: pem("passwords"),
    },
  });
}

const secure = (name: string): string[] => ["--cafile", file("ca.pem"), "--insecure", "-u", name, "-P", "secret"];

test("with the example of the guide, anna hears what is for her, and ben hears nothing of it", async () => {
  await using broker = await start("broker");
  await using anna = await listen(broker, ["doorstep/#"], secure("anna"));
  await using ben = await listen(broker, ["doorstep/#"], secure("ben"));
  await using rig = await StandIn.create({
    url: `mqtts://localhost:${broker.port}`,
    broker: { username: "porch", password_file: file("password"), ca_file: file("ca.pem") },
    subscriptions: ["anna/ack", "ben/ack"],
  });
  const { id } = await rig.state.spool(randomBytes(300_000));

  rig.publish();
  await rig.delivery(id, "accepted");
  await rig.stopPublishing();
  await ben.until((all) => all.some(({ payload }) => payload.toString() === "offline"));

  expect((await anna.until(6)).filter(({ topic }) => topic.endsWith("/data")).length).toBe(1);
  expect(ben.messages.map(({ topic, payload }) => `${topic} ${payload.toString()}`)).toEqual([
    "doorstep/porch/status online",
    "doorstep/porch/status offline",
  ]);
});

test("the self-test finds that the access list forbids this device its own topics", async () => {
  await using broker = await start("broker");
  await using rig = await StandIn.create({
    url: `mqtts://localhost:${broker.port}`,
    device: "shed",
    broker: { username: "porch", password_file: file("password"), ca_file: file("ca.pem") },
  });
  rig.publish();
  await rig.brokerState("connected");
  const { id } = await rig.state.spool(randomBytes(100));
  rig.door.send({ type: "spooled", id });
  expect(await rig.delivery(id, "failed")).toMatchObject({ code: "DELIVERY_REFUSED", detail: "PUBACK 0x87" });
  rig.door.send({ type: "selftest", ref: 1 });
  expect(await rig.hear(({ type }) => type === "selftest")).toMatchObject({
    outcome: "the broker refused the message (PUBACK 0x87)",
  });
});

for (const { name, broker, ca, host } of [
  { name: "signed by somebody else", broker: "broker", ca: "other.pem", host: "localhost" },
  { name: "made for another host", broker: "elsewhere", ca: "ca.pem", host: "localhost" },
  { name: "made for another address", broker: "elsewhere", ca: "ca.pem", host: "127.0.0.1" },
])
  test(`a broker with a certificate ${name} is not spoken to, and the owner is told`, async () => {
    await using running = await start(broker);
    await using rig = await StandIn.create({
      url: `mqtts://${host}:${running.port}`,
      broker: { username: "porch", password_file: file("password"), ca_file: file(ca) },
    });
    await rig.state.spool(randomBytes(100));
    rig.publish();
    expect(await rig.brokerState("refused")).toMatchObject({ code: "BROKER_UNTRUSTED" });
    expect(running.log).not.toContain("as porch");
  });

test("an address in the certificate is as good as a name", async () => {
  await using broker = await start("broker");
  await using rig = await StandIn.create({
    url: `mqtts://127.0.0.1:${broker.port}`,
    broker: { username: "porch", password_file: file("password"), ca_file: file("ca.pem") },
  });
  rig.publish();
  await rig.brokerState("connected");
});

test("a wrong password is refused by the real broker, too", async () => {
  await using broker = await start("broker");
  writeFileSync(file("wrong"), "guess\n");
  await using rig = await StandIn.create({
    url: `mqtts://localhost:${broker.port}`,
    broker: { username: "porch", password_file: file("wrong"), ca_file: file("ca.pem") },
  });
  rig.publish();
  expect(await rig.brokerState("refused")).toMatchObject({ code: "BROKER_REFUSED" });
});

test("a systemd credential comes before the file the configuration names", async () => {
  await using broker = await start("broker");
  writeFileSync(file("mqtt-password"), "secret");
  await using rig = await StandIn.create({
    url: `mqtts://localhost:${broker.port}`,
    broker: { username: "porch", password_file: "/nowhere", ca_file: file("ca.pem") },
  });
  rig.publish({ credentialsDirectory: dir });
  await rig.brokerState("connected");
});

test("a doorbell may show a certificate instead of a password", async () => {
  const tls = `listener {port} 127.0.0.1\ncafile {dir}/ca.pem\ncertfile {dir}/broker.pem\nkeyfile {dir}/broker.key\nrequire_certificate true\nuse_identity_as_username true\nacl_file {dir}/acl`;
  await using broker = await startMosquitto({
    listener: tls,
    files: {
      acl: guide("acl"),
      "ca.pem": pem("ca.pem"),
      "broker.pem": pem("broker.pem"),
      "broker.key": pem("broker.key"),
    },
  });
  await using rig = await StandIn.create({
    url: `mqtts://localhost:${broker.port}`,
    broker: { ca_file: file("ca.pem"), cert_file: file("porch.pem"), key_file: file("porch.key") },
  });
  rig.publish();
  const { id } = await rig.event();
  await rig.delivery(id, "accepted");
});

test("web sockets carry clips as well, through whatever stands before the broker", async () => {
  await using broker = await startMosquitto();
  await using anna = await listen(broker, ["doorstep/porch/anna/clip/+/data"]);
  // mosquitto's own web sockets want IPv6, which a test machine may not have.
  const bridge = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "mqtt" });
  bridge.on("connection", (socket) => {
    const stream = createWebSocketStream(socket);
    const inner = connect(broker.port, "127.0.0.1");
    stream.pipe(inner).pipe(stream);
    stream.on("error", () => inner.destroy());
    inner.on("error", () => stream.destroy());
  });
  await once(bridge, "listening");
  await using rig = await StandIn.create({ url: `ws://127.0.0.1:${(bridge.address() as AddressInfo).port}/mqtt` });
  const bytes = randomBytes(1_000_000);
  const { id } = await rig.state.spool(bytes);

  rig.publish();
  await rig.delivery(id, "accepted");

  expect((await anna.until(1))[0]!.payload.equals(bytes)).toBe(true);
  await rig.stopPublishing();
  bridge.close();
});
