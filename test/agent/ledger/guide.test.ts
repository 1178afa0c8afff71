// docs/guide/verify-a-receipt.md, run as it stands there: a receipt verified with openssl and jq alone.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openReceipt } from "../../../agent/ledger/receipt-verify.ts";
import { facts, rig, temporaryFolder } from "./rig.ts";

const GUIDE = readFileSync(new URL("../../../docs/guide/verify-a-receipt.md", import.meta.url), "utf8");
const SCRIPT = Array.from(GUIDE.matchAll(/^```sh\n([\s\S]*?)^```$/gm), ([, block]) => block!).join("\n");

for (const program of ["openssl", "jq"])
  if (spawnSync(program, ["--help"]).error)
    throw new TypeError(`this test needs ${program}: apt-get install ${program}`);

interface Files {
  receipt: string;
  media: string;
  key: string;
  checkpoint: string;
}

/** What a recipient of four recordings holds of the last. */
function received(): Files {
  const { ledger } = rig();
  const media = "the recording, as it arrived";
  const sha256 = createHash("sha256").update(media).digest("hex");
  for (const id of ["d1", "d2", "d3"]) ledger.commitDisclosure(facts(id));
  const last = facts("d4");
  const { receipt } = ledger.commitDisclosure({ ...last, sent: { ...last.sent, sha256 } });
  return { receipt, media, key: ledger.identity().publicKey.pem, checkpoint: ledger.recipientCheckpoint("anna")! };
}

function run({ receipt, media, key, checkpoint }: Files): { code: number; said: string } {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries({ "receipt.jws": receipt, media, "key.pem": key, checkpoint }))
    writeFileSync(join(folder, name), text);
  const { status, stdout, stderr } = spawnSync("sh", ["-eu", "-c", SCRIPT], { cwd: folder, encoding: "utf8" });
  return { code: status ?? -1, said: stdout + stderr };
}

test("the guide's commands verify a true receipt, to the published head of the list", () => {
  const files = received();
  const { code, said } = run(files);
  expect(said.match(/Signature Verified Successfully/g)).toHaveLength(2);
  expect(said).toContain("the receipt is about this file");
  expect(said).toContain("the receipt is in the list");
  expect(said).toContain("the list is the published one");
  expect(said).toContain('"not_after": "2026-11-29T12:00:00.000Z"');
  expect(code).toBe(0);
});

test("the guide's commands refuse another file, another key and altered claims", () => {
  const files = received();
  expect(run({ ...files, media: "another recording" })).toMatchObject({
    code: 1,
    said: expect.stringContaining("ANOTHER FILE"),
  });
  expect(run({ ...files, key: rig().ledger.identity().publicKey.pem }).code).not.toBe(0);
  const [header, payload, signature] = files.receipt.split(".") as [string, string, string];
  const altered = Buffer.from(payload, "base64url").toString().replace('"anna"', '"emma"');
  const forged = [header, Buffer.from(altered).toString("base64url"), signature].join(".");
  expect(run({ ...files, receipt: forged }).code).not.toBe(0);
  expect(run({ ...files, checkpoint: files.checkpoint.replace(/^4$/m, "5") }).code).not.toBe(0);
});

test("the leaf that the guide builds in the shell is ours, whatever the reasons are written in", () => {
  const { ledger } = rig();
  const text = 'l\'accord "exprès" de la propriétaire, \\ et 日本語 😀';
  const given = { ...facts("d1"), decision: { effect: "permit" as const, reasons: [{ rule: "§4.1 ask", text }] } };
  const { receipt } = ledger.commitDisclosure(given);
  const { log: _, ...claims } = openReceipt(receipt, ledger.identity().publicKey);
  const canonical = execFileSync("jq", ["-cjS", "."], { input: JSON.stringify(claims), encoding: "utf8" });
  expect(JSON.parse(canonical)).toEqual(claims);
  const media = "x";
  const sent = { ...given.sent, sha256: createHash("sha256").update(media).digest("hex") };
  const second = ledger.commitDisclosure({ ...given, jti: "d2", sent });
  const files = {
    receipt: second.receipt,
    media,
    key: ledger.identity().publicKey.pem,
    checkpoint: ledger.recipientCheckpoint("anna")!,
  };
  expect(run(files)).toMatchObject({ code: 0, said: expect.stringContaining("the receipt is in the list") });
});
