// Every format of docs/spec/ledger.md against the vectors in test/vectors/ledger.json, and against other people's programs.
import { createPrivateKey } from "node:crypto";
import * as fc from "fast-check";
import { compactVerify, importSPKI } from "jose";
import { expect, test } from "vitest";
import { canonicalJson } from "../../../agent/ledger/canonical-json.ts";
import { signJws } from "../../../agent/ledger/jws.ts";
import {
  commitmentOf,
  disclosureLeaf,
  disclosureLeafHash,
  entryLeaf,
  entryLeafHash,
  opening,
} from "../../../agent/ledger/leaf.ts";
import { leafHash } from "../../../agent/ledger/merkle.ts";
import { openCheckpoint, openNote, signCheckpoint } from "../../../agent/ledger/note.ts";
import { parsePublicKey } from "../../../agent/ledger/public-key.ts";
import { committedClaims, leafOfClaims } from "../../../agent/ledger/receipt-issue.ts";
import { openReceipt, verifyReceipt } from "../../../agent/ledger/receipt-verify.ts";
import { receiptWords } from "../../../agent/ledger/receipt-words.ts";
import { SigningKey } from "../../../agent/ledger/signing-key.ts";
import { formatTlogProof, openTlogProof, parseTlogProof } from "../../../agent/ledger/tlog-proof.ts";
import { facts, rig } from "./rig.ts";
import vectors from "../../vectors/ledger.json" with { type: "json" };

const key = parsePublicKey(vectors.key.base64);
const signer = new SigningKey(createPrivateKey(vectors.key.private_pem));

test.each(vectors.canonical_json)("canonical JSON: $name", ({ value, text }) => {
  expect(canonicalJson(value)).toBe(text);
});

test("canonical JSON says the same whatever the order of members, and nothing else can be said in it", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const value: unknown = JSON.parse(text);
      expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
    }),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.integer()), (members) => {
      expect(canonicalJson(Object.fromEntries(Object.entries(members).toReversed()))).toBe(canonicalJson(members));
    }),
  );
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, () => 1, Symbol("x"), 1n, [undefined]])
    expect(() => canonicalJson(value)).toThrow(TypeError);
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
});

test.each(vectors.entry_leaves)("the leaf of an entry: $name", (vector) => {
  const commitment = commitmentOf(opening(Buffer.from(vector.salt, "hex"), vector.details));
  expect(commitment).toBe(vector.commitment);
  const leaf = { sequence: vector.sequence, atMs: vector.at_ms, type: vector.type, ref: vector.ref, commitment };
  expect(entryLeaf(leaf)).toBe(vector.leaf);
  expect(entryLeafHash(leaf).toString("hex")).toBe(vector.leaf_hash);
});

test("the leaf of a disclosure can be made from its receipt alone", () => {
  const vector = vectors.disclosure_leaf;
  const claims = openReceipt(vectors.receipts[0]!.jws, key);
  const leaf = leafOfClaims(
    committedClaims(claims),
    Buffer.from(claims.log.salt, "base64"),
    vector.origin,
    vector.index,
  );
  expect(leaf.commitment).toBe(vector.commitment);
  expect(leaf.hash.toString("hex")).toBe(vector.leaf_hash);
  const { origin, index, disclosure, commitment } = vector;
  expect(disclosureLeaf({ origin, index, disclosure, commitment })).toBe(vector.leaf);
  expect(disclosureLeafHash({ origin, index, disclosure, commitment })).toEqual(leaf.hash);
});

test("the public key is one key in all its forms, with a comment around it or not", () => {
  const { base64, pem, verifier, fingerprint, kid } = vectors.key;
  for (const text of [
    base64,
    pem,
    verifier,
    `# porch\n${fingerprint}\n${base64}\n`,
    `key: ${verifier} (from the sticker)`,
  ])
    expect(parsePublicKey(text).base64).toBe(base64);
  expect(key.pem).toBe(pem);
  expect(key.noteKey("doorstep/porch")).toBe(verifier);
  expect([key.fingerprint, key.id]).toEqual([fingerprint, kid]);
  expect(fingerprint).toMatch(/^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
});

test("whatever is not a key is refused, a verifier key with a typing error included", () => {
  const { base64, pem, verifier } = vectors.key;
  for (const text of [
    "",
    "hello",
    base64.slice(1),
    verifier.replace("porch", "proch"),
    pem.replace("MCow", "MCox"),
    `${"A".repeat(42)}=`,
  ])
    expect(() => parsePublicKey(text)).toThrow("LEDGER_KEY_MALFORMED");
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      try {
        expect(parsePublicKey(text).raw).toHaveLength(32);
      } catch (error) {
        expect(String(error)).toContain("LEDGER_KEY_MALFORMED");
      }
    }),
  );
});

test("a note signed by the Go implementation opens, and ours is what it would accept", () => {
  const peter = parsePublicKey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const signature =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
  expect(openNote(`${text}\n${signature}`, peter, "PeterNeumann")).toBe(text);
  expect(() => openNote(`${text.replace("your", "my")}\n${signature}`, peter, "PeterNeumann")).toThrow(
    "CHECKPOINT_SIGNATURE_WRONG",
  );
  expect(() => openNote(`${text}\n${signature}`, key, "PeterNeumann")).toThrow("CHECKPOINT_SIGNATURE_WRONG");
});

test.each(vectors.checkpoints)("a checkpoint of $name is signed to the same bytes, and opens", ({ head, note }) => {
  const root = Buffer.from(head.root, "base64");
  expect(signCheckpoint({ ...head, root }, signer)).toBe(note);
  expect(openCheckpoint(note, key, head.origin)).toEqual({ ...head, root });
  expect(() => openCheckpoint(note, key, "doorstep/elsewhere")).toThrow("CHECKPOINT_SIGNATURE_WRONG");
});

test("signatures of witnesses are let through, and no altered checkpoint is", () => {
  const { note } = vectors.checkpoints[0]!;
  expect(openCheckpoint(`${note}— witness.example AAAAAAAA\n`, key).origin).toBe("doorstep/porch");
  fc.assert(
    fc.property(fc.nat(note.length - 1), fc.integer({ min: 1, max: 127 }), (at, bits) => {
      const altered = note.slice(0, at) + String.fromCharCode(note.charCodeAt(at) ^ bits) + note.slice(at + 1);
      expect(() => openCheckpoint(altered, key, "doorstep/porch")).toThrow(/CHECKPOINT_(MALFORMED|SIGNATURE_WRONG)/);
    }),
  );
});

test("a proof in a file shows that an entry is in the log, to whoever has the key", () => {
  const { proof: text, leaf } = vectors.tlog_proof;
  const proof = parseTlogProof(text);
  expect(formatTlogProof(proof)).toBe(text);
  expect(proof).toMatchObject({ leaf, index: 2 });
  expect(openTlogProof(proof, leafHash(leaf), key, "doorstep/porch").size).toBe(9);
  expect(() => openTlogProof(proof, leafHash("another"), key)).toThrow("PROOF_WRONG");
  expect(() => openTlogProof({ ...proof, index: 3 }, leafHash(leaf), key)).toThrow("PROOF_WRONG");
  const { leaf: _, ...bare } = proof;
  expect(parseTlogProof(formatTlogProof(bare))).toEqual(bare);
  for (const bad of [
    "",
    "hello",
    text.replace("@v1", "@v2"),
    text.replace("index 2", "index 02"),
    text.replace("index 2", "2"),
    text.replace(/\n[A-Za-z0-9+/]{43}=\n/, "\nnot a hash\n"),
  ])
    expect(() => parseTlogProof(bad)).toThrow("PROOF_MALFORMED");
});

test.each(vectors.receipts)("receipt: $name", ({ jws, media_sha256, result }) => {
  if (result === "ok") expect(verifyReceipt(jws, key, media_sha256).sent.sha256).toBe(media_sha256);
  else expect(() => verifyReceipt(jws, key, media_sha256)).toThrow(result);
});

test("a receipt is what any JOSE library verifies, and says which key signed it", async () => {
  const { jws } = vectors.receipts[0]!;
  const { protectedHeader, payload } = await compactVerify(jws, await importSPKI(vectors.key.pem, "EdDSA"));
  expect(protectedHeader).toEqual({ alg: "EdDSA", kid: vectors.key.kid, typ: "doorstep-receipt+jws" });
  expect(JSON.parse(Buffer.from(payload).toString())).toEqual(openReceipt(jws, key));
});

test("no character of a receipt can be changed", () => {
  const { jws, media_sha256 } = vectors.receipts[0]!;
  fc.assert(
    fc.property(fc.nat(jws.length - 1), fc.integer({ min: 1, max: 127 }), (at, bits) => {
      const altered = jws.slice(0, at) + String.fromCharCode(jws.charCodeAt(at) ^ bits) + jws.slice(at + 1);
      expect(() => verifyReceipt(altered, key, media_sha256)).toThrow(/RECEIPT_/);
    }),
    { numRuns: 500 },
  );
});

test("members that a later version adds to a receipt are committed to like the rest", () => {
  const { ledger, keyFile } = rig();
  const later = { ...facts("d1"), purpose: "parcel" };
  const own = ledger.identity().publicKey;
  const { receipt } = ledger.commitDisclosure(later);
  expect(openReceipt(receipt, own)).toMatchObject({ purpose: "parcel" });
  expect(keyFile).toContain("keys");
  const claims = { ...openReceipt(vectors.receipts[0]!.jws, key), purpose: "slipped in" };
  expect(() => openReceipt(signJws(claims, signer), key)).toThrow("RECEIPT_NOT_IN_LOG");
});

test("a receipt in words says who approved what, why and until when, and what it is not", () => {
  const words = receiptWords(openReceipt(vectors.receipts[0]!.jws, key), "Europe/Paris");
  expect(words).toContain('the doorbell "porch" sent a recording to anna');
  expect(words).toContain("22 November 2026, 12:59:50 (Europe/Paris), 14.25 seconds");
  expect(words).toContain("video without sound, encrypted for the recipient, 11 bytes");
  expect(words).toContain("the owner, on the command line");
  expect(words).toContain("clips for anna go out after the owner has approved (§4.1 ask)");
  expect(words).toContain("29 November 2026, 13:00:00 (Europe/Paris)");
  expect(words).toContain("as number 2 of everything sent to anna");
  expect(words).toContain("the owner's authorisation to send it. It is not the consent of the people in it.");
});

test("whatever arrives in place of a receipt, checkpoint or proof is refused with a code, and never believed", () => {
  const shapes = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.base64String({ maxLength: 400 }),
    fc.array(fc.base64String({ maxLength: 90 }), { maxLength: 4 }).map((parts) => parts.join(".")),
    fc
      .json()
      .map((text) => ["", text, "x".repeat(64)].map((part) => Buffer.from(part).toString("base64url")).join(".")),
    fc.array(fc.string(), { maxLength: 6 }).map((lines) => `c2sp.org/tlog-proof@v1\n${lines.join("\n")}\n\n`),
    fc
      .array(fc.string(), { maxLength: 6 })
      .map((lines) => `doorstep/porch\n4\n${lines.join("\n")}\n\n— doorstep/porch AAAA\n`),
  );
  const refused = (read: () => unknown): void => {
    try {
      read();
    } catch (error) {
      expect(String(error)).toMatch(/AgentError: (RECEIPT|CHECKPOINT|PROOF)_/);
      return;
    }
    expect.unreachable();
  };
  fc.assert(
    fc.property(shapes, (text) => {
      refused(() => openReceipt(text, key));
      refused(() => openCheckpoint(text, key));
      refused(() => openTlogProof(parseTlogProof(text), leafHash(text), key));
    }),
    { numRuns: 1000 },
  );
});

test("claims of every wrong shape are refused, even signed by the device itself", () => {
  const good = openReceipt(vectors.receipts[0]!.jws, key) as unknown as Record<string, unknown>;
  const names = Object.keys(good);
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, value) => {
      if (canonicalJson(value) === canonicalJson(good[name])) return;
      expect(() => openReceipt(signJws({ ...good, [name]: value }, signer), key)).toThrow(
        /RECEIPT_(MALFORMED|NOT_IN_LOG)/,
      );
    }),
    { numRuns: 500 },
  );
});
