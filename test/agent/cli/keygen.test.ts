// `doorstep keygen` and `doorstep invite`: keys that age reads, and an invitation that works as it is printed.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import QRCode from "qrcode";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ACL_LINES, recipientBlock } from "../../../agent/cli/invitation.ts";
import { inviteCommand } from "../../../agent/cli/invite.ts";
import { keygenCommand } from "../../../agent/cli/keygen.ts";
import { sealBytes } from "../../../agent/consent/seal.ts";
import { readIdentities } from "../../../agent/receiver/identity.ts";
import { unsealBytes } from "../../../agent/receiver/unseal.ts";
import { parseConfig } from "../../../config/parse.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { config } from "../../configs.ts";
import { listen, say, startMosquitto } from "../../mosquitto.ts";
import { CapturedIo } from "./captured-io.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-keygen-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clock = new SimulatedClock("2026-11-22T12:00:00Z");
const CONFIG = config({ broker: "mqtts://broker.lan", sharing: false });

test("a new key is in age's own format, readable for its owner alone, and age derives the same public half", async () => {
  const io = new CapturedIo();
  const file = join(folder, "anna.key");

  await keygenCommand({ output: file }, io, clock);

  const text = readFileSync(file, "utf8");
  const publicKey = execFileSync("age-keygen", ["-y", file], { encoding: "utf8" }).trim();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(text).toMatch(/^# created: 2026-11-22T12:00:00\.000Z\n# public key: age1\w+\nAGE-SECRET-KEY-1\w+\n$/);
  expect(io.stdout).toBe(`Public key: ${publicKey}\n`);
});

test("what is sealed to a new post-quantum key opens with its file", async () => {
  const io = new CapturedIo();
  const file = join(folder, "anna.key");

  await keygenCommand({ output: file, postQuantum: true, json: true }, io, clock);

  const { public_key } = JSON.parse(io.stdout) as { public_key: string };
  const sealed = await sealBytes(Buffer.from("clip"), [public_key]);
  expect((await unsealBytes(sealed, await readIdentities(file))).toString()).toBe("clip");
});

test("a key is never written over a file that is there", async () => {
  const io = new CapturedIo();
  const file = join(folder, "anna.key");
  writeFileSync(file, "the only key to a year of clips");

  await keygenCommand({ output: file }, io, clock);

  expect(io.code).toBe(1);
  expect(readFileSync(file, "utf8")).toBe("the only key to a year of clips");
});

test("on a terminal the public key is shown as a code to photograph, the secret one never", async () => {
  const io = new CapturedIo({ terminal: true });
  const file = join(folder, "anna.key");

  await keygenCommand({ output: file }, io, clock);

  expect(drawn(io.stderr)).toEqual(codeOf(io.stdout.trim().split(" ").at(-1)!));
  expect(io.stdout + io.stderr).not.toContain("AGE-SECRET-KEY");
});

test("an invitation shows its command as a code for the recipient's telephone, without the password", async () => {
  const io = new CapturedIo({ terminal: true });
  const key = await identityToRecipient(await generateX25519Identity());
  const config = join(folder, "doorstep.toml");
  writeFileSync(config, CONFIG);

  await inviteCommand("anna", { config, state: folder, key }, io, clock);

  const command = /^ *(doorstep receive .*)$/m.exec(io.stdout)![1]!;
  expect(drawn(io.stderr)).toEqual(codeOf(command));
  expect(io.stderr).toContain("For anna's telephone: the command and the device's key.");
});

/** The modules of the code for a text; true is dark. */
function codeOf(text: string): boolean[][] {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: "L" });
  return Array.from({ length: modules.size }, (_, y) =>
    Array.from({ length: modules.size }, (_, x) => modules.get(y, x) === 1),
  );
}

/** The modules of a code drawn in half blocks, two rows a line, without its margin; true is dark. */
function drawn(text: string): boolean[][] {
  // oxlint-disable-next-line no-control-regex -- the escape sequence that paints a line black on white
  const lines = Array.from(text.matchAll(/\u001b\[30;107m(.*)\u001b\[0m/g), ([, line]) => Array.from(line!));
  const rows = lines.flatMap((line) => ["▀█", "▄█"].map((dark) => line.map((block) => dark.includes(block))));
  return rows.slice(4, lines[0]!.length - 4).map((row) => row.slice(4, -4));
}

test("an invitation's recipient block completes a configuration, with nothing allowed unasked", async () => {
  const io = new CapturedIo();
  const key = await identityToRecipient(await generateX25519Identity());
  const config = join(folder, "doorstep.toml");
  writeFileSync(config, CONFIG);

  await inviteCommand("anna", { config, state: folder, key, json: true }, io, clock);

  const invitation = JSON.parse(io.stdout) as { recipient: string; receive: { command: string } };
  const parsed = parseConfig(CONFIG + invitation.recipient);
  expect(parsed).not.toHaveProperty("faults");
  expect("config" in parsed && parsed.config.recipients[0]).toMatchObject({
    name: "anna",
    clips: "ask",
    stills: "never",
    previews: "never",
    events: "never",
    audio: false,
    encryption: { kind: "age", keys: [key] },
  });
  expect(invitation.receive.command).toBe(
    "doorstep receive --url mqtts://broker.lan --device porch --as anna --identity anna.key --password-file password --trust-first --out clips",
  );
});

test("a plain recipient's block completes a configuration too", () => {
  const block = recipientBlock({
    name: "ha",
    device: "porch",
    brokerUrl: "mqtt://x",
    encryption: "plain",
    password: "",
    deviceKey: undefined,
  });

  expect(parseConfig(CONFIG + block)).not.toHaveProperty("faults");
});

const REFUSED: { name: string; who: string; code: string; key?: string }[] = [
  { name: "a name that is one of Doorstep's own", who: "status", code: "NAME_MALFORMED" },
  { name: "a name that is no topic level", who: "Anna Martin", code: "NAME_MALFORMED" },
  { name: "the device's own name", who: "porch", code: "NAME_TAKEN" },
  { name: "a key with a letter missing", who: "anna", code: "KEY_MALFORMED", key: "age1qqqq" },
];
for (const { name, who, code, key } of REFUSED) {
  test(`nobody is invited with ${name}`, async () => {
    const io = new CapturedIo();
    const config = join(folder, "doorstep.toml");
    writeFileSync(config, CONFIG);

    await inviteCommand(who, { config, state: folder, ...(key ? { key } : { plain: true }) }, io, clock);

    expect(io.stderr).toContain(code);
    expect(io.code).not.toBe(0);
    expect(io.stdout).toBe("");
  });
}

test("the broker lines of an invitation let a recipient read and answer what is its own, and nothing else", async () => {
  execFileSync("mosquitto_passwd", ["-c", "-b", join(folder, "passwd"), "anna", "a"], { stdio: "ignore" });
  execFileSync("mosquitto_passwd", ["-b", join(folder, "passwd"), "ben", "b"], { stdio: "ignore" });
  execFileSync("mosquitto_passwd", ["-b", join(folder, "passwd"), "porch", "p"], { stdio: "ignore" });
  const broker = await startMosquitto({
    listener: "listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {dir}/passwd\nacl_file {dir}/acl",
    files: {
      passwd: readFileSync(join(folder, "passwd")),
      acl: `user porch\ntopic readwrite doorstep/porch/#\n${ACL_LINES}`,
    },
  });
  try {
    const porch = ["-u", "porch", "-P", "p"];
    const anna = ["-u", "anna", "-P", "a"];
    const device = await listen(broker, ["doorstep/#"], porch);
    const annas = await listen(broker, ["doorstep/#"], anna);

    for (const topic of ["anna/info", "ben/info", "status"]) await say(broker, `doorstep/porch/${topic}`, topic, porch);
    for (const topic of ["ben/ack", "anna/clip/x/data", "status", "approval", "anna/ack"])
      await say(broker, `doorstep/porch/${topic}`, "from anna", anna);
    await device.until((all) => all.some(({ topic }) => topic.endsWith("anna/ack")));
    await annas.until((all) => all.some(({ topic }) => topic.endsWith("anna/ack")));

    const heard = annas.messages.map(({ topic }) => topic);
    const written = device.messages
      .filter(({ payload }) => payload.toString() === "from anna")
      .map(({ topic }) => topic);
    await Promise.all([device.stop(), annas.stop()]);
    expect(heard).toEqual(["doorstep/porch/anna/info", "doorstep/porch/status", "doorstep/porch/anna/ack"]);
    expect(written).toEqual(["doorstep/porch/anna/ack"]);
  } finally {
    await broker.stop();
  }
});
