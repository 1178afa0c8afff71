// Which way masks, property and zones change. A mask hides, a property shows, a zone is where movement counts. Pure.
import type { Area, Point } from "../config.ts";
import { covers } from "../geometry.ts";
import { type Weighing, same } from "./weighing.ts";

/** All masks of both, unless the new ones hide all that the old ones did. */
export function weighMasks(weighing: Weighing, old: readonly Area[], now: readonly Area[]): readonly Area[] {
  const shown = old.filter((area) => !coveredBy(now, area));
  const hidden = now.filter((area) => !coveredBy(old, area));
  for (const { name } of hidden) weighing.mark(`mask.${name}`, true, false);
  for (const { name } of shown) weighing.mark(`mask.${name}`, false, true);
  if (!shown.length && !hidden.length) return weighing.harmless("mask", old, now);
  return [...now, ...shown.map((area) => renamed(area, now))];
}

/** Ground that both show. No property at all shows everything. */
export function weighProperty(weighing: Weighing, old: readonly Area[], now: readonly Area[]): readonly Area[] {
  if (!old.length || !now.length) {
    for (const { name } of now) weighing.mark(`property.${name}`, true, false);
    for (const { name } of old) weighing.mark(`property.${name}`, false, true);
    return old.length ? old : now;
  }
  const kept = old.filter((area) => coveredBy(now, area));
  const own = now.filter((area) => coveredBy(old, area));
  const lost = old.filter((area) => !kept.includes(area));
  const won = now.filter((area) => !own.includes(area));
  for (const { name } of lost) weighing.mark(`property.${name}`, true, false);
  for (const { name } of won) weighing.mark(`property.${name}`, false, true);
  if (!lost.length && !won.length) return weighing.harmless("property", old, now);
  if (!won.length) return now;
  if (!lost.length) return old;
  const common = [...own, ...kept.map((area) => renamed(area, own))];
  return common.length ? common : [{ name: "nothing in common", polygon: nowhere(old[0]!) }];
}

/** Zones of both, each with the part that both have; the first zones narrow what used to be the whole picture. */
export function weighZones(weighing: Weighing, old: readonly Area[], now: readonly Area[]): readonly Area[] {
  if (!old.length || !now.length) {
    for (const { name } of now) weighing.mark(`zone.${name}`, true, false);
    for (const { name } of old) weighing.mark(`zone.${name}`, false, true);
    return old.length ? old : now;
  }
  for (const { name } of now) if (!old.some((area) => area.name === name)) weighing.mark(`zone.${name}`, false, true);
  const common = old.flatMap((before): Area[] => {
    const after = now.find(({ name }) => name === before.name);
    if (!after) {
      weighing.mark(`zone.${before.name}`, true, false);
      return [];
    }
    return [{ name: before.name, polygon: weighPolygon(weighing, `zone.${before.name}.polygon`, before, after) }];
  });
  return common.length ? common : [{ name: now[0]!.name, polygon: nowhere(now[0]!) }];
}

function weighPolygon(weighing: Weighing, path: string, old: Area, now: Area): readonly Point[] {
  if (same(old.polygon, now.polygon)) return now.polygon;
  const smaller = covers(old.polygon, now.polygon);
  const larger = covers(now.polygon, old.polygon);
  weighing.mark(path, !larger, !smaller);
  if (smaller) return now.polygon;
  return larger ? old.polygon : nowhere(old);
}

const coveredBy = (areas: readonly Area[], { polygon }: Area): boolean =>
  areas.some((area) => same(area.polygon, polygon) || covers(area.polygon, polygon));

/** A name of its own among `others`, for the two seconds it stands there. */
function renamed(area: Area, others: readonly Area[]): Area {
  return others.some(({ name }) => name === area.name) ? { ...area, name: `${area.name} (before)` } : area;
}

/** A polygon that holds no pixel: stands for a part that two areas do not have in common. */
const nowhere = ({ polygon: [corner] }: Area): readonly Point[] => [corner!, corner!, corner!];
