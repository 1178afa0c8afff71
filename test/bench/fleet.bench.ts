// A street of doorbells on three brokers of which one dies: how much longer the clips take. The figures of docs/guide/fleet.md.
import { CLIP_BYTES, fleetStory } from "../brokers/fleet.ts";
import type { Figure } from "./ledger.bench.ts";

const DOORBELLS = 50;

/** Seconds for two clips of each doorbell while a node dies, divided by twice those for one clip of each in peace. */
export async function fleetFigure(): Promise<Figure> {
  const { calmS, deathS, thrownOut } = await fleetStory(DOORBELLS);
  const rate = ((DOORBELLS * CLIP_BYTES) / 1e6 / calmS).toFixed(1);
  return {
    name: `${DOORBELLS} doorbells on three RabbitMQ nodes: clips while one node dies / in peace`,
    ratio: deathS / (2 * calmS),
    wanted: "recorded",
    detail:
      `in peace ${DOORBELLS} clips of ${CLIP_BYTES / 1000} kB in ${calmS.toFixed(1)} s (${rate} MB/s, saved and confirmed), ` +
      `${DOORBELLS * 2} in ${deathS.toFixed(1)} s with a death; ${thrownOut} connections made again`,
  };
}
