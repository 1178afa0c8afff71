// `doorstep receive` as its user meets it: what it prints, which files it writes, how it ends.
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { receiveCommand, registerReceive, type ReceiveOptions } from "../../../agent/cli/receive.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { startMosquitto, type Mosquitto } from "../../mosquitto.ts";
import { FakeDevice, type FakeDisclosure, type WireMessage } from "../receiver/fake-device.ts";
import { FakePublisher } from "../receiver/fake-publisher.ts";
import { CapturedIo } from "./captured-io.ts";

// Judged by the machine's own clock, as the command does.
const NEXT_YEAR = "2099-01-01T00:00:00.000Z";

let broker: Mosquitto;
let folder: string;
let publisher: FakePublisher;
let device: FakeDevice;
let key: string;
let houses = 0;
beforeAll(async () => {
  broker = await startMosquitto();
});
afterAll(() => broker.stop());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-receive-"));
  device = new FakeDevice(`porch-${++houses}`);
  publisher = await FakePublisher.connect(broker.url, device);
  const identity = await generateX25519Identity();
  key = await identityToRecipient(identity);
  writeFileSync(join(folder, "anna.key"), `# created: today\n# public key: ${key}\n${identity}\n`);
  writeFileSync(join(folder, "porch.pub"), `${device.key.publicKey.base64}\n`);
});
afterEach(() => {
  publisher.close();
  rmSync(folder, { recursive: true, force: true });
});

function anna(options: Partial<ReceiveOptions> = {}): { io: CapturedIo; ended: Promise<void> } {
  const io = new CapturedIo();
  const all: ReceiveOptions = {
    url: broker.url,
    device: device.name,
    as: "anna",
    out: join(folder, "clips"),
    identity: join(folder, "anna.key"),
    trust: join(folder, "porch.pub"),
    once: 1,
    ...options,
  };
  return { io, ended: receiveCommand(all, io, new SystemClock()) };
}
const clips = (): string[] => readdirSync(join(folder, "clips")).filter((name) => !name.startsWith("."));
const disclose = (options: Parameters<FakeDevice["disclose"]>[1] = {}): Promise<FakeDisclosure> =>
  device.disclose(randomBytes(50_000), { keys: [key], notAfter: NEXT_YEAR, ...options });
async function sendOnceListening(messages: readonly WireMessage[]): Promise<void> {
  await publisher.hears("hello");
  await publisher.send(messages);
}

test("a preview that comes before its clip is saved, and is not what --once waits for", async () => {
  const clip = await disclose();
  const preview = await disclose({ clip: clip.clip, type: "image/webp" });
  const { io, ended } = anna();

  await sendOnceListening([
    { suffix: "latest/preview", payload: preview.sent },
    { suffix: "latest/preview-receipt", payload: Buffer.from(preview.receipt) },
    ...clip.messages,
  ]);
  await ended;

  expect(io.code).toBe(0);
  expect(io.stdout).toContain("small pictures of the recording that move, encrypted for the recipient");
  expect(clips().toSorted()).toEqual(
    [".mp4", ".receipt.jws", ".webp", ".webp.receipt.jws"].map((ending) => `${clip.clip}${ending}`),
  );
});

test("a clip is saved, its receipt put into words, and the command ends when it has enough", async () => {
  const sent = await disclose();
  const { io, ended } = anna();

  await sendOnceListening(sent.messages);
  await ended;

  expect(io.code).toBe(0);
  expect(io.stdout).toContain(`saved ${join(folder, "clips", `${sent.clip}.mp4`)}\n`);
  expect(io.stdout).toContain("It is not the consent of the people in it.");
  expect(readFileSync(join(folder, "clips", `${sent.clip}.mp4`)).equals(sent.media)).toBe(true);
  expect(publisher.heard.map(({ type }) => type)).toEqual(["hello", "arrived"]);
});

test("with --json each clip is one line that says where it is and what its receipt says", async () => {
  const sent = await disclose();
  const { io, ended } = anna({ json: true });

  await sendOnceListening(sent.messages);
  await ended;

  const lines = io.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { clip: { id: string; file: string; receipt: { sub: string } } });
  expect(lines).toHaveLength(1);
  expect(lines[0]!.clip).toMatchObject({
    id: sent.clip,
    bytes: 50_000,
    receipt: { sub: "anna", jti: sent.disclosure },
  });
});

const FALSE: { name: string; code: string; make: () => Promise<readonly WireMessage[]> }[] = [
  {
    name: "tampered bytes behind an honest manifest",
    code: "PARTS_ALTERED",
    make: async () => {
      const { messages, manifest, clip } = await disclose();
      const bytes = randomBytes(manifest.media.bytes);
      const { createHash } = await import("node:crypto");
      const lie = {
        ...manifest,
        transfer: {
          mode: "parts",
          part_bytes: bytes.length,
          count: 1,
          sha256: [createHash("sha256").update(bytes).digest("hex")],
        },
      };
      return [
        { suffix: `clip/${clip}/part/0`, payload: bytes },
        messages.at(-2)!,
        { suffix: `clip/${clip}/manifest`, payload: Buffer.from(JSON.stringify(lie)) },
      ];
    },
  },
  {
    name: "another recipient's clip",
    code: "RECEIPT_FOR_ANOTHER",
    make: async () => (await disclose({ claims: { sub: "ben" } })).messages,
  },
  {
    name: "an expired clip",
    code: "CLIP_EXPIRED",
    make: async () => (await disclose({ notAfter: "2020-01-01T00:00:00.000Z" })).messages,
  },
  {
    name: "a clip that another key has signed",
    code: "RECEIPT_SIGNATURE_WRONG",
    make: async () =>
      (await new FakeDevice(device.name).disclose(randomBytes(100), { keys: [key], notAfter: NEXT_YEAR })).messages,
  },
  {
    name: "a clip sealed to another key",
    code: "CLIP_FOR_ANOTHER_KEY",
    make: async () => (await disclose({ keys: [await identityToRecipient(await generateX25519Identity())] })).messages,
  },
];
for (const { name, code, make } of FALSE) {
  test(`exit code 1, a reason and no file: ${name}`, async () => {
    const { io, ended } = anna();

    await sendOnceListening(await make());
    await ended;

    expect(io.code).toBe(1);
    expect(io.stderr).toContain(code);
    expect(io.stdout).toBe("");
    expect(clips()).toEqual([]);
  });
}

test("a program is run with each clip's path, without a shell", async () => {
  const sent = await disclose();
  const program = join(folder, "on clip; rm");
  writeFileSync(program, `#!/bin/sh\nprintf '%s' "$#:$1" > "$(dirname "$0")/ran"\n`);
  chmodSync(program, 0o755);
  const { ended } = anna({ exec: program });

  await sendOnceListening(sent.messages);
  await ended;

  expect(readFileSync(join(folder, "ran"), "utf8")).toBe(`1:${join(folder, "clips", `${sent.clip}.mp4`)}`);
});

test("a program that fails is reported, and the clip is saved all the same", async () => {
  const sent = await disclose();
  const { io, ended } = anna({ exec: "/bin/false" });

  await sendOnceListening(sent.messages);
  await ended;

  expect(io.stderr).toContain("/bin/false exited with 1");
  expect(clips()).toHaveLength(2);
});

test("exit code 3 when the broker refuses", async () => {
  const own = await startMosquitto({
    listener: "listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {dir}/passwd",
    files: { passwd: "" },
  });
  try {
    writeFileSync(join(folder, "password"), "wrong\n");
    const { io, ended } = anna({ url: own.url, passwordFile: join(folder, "password") });
    await ended;

    expect(io.code).toBe(3);
    expect(io.stderr).toContain("RECEIVER_NOT_ADMITTED");
    expect(io.stderr).not.toContain("wrong");
  } finally {
    await own.stop();
  }
});

const UNUSABLE: { name: string; options: Partial<ReceiveOptions>; code: string }[] = [
  { name: "a device name that is none", options: { device: "porch/+" }, code: "NAME_MALFORMED" },
  { name: "an identity file that is missing", options: { identity: "/nonexistent" }, code: "IDENTITY_UNREADABLE" },
  { name: "a key file that holds no key", options: { trust: "/dev/null" }, code: "TRUSTED_KEY_UNREADABLE" },
  {
    name: "a password file that is missing",
    options: { passwordFile: "/nonexistent" },
    code: "OPTION_FILE_UNREADABLE",
  },
];
for (const { name, options, code } of UNUSABLE) {
  test(`exit code 2 for what cannot be used: ${name}`, async () => {
    const { io, ended } = anna(options);
    await ended;

    expect([io.code, io.stderr.split(":")[0]!.split("\n").at(-1)]).toEqual([2, code]);
  });
}

test("exit code 1 and a reason when the out folder cannot be made", async () => {
  const { io, ended } = anna({ out: "/dev/null/clips" });
  await ended;

  expect(io.code).toBe(1);
  expect(io.stderr).toContain("OUT_NOT_WRITABLE: /dev/null/clips");
});

test("Ctrl-C ends it with exit code 0, and what has begun to arrive is kept for the next time", async () => {
  const stop = new AbortController();
  const io = new CapturedIo({ interrupted: stop.signal });
  const options = {
    url: broker.url,
    device: device.name,
    as: "anna",
    out: join(folder, "clips"),
    trust: join(folder, "porch.pub"),
  };
  const ended = receiveCommand(options, io, new SystemClock());
  const sent = await device.disclose(randomBytes(1_000), { partBytes: 100, notAfter: NEXT_YEAR });
  await sendOnceListening(sent.messages.slice(0, 5));
  stop.abort();
  await ended;

  const { ended: again } = anna();
  await publisher.hears("hello", 2);
  await publisher.send(sent.messages.slice(5));
  await again;

  expect(io.code).toBe(0);
  expect(readFileSync(join(folder, "clips", `${sent.clip}.mp4`)).equals(sent.media)).toBe(true);
});

for (const trust of [[], ["--trust", "a", "--trust-first"]]) {
  test(`usage error unless the key's source is given once: ${trust.join(" ") || "neither"}`, async () => {
    const io = new CapturedIo();
    const program = new Command().exitOverride().configureOutput({ writeErr: (text) => io.err(text) });
    registerReceive(program, io, new SystemClock());
    program.commands[0]!.exitOverride();

    const parsed = program.parseAsync(
      ["receive", "--url", "mqtt://x", "--device", "d", "--as", "a", "--out", "o", ...trust],
      {
        from: "user",
      },
    );

    await expect(parsed).rejects.toBeInstanceOf(CommanderError);
    expect(io.stderr).toContain("either --trust FILE or --trust-first");
  });
}
