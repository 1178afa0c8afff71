// CPU of all pictures of a 60 s clip (storyboard, still, preview) against ffmpeg decoding its key pictures. Wanted: ≤ 1.5.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureClip } from "../../agent/vault/clip-file.ts";
import { keysToShow, makePictures } from "../../agent/vault/storyboard.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { FfmpegPictureDecoder } from "../../drivers/picture/ffmpeg.ts";

const ROUNDS = 5;

/** Clock ticks of this process and of the children it has reaped: proc_pid_stat(5), fields 14 to 17. */
function ticks(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]!.split(" ");
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

async function ticksOf(work: () => Promise<void> | void): Promise<number> {
  const before = ticks();
  for (let round = 0; round < ROUNDS; round++) await work();
  return ticks() - before;
}

/** Ours divided by ffmpeg's, in the same run, on the same file. The first picture of a process is not counted. */
export async function storyboardRatio(): Promise<{ readonly ratio: number; readonly detail: string }> {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-bench-"));
  try {
    const path = join(folder, "clip.mp4");
    const source = "testsrc2=size=1280x720:rate=15,noise=alls=14:allf=t";
    const encoder = "-t 60 -c:v libx264 -preset veryfast -bf 0 -g 15 -b:v 2M -pix_fmt yuv420p";
    const boxes = "-movflags +frag_keyframe+empty_moov+default_base_moof";
    execFileSync("ffmpeg", `-v error -f lavfi -i ${source} ${encoder} ${boxes} ${path}`.split(" "));
    const decoder = new FfmpegPictureDecoder(new SystemClock());
    const clip = {
      id: "01m81j18g0ns0b0cgmf276et6n",
      state: "ready" as const,
      startedAt: Date.parse("2026-11-22T12:00:00Z") as WallTime,
      clockTrusted: true,
      ...(await measureClip(path)),
      preRollMs: 5000,
      bytes: 1,
      sha256: "",
      triggers: ["button" as const],
      zones: "unknown" as const,
      pinned: false,
      objected: false,
    };
    const facts = { clip, causes: [], timezone: "UTC" };
    const pictures = async (): Promise<void> => {
      await makePictures(await keysToShow(path, facts), facts, decoder);
    };
    const keys = `-v error -threads 1 -skip_frame nokey -i ${path} -f null -`.split(" ");
    await pictures();
    const theirs = await ticksOf(() => void execFileSync("ffmpeg", keys));
    const ours = await ticksOf(pictures);
    const seconds = (n: number): string => (n / 100 / ROUNDS).toFixed(2);
    return { ratio: ours / theirs, detail: `${seconds(ours)} s CPU against ${seconds(theirs)} s, 60 key pictures` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const { ratio, detail } = await storyboardRatio();
  process.stdout.write(`storyboard of a 60 s clip / decoding its key pictures: ${ratio.toFixed(2)} (${detail})\n`);
}
