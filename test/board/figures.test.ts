// How late and how faithful the pins are on a real kernel, next to bare gpiomon in the same run. Told, not judged: an emulator that
// is starved is late for everybody.
import { expect, test } from "vitest";
import { minutes } from "../../drivers/clock/clock.ts";
import { describeRunningBoard } from "./skip.ts";

const EDGES = Number(process.env["EDGES"] ?? 10_000);
const RINGS = Number(process.env["RINGS"] ?? 100);
/** Where not even the fingers kept their pace of 50 Hz, the emulator was starved: then bare gpiomon loses edges too. */
const PACE_KEPT_HZ = 45;

/** What inside/figures.ts prints. */
interface Figures {
  readonly figures: readonly {
    readonly name: string;
    readonly lost: number;
    readonly kernel_lost?: number;
    readonly pace_hz: number;
  }[];
  readonly rings: readonly { readonly name: string; readonly rings: number }[];
}

// gpio-sim drops an edge that comes while the thread of the one before has the line masked. An emulator that leaves that thread's
// processor waiting, and not the finger's, would lose edges that no chip does.
const ONE_PROCESSOR = { processors: 1 };

describeRunningBoard("figures of the virtual board", ONE_PROCESSOR, (board) => {
  test("from the edge to each driver, to a recording, and how many of ten thousand at 50 Hz are lost", async () => {
    const output = await board().must(
      `cd /usr/lib/doorstep && NODE_COMPILE_CACHE=/tmp/compiled node test/board/inside/figures.ts ${EDGES} ${RINGS}`,
      minutes(50),
    );
    const { figures, rings } = JSON.parse(output.trim().split("\n").at(-1)!) as Figures;
    for (const row of figures) process.stdout.write(`figure: edges: ${JSON.stringify(row)}\n`);
    for (const row of rings) process.stdout.write(`figure: edge to recording: ${JSON.stringify(row)}\n`);

    expect(rings.map((row) => row.rings)).toEqual(rings.map(() => RINGS));
    const [onoff, gpiod] = ["onoff", "gpiod 2"].map((name) => figures.find((row) => row.name === name)!);
    // Sysfs keeps no queue, but the kernel counts: on however busy a machine, what it has counted is told, and nothing is made up.
    expect(onoff!.lost).toBeLessThanOrEqual(onoff!.kernel_lost!);
    expect(onoff!.lost).toBeGreaterThanOrEqual(0);
    for (const { name, lost, pace_hz } of [onoff!, gpiod!])
      if (pace_hz < PACE_KEPT_HZ) process.stdout.write(`too busy a machine to say whether ${name} loses any\n`);
      else expect(lost, name).toBe(0);
  });
});
