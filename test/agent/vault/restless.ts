// A process that adds and deletes clips as fast as it can, to be killed at any instant: power-cut.test.ts starts it.
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ulid } from "ulid";
import { Catalogue } from "../../../agent/vault/catalogue.ts";
import { clipFile, pictureFiles } from "../../../agent/vault/clip-file.ts";
import { Erasure } from "../../../agent/vault/erasure.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";

const root = process.argv[2]!;
const folders = { clips: join(root, "clips"), stills: join(root, "stills") };
const catalogue = Catalogue.open(join(root, "catalogue.db"));
const tombstones = openSync(join(root, "tombstones"), "a");
const erasure = new Erasure({
  catalogue,
  folders,
  hooks: {
    withdraw: async () => {},
    entomb: async ({ clip }) => {
      writeSync(tombstones, `${clip}\n`);
      fsyncSync(tombstones);
    },
  },
});

function record(at: number): string {
  const id = ulid(at).toLowerCase();
  const data = Buffer.from(`clip ${id}`);
  const part = `${clipFile(folders, id)}.part`;
  const handle = openSync(part, "w");
  writeSync(handle, data);
  fsyncSync(handle);
  closeSync(handle);
  renameSync(part, clipFile(folders, id));
  const facts = {
    durationMs: 8000,
    preRollMs: 0,
    width: 16,
    height: 16,
    hasAudio: false,
    pinned: false,
    objected: false,
  };
  const sha256 = createHash("sha256").update(data).digest("hex");
  catalogue.add({
    ...facts,
    id,
    state: "ready",
    startedAt: at as WallTime,
    clockTrusted: true,
    bytes: data.length,
    sha256,
    triggers: ["pir"],
    zones: "unknown",
  });
  for (const file of Object.values(pictureFiles(folders, id))) writeFileSync(file, "picture");
  catalogue.setPictures(id, { state: "made", storyboardBytes: 7, stillBytes: 7, previewBytes: 7 });
  return id;
}

const ids: string[] = [];
process.stdout.write("running\n");
for (let n = 0; ; n++) {
  ids.push(record(1_800_000_000_000 + n));
  if (ids.length > 3) await erasure.deleteClip(ids.shift()!, "retention");
}
