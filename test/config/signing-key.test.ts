// Which signing keys are read: 32 bytes in their one base64 spelling.
import { generateKeyPairSync } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseSigningKey, signingKeyKind } from "../../config/signing-key.ts";

test("a key that openssl or Node makes is read", () => {
  const { publicKey } = generateKeyPairSync("ed25519");
  const { x } = publicKey.export({ format: "jwk" });
  const text = Buffer.from(x!, "base64url").toString("base64");
  expect(parseSigningKey(text)).toBe(text);
});

test("exactly the texts that are base64 of 32 bytes are read", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 30, maxLength: 34 }), (bytes) => {
      const text = Buffer.from(bytes).toString("base64");
      expect(parseSigningKey(text)).toBe(bytes.length === 32 ? text : undefined);
    }),
  );
  fc.assert(
    fc.property(fc.base64String(), (text) => {
      if (parseSigningKey(text) !== undefined) expect(Buffer.from(text, "base64").toString("base64")).toBe(text);
    }),
  );
});

test("a private key is refused and never repeated", () => {
  const told = JSON.stringify(signingKeyKind.read("-----BEGIN PRIVATE KEY-----MC4CAQAwBQYDK2VwBCIEIA"));
  expect(told).toContain("CONFIG_SECRET_INLINE");
  expect(told).not.toContain("MC4CAQ");
});
