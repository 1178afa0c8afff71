// The plug is pulled at every step of a release, in a real process: what is out is in the ledger, what was approved is out, and
// nothing is out twice (promises 2, 8 and 9).
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { generateIdentity, identityToRecipient } from "age-encryption";
import type { Clip } from "../../../agent/vault/clip.ts";
import { config, recipient, Rig } from "./rig.ts";

const CHILD = fileURLToPath(new URL("crash-child.ts", import.meta.url));
const key = await identityToRecipient(await generateIdentity());
const household = config([
  recipient("anna", { clips: "auto", events: "auto" }),
  recipient("ben", { clips: "ask", encryption: { kind: "age", keys: [key] } }),
]);

/** A vault with two clips that the ledger knows to be ready, and a process that shares them until step `last`. */
function pullPlugAt(last: number): { rig: Rig; clips: readonly Clip[]; steps: readonly string[] } {
  const rig = new Rig(household);
  const clips = [rig.clip(), rig.clip()];
  writeFileSync(join(rig.folder, "story.json"), JSON.stringify({ config: household, clips }));
  rig.ledger.close();
  const { stdout, stderr, signal } = spawnSync(process.execPath, [CHILD, rig.folder, String(last)], {
    encoding: "utf8",
  });
  if (last >= 0 ? signal !== "SIGKILL" : stderr !== "") throw new Error(`the child ended with ${signal}: ${stderr}`);
  return { rig, clips, steps: stdout.trim().split("\n") };
}

/** As many as the story has: the first test fails when one is added or gone. */
const STEPS = 46;

test("the story is told to its end when nobody pulls the plug, and every step of it is tried below", () => {
  const { steps } = pullPlugAt(-1);

  expect(steps.filter((name) => name !== "approved" && name !== "withdrawn")).toHaveLength(STEPS);
});

describe("after the plug was pulled (§9.3)", () => {
  for (let index = 0; index < STEPS; index++) {
    test(`at step ${index} nothing is out unaccounted, nothing approved is lost, and nothing is out twice`, async () => {
      const { rig, clips, steps: passed } = pullPlugAt(index);
      await rig.restart();
      await rig.gate.considerLeftovers(clips);

      const committed = rig.entries("disclosure").map(({ ref }) => ref);
      const standing = rig.names("new").map((name) => name.replace(".json", ""));
      expect(standing.filter((id) => !committed.includes(id))).toEqual([]);
      expect(rig.alarms).toEqual([]);
      expect(rig.names("tmp")).toEqual([]);

      const out = rig.media().map(({ recipient, clip }) => `${clip} ${recipient}`);
      expect(new Set(out).size).toBe(out.length);
      const [visit, other] = clips as [Clip, Clip];
      expect(out).toContain(`${visit.id} anna`);
      const approved = rig.entries("answer").some(({ details }) => details?.answer === "approved");
      expect(out.includes(`${visit.id} ben`)).toBe(approved);
      if (passed.includes("approved")) expect(approved).toBe(true);
      const withdrawn = rig.entries("answer").some(({ details }) => details?.answer === "withdrawn");
      expect(out.includes(`${other.id} anna`)).toBe(!withdrawn);
      for (const sent of rig.media()) expect(sent.files).toHaveLength(3);
    });
  }
});
