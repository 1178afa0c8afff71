// Sealing to age keys: read back by the `age` command, by age-encryption and by our own receiver; memory stays flat.
import { execFile, execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync, existsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  Decrypter,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from "age-encryption";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sealBytes, sealFile, sealText } from "../../../agent/consent/seal.ts";
import { AgentError } from "../../../agent/error.ts";
import { unsealBytes, unsealFile } from "../../../agent/receiver/unseal.ts";

const run = promisify(execFile);
const CHUNK = 64 * 1024;

let folder: string;
let classic: string;
let classicKey: string;
let hybrid: string;
let hybridKey: string;

beforeAll(async () => {
  try {
    execFileSync("age", ["--version"]);
  } catch {
    throw new Error("this test needs Debian's age: apt-get install age");
  }
  folder = mkdtempSync(join(tmpdir(), "doorstep-seal-"));
  classic = await generateX25519Identity();
  classicKey = await identityToRecipient(classic);
  hybrid = await generateHybridIdentity();
  hybridKey = await identityToRecipient(hybrid);
});
afterAll(() => rmSync(folder, { recursive: true }));

let serial = 0;
const path = (name: string): string => join(folder, `${++serial}-${name}`);
const written = (bytes: Uint8Array): string => {
  const file = path("clip.mp4");
  writeFileSync(file, bytes);
  return file;
};
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const code = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "nothing thrown",
    (error: unknown) => (error instanceof AgentError ? error.code : String(error)),
  );

for (const bytes of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 4 * CHUNK, 4 * CHUNK + 1, 1_000_003]) {
  test(`the age command opens a sealed clip of ${bytes} bytes, byte for byte`, async () => {
    const clip = randomBytes(bytes);
    const sealed = path("clip.mp4.age");
    const identity = path("key.txt");
    writeFileSync(identity, `${classic}\n`);

    const said = await sealFile(written(clip), sealed, [classicKey]);

    const opened = execFileSync("age", ["-d", "-i", identity, sealed], { maxBuffer: 8 << 20 });
    expect(opened.equals(clip)).toBe(true);
    const file = readFileSync(sealed);
    expect(said).toEqual({ bytes: file.length, sha256: sha256(file) });
  });
}

test("a post-quantum recipient opens a clip sealed to a post-quantum key", async () => {
  const clip = randomBytes(200_000);
  const sealed = path("clip.mp4.age");

  await sealFile(written(clip), sealed, [hybridKey]);

  const decrypter = new Decrypter();
  decrypter.addIdentity(hybrid);
  expect(Buffer.from(await decrypter.decrypt(readFileSync(sealed))).equals(clip)).toBe(true);
});

test("each of two recipients opens the same sealed clip with a key of their own", async () => {
  const other = await generateX25519Identity();
  const clip = randomBytes(70_000);

  const sealed = await sealBytes(clip, [classicKey, await identityToRecipient(other)]);

  for (const identity of [classic, other]) expect((await unsealBytes(sealed, [identity])).equals(clip)).toBe(true);
});

test("what we seal age-encryption opens, and what it seals we open, whatever the size and the pieces", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.integer({ min: 0, max: 5 * CHUNK }),
        fc.integer({ min: 0, max: 4 }).map((n) => n * CHUNK),
      ),
      async (bytes) => {
        const clip = randomBytes(bytes);
        const decrypter = new Decrypter();
        decrypter.addIdentity(classic);
        const encrypter = new Encrypter();
        encrypter.addRecipient(classicKey);
        const source = path("theirs.age");
        const destination = path("theirs.mp4");

        const ours = await decrypter.decrypt(await sealBytes(clip, [classicKey]));
        writeFileSync(source, await encrypter.encrypt(clip));
        const opened = await unsealFile(source, destination, [classic]);

        expect(Buffer.from(ours).equals(clip)).toBe(true);
        expect(readFileSync(destination).equals(clip)).toBe(true);
        expect(opened).toEqual({ bytes, sha256: sha256(clip) });
      },
    ),
    { numRuns: 40 },
  );
});

test("a sealed event is text that the age command opens", async () => {
  const identity = path("key.txt");
  writeFileSync(identity, `${classic}\n`);

  const text = await sealText('{"v":1,"event_type":"ring"}', [classicKey]);

  expect(execFileSync("age", ["-d", "-i", identity], { input: text, encoding: "utf8" })).toBe(
    '{"v":1,"event_type":"ring"}',
  );
});

test("the same clip sealed twice never gives the same bytes", async () => {
  const clip = randomBytes(100);

  const first = await sealBytes(clip, [classicKey]);
  const second = await sealBytes(clip, [classicKey]);

  expect(first.equals(second)).toBe(false);
});

test("a sealed clip altered in any one bit, or cut anywhere, never opens and leaves no file", async () => {
  const sealed = await sealBytes(randomBytes(CHUNK + 100), [classicKey]);
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length * 8 - 1), fc.boolean(), async (bit, cut) => {
      const altered = Buffer.from(sealed);
      altered[bit >> 3]! ^= 1 << (bit & 7);
      const source = written(cut ? sealed.subarray(0, bit >> 3) : altered);
      const destination = path("opened.mp4");

      const outcome = await code(unsealFile(source, destination, [classic]));

      expect(["CLIP_NOT_DECRYPTED", "CLIP_FOR_ANOTHER_KEY"]).toContain(outcome);
      expect(existsSync(destination)).toBe(false);
    }),
    { numRuns: 120 },
  );
});

test("a clip sealed to somebody else is refused as such, not as damaged", async () => {
  const stranger = await generateX25519Identity();

  expect(await code(unsealBytes(await sealBytes(Buffer.from("clip"), [classicKey]), [stranger]))).toBe(
    "CLIP_FOR_ANOTHER_KEY",
  );
});

test("classic and post-quantum keys are never mixed in one sealed file", async () => {
  const destination = path("mixed.age");

  expect(await code(sealFile(written(Buffer.from("clip")), destination, [classicKey, hybridKey]))).toBe("KEYS_MIXED");
  expect(existsSync(destination)).toBe(false);
});

test("sealing to nobody is refused rather than sent in the clear", async () => {
  expect(await code(sealBytes(Buffer.from("clip"), []))).toBe("KEYS_MISSING");
});

const MALFORMED: Record<string, () => string> = {
  "an empty one": () => "",
  "one with a letter changed": () =>
    classicKey.slice(0, 20) + (classicKey[20] === "q" ? "p" : "q") + classicKey.slice(21),
  "one that lost its end": () => classicKey.slice(0, -1),
  "a post-quantum one that lost its end": () => hybridKey.slice(0, -1),
  "an identity instead of a recipient": () => classic,
  "one with a space before it": () => ` ${classicKey}`,
  "one in capitals": () => classicKey.toUpperCase(),
  "an SSH key": () => "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN",
};
for (const [name, key] of Object.entries(MALFORMED)) {
  test(`a malformed key is refused before a byte is written: ${name}`, async () => {
    const destination = path("never.age");

    expect(await code(sealFile(written(Buffer.from("clip")), destination, [key()]))).toBe("KEY_MALFORMED");
    expect(existsSync(destination)).toBe(false);
  });
}

test("a malformed key never shows a secret that was pasted by mistake", async () => {
  const error = await sealBytes(Buffer.from("clip"), [classic]).catch((error: unknown) => error as Error);

  expect(String(error)).not.toContain(classic.slice(16, 40));
});

test("a file that is already there is not overwritten by a sealed one", async () => {
  const destination = written(Buffer.from("something else"));

  expect(await code(sealFile(written(Buffer.from("clip")), destination, [classicKey]))).toBe("NOT_SEALED");
  expect(readFileSync(destination, "utf8")).toBe("something else");
});

test("a clip that cannot be read leaves no sealed file behind", async () => {
  const destination = path("never.age");

  expect(await code(sealFile(folder, destination, [classicKey]))).toBe("NOT_SEALED");
  expect(existsSync(destination)).toBe(false);
});

test("sealing 200 MB takes no more memory than sealing 2 MB", async () => {
  const peakKb = async (bytes: number): Promise<number> => {
    const source = written(Buffer.alloc(0));
    truncateSync(source, bytes);
    const sealed = path("large.age");
    const program = `
      import { sealFile } from ${JSON.stringify(new URL("../../../agent/consent/seal.ts", import.meta.url).href)};
      await sealFile(process.argv[1], process.argv[2], [process.argv[3]]);
      console.log(process.resourceUsage().maxRSS);`;
    const { stdout } = await run(process.execPath, [
      "--input-type=module-typescript",
      "-e",
      program,
      source,
      sealed,
      classicKey,
    ]);
    expect(statSync(sealed).size).toBeGreaterThan(bytes);
    rmSync(source);
    rmSync(sealed);
    return Number(stdout);
  };

  const small = await peakKb(2_000_000);
  const large = await peakKb(200_000_000);

  expect(large - small).toBeLessThan(24_000);
});
