// Which public keys are read: those that age itself accepts, checked to the last character.
import { execFileSync } from "node:child_process";
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ageFamily, ageKeysKind } from "../../config/age-recipient.ts";
import { decodeBech32 } from "../../config/bech32.ts";

const classic = await identityToRecipient(await generateX25519Identity());
const another = await identityToRecipient(await generateX25519Identity());
const quantum = await identityToRecipient(await generateHybridIdentity());

test("a key made by the age command of the machine is read", () => {
  const made = execFileSync("age-keygen", { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  expect(ageFamily(/age1[a-z0-9]+/.exec(made)![0])).toBe("classic");
});

test("both families of keys are told apart", () => {
  expect(ageFamily(classic)).toBe("classic");
  expect(ageFamily(quantum)).toBe("post-quantum");
});

test("a key with any one character changed is refused", () => {
  const letters = fc.constantFrom(...Array.from("qpzry9x8gf2tvdw0s3jn54khce6mua7lbio1-A "));
  for (const key of [classic, quantum])
    fc.assert(
      fc.property(fc.nat(key.length - 1), letters, (at, letter) => {
        const changed = key.slice(0, at) + letter + key.slice(at + 1);
        expect(ageFamily(changed) === undefined).toBe(changed !== key);
      }),
    );
});

test("a key with any part missing or doubled is refused", () => {
  fc.assert(
    fc.property(fc.nat(classic.length), fc.nat(classic.length), (from, to) => {
      const cut = classic.slice(0, from) + classic.slice(to);
      expect(ageFamily(cut) === undefined).toBe(cut !== classic);
    }),
  );
});

test("the test strings of BIP 173 are read and refused as it says", () => {
  for (const text of ["a12uel5l", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "?1ezyfcl"])
    expect([text, decodeBech32(text) !== undefined]).toEqual([text, true]);
  for (const text of [
    "pzry9x0s0muk",
    "1pzry9x0s0muk",
    "x1b4n0q5v",
    "li1dgmt3",
    "de1lg7wt\u00ff",
    "10a06t8",
    "1qzzfhee",
    "a12uel5m",
  ])
    expect([text, decodeBech32(text)]).toEqual([text, undefined]);
});

test("one key and a list of it are the same, and so are lists in another order", () => {
  expect(ageKeysKind.read(classic)).toEqual({ value: [classic] });
  expect(ageKeysKind.read([classic])).toEqual({ value: [classic] });
  expect(ageKeysKind.read([another, classic, another])).toEqual(ageKeysKind.read([classic, another]));
});

test("old and post-quantum keys are refused together, with the reason", () => {
  const reading = ageKeysKind.read([classic, quantum]);
  expect(JSON.stringify(reading)).toContain("write two recipients");
});

test("a secret key is refused, never repeated, and called burnt", async () => {
  const secret = await generateX25519Identity();
  for (const value of [secret, [classic, secret], secret.toLowerCase()]) {
    const told = JSON.stringify(ageKeysKind.read(value));
    expect(told).toContain("CONFIG_SECRET_INLINE");
    expect(told.toLowerCase()).not.toContain(secret.slice(-20).toLowerCase());
  }
});

test("every faulty key of a list is named by its place", () => {
  const reading = ageKeysKind.read([classic, "age1oops", 5]);
  expect("refusals" in reading && reading.refusals.map(({ within }) => within)).toEqual([[1], [2]]);
});

for (const value of [
  [],
  Array.from({ length: 17 }, () => classic),
  "",
  "ssh-ed25519 AAAA",
  classic.toUpperCase(),
  ` ${classic}`,
  null,
  {},
])
  test(`no recipient is read from ${JSON.stringify(value).slice(0, 40)}`, () =>
    expect(ageKeysKind.read(value)).toHaveProperty("refusals"));
