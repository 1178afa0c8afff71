// Plane geometry of polygons: simplicity, area, and whether one covers another. Pure.
import type { Point } from "./config.ts";

/** Nearer than this to a border counts as on it: a thousandth of a pixel at any size a camera has. */
const BORDER = 1e-7;

type Edge = readonly [Point, Point];

/** Enclosed area, in fractions of the picture: 0–1. */
export function areaOf(polygon: readonly Point[]): number {
  return Math.abs(edgesOf(polygon).reduce((sum, [[ax, ay], [bx, by]]) => sum + ax * by - bx * ay, 0)) / 2;
}

/** Whether no two edges meet but neighbours, and those only in their corner. Grows with the square of the corners. */
export function isSimple(polygon: readonly Point[]): boolean {
  const edges = edgesOf(polygon);
  return edges.every(([a, b], first) =>
    edges.slice(first + 1).every(([c, d], offset) => {
      const second = first + 1 + offset;
      if (second === first + 1 && edges.length > 2) return !onEdge(d, [a, b]) && !onEdge(a, [c, d]);
      if (first === 0 && second === edges.length - 1) return !onEdge(c, [a, b]) && !onEdge(b, [c, d]);
      return !touch([a, b], [c, d]);
    }),
  );
}

/** Whether `point` is within `polygon`, its border included. */
export function holds(polygon: readonly Point[], point: Point): boolean {
  const [x, y] = point;
  let within = false;
  for (const edge of edgesOf(polygon)) {
    if (nearEdge(point, edge)) return true;
    const [[ax, ay], [bx, by]] = edge;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
}

/**
 * Whether every point of `inner` is within `outer`; both simple. Since a simple polygon has no holes, that is so if the
 * border of `inner` is: each of its edges is cut where it meets an edge of `outer`, and each piece tried in its middle.
 */
export function covers(outer: readonly Point[], inner: readonly Point[]): boolean {
  if (areaOf(outer) === 0) return false;
  const edges = edgesOf(outer);
  return edgesOf(inner).every((edge) => {
    const cuts = [0, 1, ...edges.flatMap((other) => meetings(edge, other))].toSorted((a, b) => a - b);
    return cuts.every((cut, index) => {
      const next = cuts[index + 1] ?? cut;
      return holds(outer, along(edge, cut)) && holds(outer, along(edge, (cut + next) / 2));
    });
  });
}

function edgesOf(polygon: readonly Point[]): readonly Edge[] {
  return polygon.map((point, index): Edge => [point, polygon[(index + 1) % polygon.length]!]);
}

/** Twice the signed area of the triangle: its sign says on which side of a–b the point c lies. */
const turn = ([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): number =>
  (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);

const onEdge = (point: Point, [a, b]: Edge): boolean =>
  turn(a, b, point) === 0 &&
  point[0] >= Math.min(a[0], b[0]) &&
  point[0] <= Math.max(a[0], b[0]) &&
  point[1] >= Math.min(a[1], b[1]) &&
  point[1] <= Math.max(a[1], b[1]);

function touch([a, b]: Edge, [c, d]: Edge): boolean {
  const crossing =
    Math.sign(turn(a, b, c)) * Math.sign(turn(a, b, d)) < 0 && Math.sign(turn(c, d, a)) * Math.sign(turn(c, d, b)) < 0;
  return crossing || onEdge(c, [a, b]) || onEdge(d, [a, b]) || onEdge(a, [c, d]) || onEdge(b, [c, d]);
}

function nearEdge(point: Point, edge: Edge): boolean {
  const [a, b] = edge;
  const length = (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2;
  const dot = (point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1]);
  const nearest = along(edge, length === 0 ? 0 : Math.min(1, Math.max(0, dot / length)));
  return Math.hypot(point[0] - nearest[0], point[1] - nearest[1]) <= BORDER;
}

const along = ([a, b]: Edge, t: number): Point => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];

/** Where on `edge` (0–1) it meets the line through `other`, or passes its ends. */
function meetings(edge: Edge, [c, d]: Edge): readonly number[] {
  const [a, b] = edge;
  const [before, after] = [turn(c, d, a), turn(c, d, b)];
  const crossing = before === after ? [] : [before / (before - after)];
  const length = (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2;
  const ends = [c, d].map((p) => ((p[0] - a[0]) * (b[0] - a[0]) + (p[1] - a[1]) * (b[1] - a[1])) / length);
  return [...crossing, ...ends].filter((t) => t > 0 && t < 1);
}
