// `doorstep watch FILE`: motion over a recording, with the very detector that watches the door: for an owner who draws zones.
import type { Command } from "commander";
import sharp from "sharp";
import type { Area } from "../../config/config.ts";
import type { LumaFile } from "../../drivers/luma/luma.ts";
import { AgentError } from "../error.ts";
import { MotionDetector } from "../motion/detector.ts";
import { EventTracker, type MotionEvent } from "../motion/events.ts";
import { HeatMap } from "../motion/heat-map.ts";
import { givenFile } from "./given-file.ts";
import { guarded } from "./guarded.ts";
import { json, type Io } from "./io.ts";
import { table } from "./table.ts";
import { validConfig } from "./valid-config.ts";

interface Options {
  readonly config?: string;
  readonly sensitivity?: string;
  readonly picture?: string;
  readonly json?: boolean;
}

/** What was seen in a recording. Times are milliseconds from its beginning. */
export interface Watched {
  readonly events: readonly MotionEvent[];
  readonly pictures: number;
  readonly durationMs: number;
  readonly heat: HeatMap | undefined;
}

/** Adds the command to `program`. `recordings` makes small pictures of files. */
export function registerWatch(program: Command, io: Io, recordings: () => Promise<LumaFile>): void {
  const command = program
    .command("watch <file>")
    .description("who came when, in a recording: the events the agent would have seen, and where")
    .option("--config <file>", "with the zones and the sensitivity of this configuration")
    .option("--sensitivity <0-1>", "0: only a lot of movement, 1: almost any")
    .option("--picture <png>", "write where somebody was how long, over the place")
    .option("--json")
    .action(async (file: string, options: Options) => {
      const given = options.sensitivity === undefined ? undefined : Number(options.sensitivity);
      if (given !== undefined && !(given >= 0 && given <= 1))
        command.error("error: --sensitivity is a number from 0 to 1");
      await guarded(io, options.json ?? false, async () => {
        const { zones, sensitivity } = await terms(options.config);
        const wanted = { zones, sensitivity: given ?? sensitivity };
        const watched = await watchRecording(await recordings(), givenFile(file), wanted, io.interrupted);
        if (options.picture !== undefined) await draw(watched, options.picture);
        io.out(options.json ? json(document(watched)) : words(watched, io));
      });
    });
}

const WIDTH = 160;
const PICTURES_A_SECOND = 5;

/**
 * Runs the detector over a recording.
 *
 * @throws DriverError LUMA_DECODER_MISSING or LUMA_UNDECODABLE.
 */
export async function watchRecording(
  recordings: LumaFile,
  file: string,
  { zones, sensitivity }: { readonly zones: readonly Area[]; readonly sensitivity: number },
  signal?: AbortSignal,
): Promise<Watched> {
  const tracker = new EventTracker();
  const events: MotionEvent[] = [];
  let detector: MotionDetector | undefined;
  let heat: HeatMap | undefined;
  let pictures = 0;
  for await (const { width, height, pixels, at } of recordings.framesOfFile(file, WIDTH, PICTURES_A_SECOND, signal)) {
    detector ??= new MotionDetector({ width, height, zones, sensitivity });
    heat ??= new HeatMap(width, height);
    const ended = tracker.push(detector.frame(pixels, at), at);
    if (ended) events.push(ended);
    heat.add(pixels, detector.mask, 1 / PICTURES_A_SECOND);
    pictures += 1;
  }
  const last = tracker.end();
  if (last) events.push(last);
  return { events, pictures, durationMs: (pictures * 1000) / PICTURES_A_SECOND, heat };
}

async function terms(config: string | undefined): Promise<{ zones: readonly Area[]; sensitivity: number }> {
  if (config === undefined) return { zones: [], sensitivity: 0.5 };
  const { zones, trigger } = await validConfig(config);
  return { zones, sensitivity: trigger.sensitivity };
}

async function draw({ heat }: Watched, file: string): Promise<void> {
  if (!heat) return;
  const { width, height } = heat;
  try {
    await sharp(heat.rgb(), { raw: { width, height, channels: 3 } })
      .resize(width * 4, height * 4, { kernel: "nearest" })
      .png()
      .toFile(file);
  } catch (cause) {
    throw new AgentError("OUT_NOT_WRITABLE", file, cause);
  }
}

const seconds = (ms: number): number => Math.round(ms) / 1000;

const document = ({ events, pictures, durationMs }: Watched): object => ({
  events: events.map(({ startMs, endMs, zones, peak }) => ({
    start_s: seconds(startMs),
    end_s: seconds(endMs),
    zones,
    peak: Math.round(peak * 1000) / 1000,
  })),
  duration_s: seconds(durationMs),
  pictures,
});

function words({ events, durationMs }: Watched, io: Io): string {
  const span = `${(durationMs / 1000).toFixed(1)} s looked at`;
  if (!events.length) return `${span}: nobody came\n`;
  const rows = events.map(({ startMs, endMs, zones, peak }) => [
    clockOf(startMs),
    clockOf(endMs),
    `${((endMs - startMs) / 1000).toFixed(1)} s`,
    `${Math.round(peak * 100)} %`,
    zones.join(", "),
  ]);
  const titles = [
    { title: "from" },
    { title: "to" },
    { title: "length", align: "right" },
    { title: "most", align: "right" },
    { title: "zones", flexible: true },
  ] as const;
  return `${span}: ${events.length === 1 ? "one visit" : `${events.length} visits`}\n${table(titles, rows, io.columns)}`;
}

/** 3:07.4 */
const clockOf = (ms: number): string =>
  `${Math.floor(ms / 60_000)}:${((ms % 60_000) / 1000).toFixed(1).padStart(4, "0")}`;
