// What the gate finds at start when somebody, or a failing card, has been at the outbox.
import { appendFileSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { config, opened, recipient } from "./rig.ts";
import type { Rig } from "./rig.ts";

const auto = config([recipient("anna", { clips: "auto" })]);
const at = (rig: Rig, ...path: string[]): string => join(rig.folder, "out", ...path);

test("a directory that no ledger knows is deleted, and the owner hears of it", async () => {
  const rig = await opened(auto);
  await rig.gate.consider(rig.clip());
  const { id } = rig.media()[0]!;
  const forged = id.slice(0, -2) + "zz";
  cpSync(at(rig, "new", id), at(rig, "new", forged), { recursive: true });
  writeFileSync(at(rig, "new", `${id.slice(0, -2)}yy.json`), "{}");
  writeFileSync(at(rig, "new", "readme.txt"), "hello");
  mkdirSync(at(rig, "sent", forged));

  await rig.restart();

  expect(rig.media().map((each) => each.id)).toEqual([id]);
  expect(rig.names("sent")).toEqual([]);
  expect(rig.alarms.map((line) => line.split(":")[0])).toEqual(Array.from({ length: 4 }, () => "SPOOL_UNACCOUNTED"));
  expect(rig.entries("alarm")).toHaveLength(4);
});

test("media that somebody altered in the outbox does not stay there, and the clip is released anew", async () => {
  const rig = await opened(auto);
  const clip = rig.clip();
  await rig.gate.consider(clip);
  const { id } = rig.media()[0]!;
  appendFileSync(at(rig, "new", id, "clip.mp4"), "x");

  await rig.restart();

  const [anew] = rig.media();
  expect(anew!.id).not.toBe(id);
  expect(anew!.media.sha256).toBe(clip.sha256);
  expect(rig.entries("not_released").map(({ ref }) => ref)).toEqual([id]);
  expect(rig.alarms).toHaveLength(1);
});

test("a committed clip whose bytes were lost with the power is released anew, once (§9.4)", async () => {
  const rig = await opened(auto);
  const clip = rig.clip();
  await rig.gate.consider(clip);
  const { id } = rig.media()[0]!;
  rig.ledger.database.prepare("update disclosure set state = 'committed' where disclosure_id = ?").run(id);
  rmSync(at(rig, "new", id), { recursive: true });

  await rig.restart();
  await rig.restart();

  expect(rig.media().map((each) => each.clip)).toEqual([clip.id]);
  expect(rig.media()[0]!.id).not.toBe(id);
  expect(rig.entries("not_released")).toHaveLength(1);
});

test("a committed clip that did not reach the outbox is decided again, and stays when the answer has become no (§9.4)", async () => {
  const rig = await opened(auto);
  const clip = rig.clip();
  await rig.gate.consider(clip);
  const { id } = rig.media()[0]!;
  rig.ledger.database.prepare("update disclosure set state = 'committed' where disclosure_id = ?").run(id);
  renameSync(at(rig, "new", id), at(rig, "tmp", id));
  rig.config = config([recipient("anna", { clips: "never" })]);

  await rig.restart();

  expect([rig.media(), rig.names("tmp")]).toEqual([[], []]);
  expect(rig.entries("not_released")[0]?.details).toEqual({ recipient: "anna", why: "anna gets no clips" });
});

test("what is left in tmp of releases that never were is removed without a word", async () => {
  const rig = await opened(auto);
  mkdirSync(at(rig, "tmp", "01m81j18g0jbm5k07fhfbdt5ay"));
  writeFileSync(at(rig, "tmp", "01m81j18g0jbm5k07fhfbdt5ay", "clip.mp4"), "half");
  writeFileSync(at(rig, "tmp", "01m81j18g0jbm5k07fhfbdt5az.json"), "{");

  await rig.restart();

  expect([rig.names("tmp"), rig.alarms]).toEqual([[], []]);
});

test("a vault whose ledger was lost sends nothing of what it holds (§9.4)", async () => {
  const rig = await opened(config([]));
  const clips = [rig.clip(), rig.clip()];
  await rig.gate.stop();
  rig.ledger.close();
  rmSync(join(rig.folder, "ledger"), { recursive: true });
  rig.config = auto;

  await rig.restart();
  await rig.gate.considerLeftovers(clips);

  expect(rig.media()).toEqual([]);
});

test("a clip that became ready just before the power failed is considered at the next start", async () => {
  const rig = await opened(auto);
  const clip = rig.clip();

  await rig.restart();
  await rig.gate.considerLeftovers([clip]);

  expect(rig.media().map((each) => each.clip)).toEqual([clip.id]);
});

test("an outbox that cannot be written lets nothing out, and gives it another try with the next change (§9.10)", async () => {
  const rig = await opened(auto);
  const clip = rig.clip();
  rmSync(at(rig, "new"), { recursive: true });
  writeFileSync(at(rig, "new"), "in the way");

  await rig.gate.consider(clip);
  expect(rig.shares(clip)).toEqual(["anna released"]);
  expect(rig.alarms[0]).toMatch(/^NOT_RELEASED: .* is committed and could not be spooled/);
  rmSync(at(rig, "new"));
  mkdirSync(at(rig, "new"));
  await rig.gate.expire();

  expect(rig.media().map((each) => each.clip)).toEqual([clip.id]);
});
