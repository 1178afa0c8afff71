// A clip for somebody who stands in no configuration: through the ledger, sealed, and never into the door.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Requests } from "../../../agent/consent/requests.ts";
import { reportText } from "../../../agent/ledger/report-page.ts";
import { ledgerReport } from "../../../agent/ledger/report.ts";
import { openReceipt } from "../../../agent/ledger/receipt-verify.ts";
import { config, opened, recipient, type Rig } from "./rig.ts";

/** A key pair as somebody without doorstep makes it. */
function keys(): { readonly file: string; readonly key: string } {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "key.txt");
  execFileSync("age-keygen", ["-o", file], { stdio: "ignore" });
  return { file, key: /age1[0-9a-z]+/.exec(readFileSync(file, "utf8"))![0] };
}

const aHouse = (): Promise<Rig> => opened(config([recipient("anna")], { sharing: { enabled: false } }));

test("what is handed over opens with the key alone, and leaves nothing in the door", async () => {
  const rig = await aHouse();
  const clip = rig.clip();
  const { file, key } = keys();

  const given = await rig.gate.handOver(clip.id, { to: "court", keys: [key], audio: false, via: "cli" });
  const sealed = await given.media.readFile();
  await given.media.close();

  const opens = execFileSync("age", ["-d", "-i", file], { input: sealed, maxBuffer: 1 << 26 });
  expect(opens.length).toBeGreaterThan(0);
  expect(sealed.length).toBe(given.bytes);
  expect([rig.media(), readdirSync(join(rig.folder, "out", "tmp"))]).toEqual([[], []]);
  expect(rig.gate.hadReceived(clip.id)).toEqual(["court"]);
});

test("its receipt says that the owner alone decided, and the ledger has it before the first byte (§10.2.1, §10.2.3)", async () => {
  const rig = await aHouse();
  const clip = rig.clip();

  const { media, receipt } = await rig.gate.handOver(clip.id, {
    ...{ to: "court", keys: [keys().key], audio: false, via: "cli" },
  });
  await media.close();

  expect(openReceipt(receipt, rig.ledger.identity().publicKey)).toMatchObject({
    ...{ sub: "court", clip: { id: clip.id }, sent: { encrypted: true, audio: false } },
    decision: { reasons: [{ rule: "§10.2 handed over" }] },
    owner_authorisation: { how: "cli" },
  });
  expect(rig.entries("export").map(({ ref, details }) => [ref, details?.recipient])).toEqual([[clip.id, "court"]]);
});

test("the same clip may be handed to the same person twice, each time written down", async () => {
  const rig = await aHouse();
  const clip = rig.clip();

  for (const key of [keys().key, keys().key]) {
    const { media } = await rig.gate.handOver(clip.id, { to: "court", keys: [key], audio: false, via: "page" });
    await media.close();
  }

  expect(rig.entries("export")).toHaveLength(2);
});

test("what answers a request says so, and what it is for stands in the receipt", async () => {
  const rig = await aHouse();
  const clip = rig.clip();
  const requests = new Requests(rig.ledger, rig.clock, () => true);
  const letter = {
    kind: "disclosure",
    from: "court",
    why: "a theft",
    contact: "",
    legalBasis: "",
    emergency: true,
  } as const;
  const { id: request } = requests.add(letter);
  const wish = {
    to: "court",
    keys: [keys().key],
    audio: false,
    via: "cli",
    request,
    purpose: "case 12\u202E/26",
  } as const;

  const { id, receipt, media } = await rig.gate.handOver(clip.id, wish);
  await media.close();

  const { decision } = openReceipt(receipt, rig.ledger.identity().publicKey);
  expect(decision.reasons.map(({ text }) => text)).toEqual([
    "the owner has handed it over as a file: case 12\uFFFD/26",
  ]);
  expect(requests.get(request)).toMatchObject({ state: "open", given: [{ to: "court", disclosure: id }] });
  expect(reportText(ledgerReport(rig.ledger))).toContain("not answered; clips handed over: 1");
  await expect(rig.gate.handOver(clip.id, { ...wish, request: id })).rejects.toThrow("REQUEST_NOT_FOUND");
  await expect(rig.gate.handOver(clip.id, { ...wish, purpose: "x".repeat(201) })).rejects.toThrow("EXPORT_REFUSED");
  rig.ledger.eraseDetails({ why: "erasure", ref: clip.id });
  expect(JSON.stringify(rig.ledger.entries({ limit: 1000 }).map(({ details }) => details))).not.toContain(clip.id);
});

test("nobody gets past the configuration, or a clip without a key, or anything from a ledger that is in doubt (§10.2.2, §10.2.3)", async () => {
  const rig = await aHouse();
  const clip = rig.clip();
  const { key } = keys();
  const wish = { to: "court", keys: [key], audio: false, via: "cli" } as const;

  await expect(rig.gate.handOver(clip.id, { ...wish, to: "anna" })).rejects.toThrow("EXPORT_REFUSED");
  await expect(rig.gate.handOver(clip.id, { ...wish, to: "../../etc" })).rejects.toThrow("NAME_MALFORMED");
  await expect(rig.gate.handOver(clip.id, { ...wish, to: "status" })).rejects.toThrow("NAME_MALFORMED");
  await expect(rig.gate.handOver(clip.id, { ...wish, keys: [] })).rejects.toThrow("KEYS_MISSING");
  await expect(rig.gate.handOver(clip.id, { ...wish, keys: ["age1nonsense"] })).rejects.toThrow("KEY_MALFORMED");
  await expect(rig.gate.handOver("01k0000000000000000000000z", wish)).rejects.toThrow("CLIP_NOT_FOUND");
  rig.ledger.distrust([{ kind: "entry", text: "entry 3 was changed" } as never]);
  await expect(rig.gate.handOver(clip.id, wish)).rejects.toThrow("LEDGER_NOT_TRUSTED");

  expect([rig.entries("export"), readdirSync(join(rig.folder, "out", "tmp"))]).toEqual([[], []]);
});
