// A vault in a temporary folder, and clips to put into it, for the tests of this room.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { ulid } from "ulid";
import { Catalogue } from "../../../agent/vault/catalogue.ts";
import type { Clip } from "../../../agent/vault/clip.ts";
import { clipFile } from "../../../agent/vault/clip-file.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";

/** Noon of the day the stories play. */
export const NOON = Date.parse("2026-11-22T12:00:00Z") as WallTime;
export const DAY_MS = 86_400_000;

const made: string[] = [];
afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A temporary folder, removed when the test file is done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-vault-"));
  made.push(folder);
  return folder;
}

/** The folders of an empty vault below `root`, and its catalogue. */
export function emptyVault(root = temporaryFolder()): {
  readonly root: string;
  readonly clips: string;
  readonly stills: string;
  readonly file: string;
  readonly catalogue: Catalogue;
} {
  const folders = { clips: join(root, "clips"), stills: join(root, "stills") };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  const file = join(root, "catalogue.db");
  return { root, ...folders, file, catalogue: Catalogue.open(file) };
}

/** An id as it would have been given at `at`. */
export const idAt = (at: number): string => ulid(at).toLowerCase();

let turn = 0;

/** The facts of a clip; nothing on disk. Every call is a second later than the last unless told when. */
export function clipFacts(facts: Partial<Clip> = {}): Clip {
  const startedAt = facts.startedAt ?? ((NOON + 1000 * turn++) as WallTime);
  return {
    id: idAt(startedAt),
    state: "ready",
    startedAt,
    clockTrusted: true,
    durationMs: 8000,
    preRollMs: 5000,
    bytes: 1000,
    sha256: createHash("sha256").update(`${startedAt} ${turn}`).digest("hex"),
    width: 1280,
    height: 720,
    hasAudio: false,
    triggers: ["pir"],
    zones: "unknown",
    pinned: false,
    objected: false,
    ...facts,
  };
}

/** Writes a real MP4 with ffmpeg, one key picture a second. `picture` is a source of lavfi's. */
export function recordMp4(
  path: string,
  { seconds = 3, picture = "testsrc2=size=320x180:rate=10", audio = false, crf = 28 } = {},
): void {
  const sound = audio ? "-f lavfi -i sine=frequency=440 -c:a aac -b:a 48k -shortest" : "";
  const encoder = `-t ${seconds} -c:v libx264 -preset ultrafast -bf 0 -crf ${crf} -pix_fmt yuv420p`;
  const keys = "-force_key_frames expr:gte(t,n_forced) -movflags +frag_keyframe+empty_moov+default_base_moof";
  const words = `-v error -y -f lavfi -i ${picture} ${sound} ${encoder} ${keys}`.split(/ +/);
  try {
    execFileSync("ffmpeg", [...words, path]);
  } catch (error) {
    throw new TypeError(`these tests record clips with ffmpeg: apt install ffmpeg (${String(error)})`, {
      cause: error,
    });
  }
}

const recorded = new Map<string, string>();

/** Puts a real clip into the vault, file first and row second, as the capture room does. */
export function putClip(
  vault: { readonly catalogue: Catalogue; readonly clips: string; readonly stills: string },
  facts: Partial<Clip> = {},
  recording: Parameters<typeof recordMp4>[1] = {},
): Clip {
  const key = JSON.stringify(recording);
  if (!recorded.has(key)) {
    const master = join(temporaryFolder(), "master.mp4");
    recordMp4(master, recording);
    recorded.set(key, master);
  }
  const clip = clipFacts(facts);
  const path = clipFile(vault, clip.id);
  copyFileSync(recorded.get(key)!, path);
  const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
  const whole = { ...clip, bytes: statSync(path).size, sha256, ...facts };
  vault.catalogue.add(whole);
  return whole;
}
