// CPU of the masked pipeline (raw pictures read, painted in process, encoded by a child) against one ffmpeg that reads the same
// pictures from the same pipe, draws the same box and encodes with the same settings; start-up excluded. Wanted: ≤ 1.15.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MaskedCamera } from "../../drivers/camera/masked.ts";
import { type CutPicture, RawCutter } from "../../drivers/camera/raw-cutter.ts";
import type { RawCamera, RawPicture } from "../../drivers/camera/raw.ts";
import { maskedH264 } from "../../drivers/camera/software-encoder.ts";
import type { Uptime } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { FfmpegMaskWitness } from "../../drivers/mask/ffmpeg-witness.ts";
import { footage } from "../footage.ts";
import type { Figure } from "./ledger.bench.ts";

const SIZE = { width: 1280, height: 720, stride: 1280 };
const FPS = 15;
const BITS = 2_500_000;
/** Ten seconds, read over and over, as fast as it goes: what a long run costs more than a short one is what pictures cost. */
const PICTURES = 150;
const SHORT = 1;
const LONG = 7;
const ROUNDS = 3;
const MASK = [
  [0, 0],
  [0.25, 0],
  [0.25, 0.5],
  [0, 0.5],
] as const;

/** Clock ticks of this process and of the children it has reaped: proc_pid_stat(5), fields 14 to 17. */
function ticks(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]!.split(" ");
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

/** Raw pictures from `cat`, as a camera's program would write them. */
class PipedPictures implements RawCamera {
  readonly #files: readonly string[];

  constructor(files: readonly string[]) {
    this.#files = files;
  }

  async *pictures(): AsyncGenerator<RawPicture, void, undefined> {
    const cat = spawn("cat", this.#files, { stdio: ["ignore", "pipe", "inherit"] });
    const ready: CutPicture[] = [];
    const cutter = new RawCutter(SIZE, (picture) => ready.push(picture));
    let count = 0;
    for await (const chunk of cat.stdout as AsyncIterable<Buffer>) {
      cutter.push(chunk, 0 as Uptime);
      for (const { format, pieces } of ready.splice(0)) yield { format, pieces, at: count++ as Uptime };
    }
  }
}

/**
 * Measured in a process of its own, as the recorder is: here each picture's memory would have the heap of all other
 * suites walked for garbage.
 */
export function maskedFigure(): Figure {
  const program = new URL(import.meta.url).pathname;
  const measured = execFileSync(process.execPath, [program], { encoding: "utf8" });
  return JSON.parse(measured) as Figure;
}

/** Ours divided by ffmpeg's, in the same run, on the same pictures. */
async function maskedRatio(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-bench-"));
  try {
    const raw = join(folder, "pictures.yuv");
    const yard = footage("vtest.avi");
    const input = yard ? ["-i", yard] : ["-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=15,noise=alls=10:allf=t"];
    const filter = ["-vf", "scale=1280:720,format=yuv420p", "-frames:v", String(PICTURES), "-f", "rawvideo", raw];
    execFileSync("ffmpeg", ["-v", "error", ...input, ...filter]);
    const files = (times: number): string[] => Array.from({ length: times }, () => raw);
    const encoder = maskedH264(FPS, BITS);
    const pipe = `-v error -f rawvideo -pix_fmt yuv420p -video_size 1280x720 -framerate ${FPS} -i pipe:0`;
    const box = "-vf drawbox=x=0:y=0:w=320:h=368:t=fill:color=black";
    const alone = (times: number): void => {
      const command = `cat ${files(times).join(" ")} | ffmpeg ${pipe} ${box} ${encoder.join(" ")} > /dev/null`;
      execFileSync("sh", ["-c", command]);
    };
    const ours = async (times: number): Promise<void> => {
      const clock = new SystemClock();
      const witness = new FfmpegMaskWitness({ areas: { hidden: [MASK], kept: [] }, clock });
      const options = { source: new PipedPictures(files(times)), witness, fps: FPS, bitsPerSecond: BITS };
      let count = 0;
      for await (const _ of new MaskedCamera(options, clock).frames(new AbortController().signal)) count++;
      if (count !== PICTURES * times) throw new RangeError(`${count} pictures came out`);
    };
    const cost = async (run: (times: number) => Promise<void> | void, times: number): Promise<number> => {
      const before = ticks();
      await run(times);
      return ticks() - before;
    };
    await ours(SHORT);
    const spent = { ours: 0, theirs: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      spent.theirs += (await cost(alone, LONG)) - (await cost(alone, SHORT));
      spent.ours += (await cost(ours, LONG)) - (await cost(ours, SHORT));
    }
    const each = (sum: number): string => ((sum * 10) / ROUNDS / PICTURES / (LONG - SHORT)).toFixed(2);
    const detail = `${each(spent.ours)} ms of CPU a picture of 1280x720 against ${each(spent.theirs)} ms`;
    const name = "masked pipeline / ffmpeg's own mask and encoder";
    return { name, ratio: spent.ours / spent.theirs, wanted: "<= 1.15", detail };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await maskedRatio())}\n`);
