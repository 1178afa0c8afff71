// `make bench`: every figure as a ratio or a count, printed as a table and written to bench/results.json. Asserts nothing.
// An argument picks the suites whose name begins with it; DOORSTEP_BENCH_S shortens the ten minutes of the ready camera.
import { mkdirSync, writeFileSync } from "node:fs";
import { table } from "../../agent/cli/table.ts";
import { exposureFigures, sizeFigures } from "./card.bench.ts";
import { listingRatios } from "./catalogue.bench.ts";
import { decisionFigures } from "./decide.bench.ts";
import { drainFigures, memoryFigure, plainFigure, sealedFigure } from "./delivery.bench.ts";
import { fleetFigure } from "./fleet.bench.ts";
import { ledgerFigures, type Figure } from "./ledger.bench.ts";
import { passThroughFigures, readyFigures } from "./main-job.bench.ts";
import { liveDelayFigures } from "./live.bench.ts";
import { firstViewFigures, manyClipsFigures } from "./page.bench.ts";
import { motionFigures } from "./motion.bench.ts";
import { ringFigure } from "./ring.bench.ts";
import { maskedFigure } from "./masks.bench.ts";
import { storyboardRatio } from "./storyboard.bench.ts";

const SUITES: Readonly<Record<string, () => Figure[] | Promise<Figure[]>>> = {
  "main-job: pictures": passThroughFigures,
  "main-job: ready": () => readyFigures(Number(process.env["DOORSTEP_BENCH_S"] ?? 600)),
  "delivery: a ring": async () => [await ringFigure()],
  "delivery: plain": async () => [await plainFigure()],
  "delivery: encrypted": async () => [await sealedFigure()],
  "delivery: a queue": drainFigures,
  "delivery: memory": async () => [await memoryFigure()],
  "card: units": exposureFigures,
  "card: package": sizeFigures,
  consent: decisionFigures,
  "delivery: a fleet": async () => [await fleetFigure()],
  ledger: ledgerFigures,
  "page: first view": firstViewFigures,
  "page: many clips": manyClipsFigures,
  "page: live": liveDelayFigures,
  masks: () => [maskedFigure()],
  motion: () => motionFigures(),
  vault: async () => {
    const { ratio, detail } = await storyboardRatio();
    const listing = listingRatios();
    return [
      { name: "storyboard / decoding the key pictures", ratio, wanted: "<= 1.5", detail },
      { name: "a page of clips at 10,000 / at 100", ratio: listing.page, wanted: "<= 1.3", detail: listing.detail },
    ];
  },
};

const wanted = process.argv[2] ?? "";
const figures: Figure[] = [];
for (const [name, suite] of Object.entries(SUITES)) {
  if (!name.startsWith(wanted)) continue;
  process.stderr.write(`${name} …\n`);
  figures.push(...(await suite()));
}

const held = ({ ratio, wanted: limit }: Figure): string => {
  const [, sign, number] = /^([<>]=) ([\d.]+)/.exec(limit) ?? [];
  if (!sign) return "";
  return (sign === "<=" ? ratio <= Number(number) : ratio >= Number(number)) ? "yes" : "NO";
};
process.stdout.write(
  table(
    [
      { title: "figure" },
      { title: "measured", align: "right" },
      { title: "wanted" },
      { title: "held" },
      { title: "detail", flexible: true },
    ],
    figures.map((figure) => [figure.name, figure.ratio.toFixed(2), figure.wanted, held(figure), figure.detail]),
    process.stdout.columns ?? 160,
  ),
);
mkdirSync(new URL("../../bench/", import.meta.url), { recursive: true });
writeFileSync(
  new URL("../../bench/results.json", import.meta.url),
  `${JSON.stringify({ at: new Date().toISOString(), figures }, null, 2)}\n`,
);
process.exit();
