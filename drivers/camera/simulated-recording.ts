// The simulated doorstep where nothing can encode it: a recording of the same scene, played so that it shows what happens.
import { fileURLToPath } from "node:url";
import { type Clock, type Uptime, milliseconds } from "../clock/clock.ts";
import type { SimulatedDoorstep } from "../doorstep-scene/doorstep.ts";
import type { VisitPlan } from "../doorstep-scene/visit.ts";
import { mediabunny } from "../mp4/mp4.ts";
import type { AccessUnit } from "./camera.ts";
import { openContainer, unitsOf } from "./recording-container.ts";
import type { RecordedUnit } from "./recording.ts";

/** Made by make-recording.ts: first nobody, then a visit from beginning to end. A key picture every {@link SEGMENT_MS}. */
export const RECORDING = {
  file: new URL("doorstep.mp4", import.meta.url),
  width: 640,
  height: 360,
  fps: 10,
  emptyMs: 8000,
  visit: { visitor: 0, rings: true, staysMs: 8000 } satisfies VisitPlan,
} as const;
/** From one key picture of the recording to the next. */
export const SEGMENT_MS = 2000;

/** Ends when `signal` aborts. At each key picture it goes to the place in the recording that shows the present moment. */
export async function* recordedDoorstep(
  doorstep: SimulatedDoorstep,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<AccessUnit, void, undefined> {
  const segments = await readSegments();
  const start = clock.uptime();
  const periodMs = 1000 / RECORDING.fps;
  for (let segment = 0; !signal.aborted; segment++) {
    const began = (start + segment * SEGMENT_MS) as Uptime;
    const ageMs = doorstep.visitAgeMs(began, RECORDING.visit);
    const place = ageMs === undefined ? (segment * SEGMENT_MS) % RECORDING.emptyMs : RECORDING.emptyMs + ageMs;
    const units = segments[Math.min(Math.floor(place / SEGMENT_MS), segments.length - 1)]!;
    for (const [index, { data, key }] of units.entries()) {
      const at = (began + index * periodMs) as Uptime;
      const wait = at - clock.uptime();
      if (wait > 0) await clock.sleep(milliseconds(wait), signal).catch(() => {});
      if (signal.aborted) return;
      yield { data: Uint8Array.from(data), key, at };
    }
  }
}

async function readSegments(): Promise<RecordedUnit[][]> {
  using input = openContainer(new (mediabunny().FilePathSource)(fileURLToPath(RECORDING.file)));
  const segments: RecordedUnit[][] = [];
  for await (const unit of unitsOf(input)) {
    if (unit.key) segments.push([]);
    segments.at(-1)!.push(unit);
  }
  return segments;
}
