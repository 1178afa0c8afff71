// A ledger in a folder of its own, on a simulated clock and with salts that repeat from run to run.
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Ledger } from "../../../agent/ledger/ledger.ts";
import { EMPTY_ROOT, nodeHash } from "../../../agent/ledger/merkle.ts";
import type { DisclosureFacts } from "../../../agent/ledger/receipt-issue.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";

export interface Rig {
  readonly folder: string;
  readonly file: string;
  readonly keyFile: string;
  readonly clock: SimulatedClock;
  ledger: Ledger;
  /** Closes and opens again, as a restart does. */
  reopen(): Ledger;
}

/** 16 bytes that look random and are the same in every run. */
function salts(): (bytes: number) => Buffer {
  let drawn = 0;
  return (bytes) => createHash("sha256").update(`salt ${drawn++}`).digest().subarray(0, bytes);
}

/** Runs a clean-up at its time: the end of the test, or of the file when made in a hook. */
type Later = (clean: () => void) => void;

export function temporaryFolder(later: Later = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-ledger-"));
  later(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function rig(later: Later = onTestFinished): Rig {
  const folder = temporaryFolder(later);
  const file = join(folder, "ledger", "ledger.db");
  const keyFile = join(folder, "keys", "ledger.ed25519");
  const clock = new SimulatedClock();
  const open = (): Ledger => Ledger.open({ file, keyFile, device: "porch", clock, random: salts() });
  const made: Rig = {
    folder,
    file,
    keyFile,
    clock,
    ledger: open(),
    reopen() {
      if (made.ledger.database.open) made.ledger.close();
      made.ledger = open();
      return made.ledger;
    },
  };
  later(() => {
    if (made.ledger.database.open) made.ledger.close();
  });
  return made;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What the gate would say of a clip for `recipient`. */
export function facts(id: string, recipient = "anna", clip = `clip-${id}`): DisclosureFacts {
  return {
    sub: recipient,
    jti: id,
    clip: { id: clip, sha256: sha256(clip), started: "2026-11-22T11:59:50.000Z", duration_s: 14.25 },
    sent: {
      kind: "clip",
      type: "video/mp4",
      encrypted: true,
      audio: false,
      bytes: 1_234_567,
      sha256: sha256(`sent ${id}`),
    },
    decision: {
      effect: "permit",
      reasons: [{ rule: "§4.1 ask", text: "clips for anna go out after the owner has approved" }],
    },
    policy_sha256: sha256("policy"),
    owner_authorisation: { how: "cli", at: "2026-11-22T12:00:00.000Z" },
    not_after: "2026-11-29T12:00:00.000Z",
  };
}

/** A few days at a door: every kind of row a ledger has, two recipients, one erased clip. */
export async function lively(made: Rig): Promise<void> {
  const { ledger, clock } = made;
  ledger.append("agent.started", "", { version: "0.1.0", recovered: [] });
  for (const id of ["d1", "d2", "d3"]) {
    ledger.append("clip.started", `clip-${id}`, { triggers: ["button"] });
    await clock.advance(14_000 as never);
    ledger.append("answer", `clip-${id}`, {
      recipient: "anna",
      answer: "approved",
      via: "cli",
      clip_sha256: sha256(id),
    });
    ledger.commitDisclosure(facts(id, id === "d2" ? "ben" : "anna"));
    ledger.append("delivery", id, { recipient: "anna", state: "confirmed", detail: "" });
  }
  ledger.append("clip.deleted", "clip-d1", { why: "erasure", had_received: ["anna"] });
  ledger.eraseDetails({ why: "erasure", ref: "clip-d1" });
  ledger.append("agent.stopped", "", { why: "signal" });
}

/** MTH of RFC 6962 §2.1, word for word, over leaf hashes. */
export function naiveRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length <= 1) return leaves[0] ?? EMPTY_ROOT;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

/** Many entries in one transaction, so that a test does not wait for the disk a thousand times. */
export function fill(ledger: Ledger, entries: number, ref: (n: number) => string = () => ""): void {
  ledger.transaction(() => {
    for (let n = 0; n < entries; n++) ledger.append("alarm", ref(n), { code: "FILL", detail: String(n) });
  });
}
