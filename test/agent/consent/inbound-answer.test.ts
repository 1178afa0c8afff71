// Answers over MQTT: only what the owner's key signed, for this device and these bytes, once, and in time.
import { generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Config } from "../../../config/config.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";
import { looksSigned, readSignedAnswer, readUnsignedAnswer } from "../../../agent/consent/inbound-answer.ts";
import type { AnswerContext } from "../../../agent/consent/inbound-answer.ts";
import { InboundAnswers } from "../../../agent/consent/inbound-answers.ts";
import { config, opened, recipient } from "./rig.ts";

const owner = generateKeyPairSync("ed25519");
const stranger = generateKeyPairSync("ed25519");
const raw = (key: KeyObject): string => key.export({ type: "spki", format: "der" }).subarray(-32).toString("base64");
const NOW = Date.parse("2026-11-22T12:00:00Z");
const context: AnswerContext = {
  device: "porch",
  ownerKey: raw(owner.publicKey),
  now: NOW as WallTime,
  clockTrusted: true,
};

const good = {
  v: 1,
  device: "porch",
  clip: "01m81j18g0jbm5k07fhfbdt5ay",
  clip_sha256: "ab".repeat(32),
  recipient: "anna",
  answer: "approved",
  jti: "0123456789abcdef",
  iat: NOW / 1000,
  exp: NOW / 1000 + 3600,
};
const VECTORS = JSON.parse(readFileSync(new URL("../../vectors/answers.json", import.meta.url), "utf8")) as {
  readonly owner_key: { readonly public_base64: string };
  readonly device: string;
  readonly now: string;
  readonly vectors: readonly {
    readonly name: string;
    readonly payload: string;
    readonly pad_to?: number;
    readonly clock_trusted?: boolean;
    readonly taken: boolean;
  }[];
};
const HEADER = { alg: "EdDSA", typ: "doorstep-answer" };

function jws(claims: object, header: object = HEADER, key = owner.privateKey): Buffer {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${part(header)}.${part(claims)}`;
  return Buffer.from(`${input}.${sign(null, Buffer.from(input), key).toString("base64url")}`);
}

test("what the owner signed for this device is read as it was meant (§10.1.1)", () => {
  expect(readSignedAnswer(jws(good), context)).toEqual({
    clip: good.clip,
    recipient: "anna",
    answer: "approved",
    clipSha256: good.clip_sha256,
    jti: good.jti,
    expires: NOW + 3_600_000,
  });
});

describe("every scenario of the specification (§10.1.1, §10.1.2, §10.1.3, §10.1.5)", () => {
  for (const { name, payload, pad_to = 0, clock_trusted = true, taken } of VECTORS.vectors)
    test(name, () => {
      const bytes = Buffer.from(payload.padEnd(pad_to));
      const read = (): unknown =>
        looksSigned(bytes)
          ? readSignedAnswer(bytes, {
              device: VECTORS.device,
              ownerKey: VECTORS.owner_key.public_base64,
              now: Date.parse(VECTORS.now) as WallTime,
              clockTrusted: clock_trusted,
            })
          : readUnsignedAnswer(bytes);

      if (taken) expect(read()).toMatchObject({ clip: good.clip, recipient: "anna" });
      else expect(read).toThrow(/ANSWER_NOT_VERIFIED/);
    });
});

test.each([
  ["of 10 MB", Buffer.alloc(10_000_000, 0x61)],
  ["that is nothing", Buffer.alloc(0)],
])("an approval %s is refused", (_, payload) => {
  expect(() => readSignedAnswer(payload, context)).toThrow(/ANSWER_NOT_VERIFIED/);
});

test("one byte changed, cut or added anywhere makes it no answer", () => {
  const whole = jws(good);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const altered = Buffer.from(whole);
      altered[at] = (altered[at]! + by) % 256;
      expect(() => readSignedAnswer(altered, context)).toThrow(/ANSWER_NOT_VERIFIED/);
      expect(() => readSignedAnswer(whole.subarray(0, at), context)).toThrow(/ANSWER_NOT_VERIFIED/);
    }),
    { numRuns: 500 },
  );
});

test("an unsigned answer is read only as exactly what it is (§10.1.5)", () => {
  const plain = { v: 1, clip: good.clip, recipient: "anna", answer: "denied" };
  const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

  expect(readUnsignedAnswer(bytes(plain))).toEqual({ clip: good.clip, recipient: "anna", answer: "denied" });
  expect([looksSigned(bytes(plain)), looksSigned(jws(good))]).toEqual([false, true]);
  for (const wrong of [{ ...plain, v: 2 }, { ...plain, more: 1 }, { ...plain, clip: "x" }, [plain], null, "approved"])
    expect(() => readUnsignedAnswer(bytes(wrong))).toThrow(/ANSWER_NOT_VERIFIED/);
});

test("no bytes at all make either reader fail in another way", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
      expect(() => readSignedAnswer(bytes, context)).toThrow(/ANSWER_NOT_VERIFIED/);
      expect(() => readUnsignedAnswer(bytes)).toThrow(/ANSWER_NOT_VERIFIED/);
    }),
  );
});

describe("at a gate that is open", () => {
  const channels = ["page", "mqtt_signed", "home_assistant"] as const;
  const household = config([recipient("anna")], {
    approvals: { channels, askExpiresMs: 3_600_000, ownerKey: raw(owner.publicKey) },
  });

  async function open(some: Partial<Config["approvals"]> = {}) {
    const rig = await opened(config([recipient("anna")], { approvals: { ...household.approvals, ...some } }));
    const clip = rig.clip();
    await rig.gate.consider(clip);
    const answers = new InboundAnswers({
      gate: rig.gate,
      ledger: rig.ledger,
      clips: { find: (id) => rig.clips.get(id) },
      config: () => rig.config,
      clock: rig.clock,
      clockTrusted: () => rig.trusted,
    });
    const plain = { v: 1, clip: clip.id, recipient: "anna", answer: "approved" };
    return { rig, clip, answers, plain, claims: { ...good, ...plain, clip_sha256: clip.sha256 } };
  }

  test("a signed approval releases the clip, and the receipt says how it was authorised", async () => {
    const { rig, clip, answers, claims } = await open();

    expect(await answers.receive(jws(claims))).toMatchObject({ taken: true });

    expect(rig.shares(clip)).toEqual(["anna released"]);
    expect(rig.entries("answer")[0]?.details?.via).toBe("mqtt_signed");
  });

  test("the same approval once more, after the owner's no and a restart, does nothing (§10.1.2)", async () => {
    const { rig, clip, answers, claims } = await open();
    await answers.receive(jws(claims));
    await rig.gate.answer(clip.id, "anna", "withdrawn", "page");

    expect(await answers.receive(jws(claims))).toMatchObject({ taken: false, detail: "it was taken before" });

    expect(rig.shares(clip)).toEqual(["anna withdrawn"]);
  });

  test("an approval for other bytes under the same name is refused (§10.1.2)", async () => {
    const { rig, clip, answers, claims } = await open();

    expect(await answers.receive(jws({ ...claims, clip_sha256: "cd".repeat(32) }))).toMatchObject({ taken: false });

    expect(rig.shares(clip)).toEqual(["anna asks"]);
  });

  test("an unsigned approval counts only where the owner named that channel", async () => {
    const { rig, clip, answers, plain } = await open({ channels: ["page", "mqtt_signed"] });
    const payload = Buffer.from(JSON.stringify(plain));

    expect(await answers.receive(payload)).toMatchObject({ taken: false });
    expect(rig.shares(clip)).toEqual(["anna asks"]);
    await rig.change(rig.config.recipients, { approvals: { ...rig.config.approvals, channels } });
    expect(await answers.receive(payload)).toMatchObject({ taken: true });

    expect(rig.shares(clip)).toEqual(["anna released"]);
  });

  test("a signed approval is refused where the owner did not name that channel", async () => {
    const { rig, clip, answers, claims } = await open({ channels: ["page", "home_assistant"] });

    expect(await answers.receive(jws(claims))).toMatchObject({ taken: false });

    expect(rig.shares(clip)).toEqual(["anna asks"]);
  });

  test("a flood of forgeries leaves nothing in the ledger (§10.1.4)", async () => {
    const { rig, answers, claims } = await open();
    const before = rig.ledger.size;

    for (let n = 0; n < 100; n++) await answers.receive(jws({ ...claims, iat: n }, HEADER, stranger.privateKey));

    expect(rig.ledger.size).toBe(before);
  });
});
