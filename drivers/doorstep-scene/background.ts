// Draws what does not move: sky, houses across the street, garden, path, and the frame of the door. SVG, 1280 by 720. Pure.
import { groundAt, HORIZON, scaleAt, scatter, SCENE } from "./perspective.ts";
import { GATE_M } from "./visit.ts";

/** Half the width of the path and of the gate's opening, in metres. */
const PATH_HALF_M = 0.75;
const FENCE_HEIGHT_M = 0.62;
const STREET = { nearM: 12.5, farM: 20 } as const;

const point = ({ x, y }: { x: number; y: number }): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
const repeat = (count: number, draw: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => draw(index)).join("");

/** Sky, street and lawn: behind cars. */
export const distanceSvg = (): string => `<defs>${gradients}</defs>${sky()}${houses()}${street()}`;

/** Garden, fence and path: in front of cars, behind visitors. Transparent above the fence. */
export const gardenSvg = (): string => `<defs>${gradients}</defs>${lawn()}${path()}${fence()}${flowerBed()}${step()}`;

/** The edge of the door and the lens: in front of everything. */
export const doorFrameSvg = (): string => `<defs>${gradients}</defs>${doorFrame()}`;

const gradients = `
  <linearGradient id="b-sky" x2="0" y2="1"><stop offset="0" stop-color="#8fb6d8"/><stop offset="1" stop-color="#dfe9ee"/></linearGradient>
  <linearGradient id="b-lawn" x2="0" y2="1"><stop offset="0" stop-color="#7d9a5d"/><stop offset=".4" stop-color="#6b8f4c"/><stop offset="1" stop-color="#47692f"/></linearGradient>
  <linearGradient id="b-path" x2="0" y2="1"><stop offset="0" stop-color="#b7ada0"/><stop offset="1" stop-color="#938a7e"/></linearGradient>
  <linearGradient id="b-road" x2="0" y2="1"><stop offset="0" stop-color="#6d7073"/><stop offset="1" stop-color="#585b5e"/></linearGradient>
  <linearGradient id="b-door" x2="1"><stop offset="0" stop-color="#14352f"/><stop offset=".55" stop-color="#1f4f46"/><stop offset=".8" stop-color="#2d6a5e"/><stop offset="1" stop-color="#0f2b26"/></linearGradient>
  <linearGradient id="b-wall" x2="1"><stop offset="0" stop-color="#5f2f24"/><stop offset="1" stop-color="#8d4c3b"/></linearGradient>
  <linearGradient id="b-shadow" x2="1"><stop offset="0" stop-color="#000" stop-opacity=".4"/><stop offset="1" stop-color="#000" stop-opacity="0"/></linearGradient>
  <radialGradient id="b-lens" cx=".5" cy=".48" r=".72"><stop offset=".66" stop-color="#000" stop-opacity="0"/><stop offset="1" stop-color="#000" stop-opacity=".45"/></radialGradient>
  <filter id="b-soft"><feGaussianBlur stdDeviation="9"/></filter>`;

const sky = (): string => `<rect width="${SCENE.width}" height="${HORIZON + 50}" fill="url(#b-sky)"/>
  <g fill="#fff" opacity=".55" filter="url(#b-soft)"><ellipse cx="330" cy="70" rx="150" ry="22"/><ellipse cx="420" cy="88" rx="110" ry="18"/>
  <ellipse cx="930" cy="50" rx="190" ry="20"/><ellipse cx="1060" cy="104" rx="120" ry="15"/></g>`;

interface House {
  readonly x: number;
  readonly width: number;
  readonly eaves: number;
  readonly wall: string;
  readonly roof: string;
}

const HOUSES: readonly House[] = [
  { x: 60, width: 230, eaves: 152, wall: "#cbb79d", roof: "#7a4f41" },
  { x: 330, width: 190, eaves: 168, wall: "#b98c74", roof: "#5c5a5f" },
  { x: 560, width: 250, eaves: 146, wall: "#d9d2c3", roof: "#6e4438" },
  { x: 860, width: 180, eaves: 164, wall: "#a9b1b2", roof: "#4d4f57" },
  { x: 1075, width: 240, eaves: 150, wall: "#c9a98a", roof: "#77503f" },
];

function houses(): string {
  const ground = groundAt(STREET.farM + 3, 0).y;
  const trees = [30, 312, 540, 838, 1058, 1240];
  return `${trees.map((x, index) => tree(x, ground, 74 + scatter(index) * 34)).join("")}${HOUSES.map((house) => houseSvg(house, ground)).join("")}
  <rect y="${ground - 16}" width="${SCENE.width}" height="22" fill="#5f7d4a"/>
  ${repeat(90, (index) => `<circle cx="${index * 14.6}" cy="${ground - 14 + scatter(index) * 6}" r="${6 + scatter(index + 50) * 5}" fill="${scatter(index + 9) > 0.5 ? "#58764a" : "#668652"}"/>`)}`;
}

function houseSvg({ x, width, eaves, wall, roof }: House, ground: number): string {
  const window = (wx: number, wy: number): string =>
    `<rect x="${wx}" y="${wy}" width="26" height="30" fill="#f4f1ea"/><rect x="${wx + 3}" y="${wy + 3}" width="20" height="24" fill="#546776"/>
     <path d="M${wx + 3} ${wy + 14} L${wx + 14} ${wy + 3} H${wx + 23} V${wy + 8} L${wx + 8} ${wy + 27} H${wx + 3} Z" fill="#a9bdc8" opacity=".45"/>
     <path d="M${wx + 13} ${wy + 3}v24M${wx + 3} ${wy + 15}h20" stroke="#f4f1ea" stroke-width="1.6"/>`;
  return `<rect x="${x}" y="${eaves}" width="${width}" height="${ground - eaves}" fill="${wall}"/>
  <rect x="${x}" y="${eaves}" width="${width}" height="9" fill="#000" opacity=".16"/>
  <path d="M${x - 12} ${eaves + 2} L${x + 34} ${eaves - 62} H${x + width - 34} L${x + width + 12} ${eaves + 2} Z" fill="${roof}"/>
  <path d="M${x - 4} ${eaves - 10} H${x + width + 4} M${x + 6} ${eaves - 24} H${x + width - 6} M${x + 17} ${eaves - 38} H${x + width - 17} M${x + 27} ${eaves - 52} H${x + width - 27}" stroke="#000" stroke-opacity=".12" stroke-width="2"/>
  <rect x="${x + width * 0.72}" y="${eaves - 84}" width="20" height="44" fill="${roof}"/><rect x="${x + width * 0.72 - 3}" y="${eaves - 86}" width="26" height="6" fill="#3f3a38"/>
  ${window(x + 26, eaves + 20)}${window(x + width - 56, eaves + 20)}${window(x + width / 2 - 13, eaves + 20)}
  ${window(x + 26, eaves + 74)}<rect x="${x + width / 2 - 12}" y="${eaves + 70}" width="28" height="${ground - eaves - 70}" fill="#4b3b33"/>${window(x + width - 56, eaves + 74)}`;
}

const tree = (
  x: number,
  ground: number,
  size: number,
): string => `<rect x="${x - 5}" y="${ground - size}" width="10" height="${size}" fill="#5b4634"/>
  ${repeat(9, (index) => {
    const angle = index * 0.7 + x;
    return `<circle cx="${x + Math.cos(angle) * size * 0.34}" cy="${ground - size * 1.25 + Math.sin(angle) * size * 0.3}" r="${size * 0.34}" fill="${index % 2 ? "#5d7c48" : "#6d8c54"}"/>`;
  })}`;

function street(): string {
  const [far, near] = [groundAt(STREET.farM, 0).y, groundAt(STREET.nearM, 0).y];
  const pavement = groundAt(GATE_M + 0.3, 0).y;
  return `<rect y="${far - 7}" width="${SCENE.width}" height="9" fill="#a8a59f"/>
  <rect y="${far}" width="${SCENE.width}" height="${near - far + 1}" fill="url(#b-road)"/>
  ${repeat(9, (index) => `<rect x="${index * 150 + 20}" y="${(far + near) / 2 - 1.4}" width="66" height="2.8" fill="#d8d6cf" opacity=".7"/>`)}
  <rect y="${near}" width="${SCENE.width}" height="${pavement - near + 2}" fill="#b3afa7"/><rect y="${near}" width="${SCENE.width}" height="3" fill="#d2cec6"/>
  ${repeat(24, (index) => `<path d="M${index * 58 - 30} ${near + 3} L${index * 62 - 90} ${pavement}" stroke="#8f8b84" stroke-width="1"/>`)}`;
}

function lawn(): string {
  const top = groundAt(GATE_M, 0).y;
  const tuft = (index: number): string => {
    const y = top + 8 + scatter(index * 3 + 1) ** 1.6 * (SCENE.height - top);
    const size = 2 + ((y - top) / (SCENE.height - top)) * 11;
    const x = scatter(index * 7 + 2) * SCENE.width;
    const colour = scatter(index * 5) > 0.5 ? "#86a863" : "#3f6029";
    return `<path d="M${x.toFixed(1)} ${y.toFixed(1)} l${(-size * 0.3).toFixed(1)} ${(-size).toFixed(1)} M${x.toFixed(1)} ${y.toFixed(1)} l${(size * 0.35).toFixed(1)} ${(-size * 0.8).toFixed(1)}" stroke="${colour}" stroke-width="${(size / 8).toFixed(1)}" opacity=".55"/>`;
  };
  return `<rect y="${top}" width="${SCENE.width}" height="${SCENE.height - top}" fill="url(#b-lawn)"/>${repeat(520, tuft)}`;
}

function path(): string {
  const edge = (distanceM: number, side: number): string => point(groundAt(distanceM, side * PATH_HALF_M));
  const joints = [9.1, 8.2, 7.4, 6.6, 5.9, 5.2, 4.6, 4, 3.45, 2.95, 2.5, 2.1];
  return `<path d="M${edge(GATE_M + 0.4, -1.1)} L${edge(GATE_M + 0.4, 1.1)} L${edge(1.6, 1)} L${edge(1.6, -1)} Z" fill="url(#b-path)"/>
  <path d="M${edge(GATE_M, -1)} L${edge(1.6, -1)} M${edge(GATE_M, 1)} L${edge(1.6, 1)}" stroke="#756c60" stroke-width="3" opacity=".7"/>
  ${joints
    .map((distanceM, index) => {
      const width = (scaleAt(distanceM) / 100).toFixed(1);
      const next = joints[index + 1] ?? 1.8;
      const aside = index % 2 ? -0.18 : 0.24;
      return `<path d="M${edge(distanceM, -1)} L${edge(distanceM, 1)} M${point(groundAt(distanceM, aside))} L${point(groundAt(next, aside))}" stroke="#6f675c" stroke-width="${width}" opacity=".6"/>`;
    })
    .join("")}
  ${repeat(60, (index) => {
    const at = groundAt(2 + scatter(index) * 7, (scatter(index + 70) - 0.5) * 1.4);
    return `<ellipse cx="${at.x.toFixed(1)}" cy="${at.y.toFixed(1)}" rx="${(2 + scatter(index + 5) * 5).toFixed(1)}" ry="1.4" fill="${scatter(index + 31) > 0.5 ? "#7d7468" : "#c4bbae"}" opacity=".4"/>`;
  })}`;
}

function fence(): string {
  const scale = scaleAt(GATE_M);
  const foot = groundAt(GATE_M, 0).y + 3;
  const top = foot - FENCE_HEIGHT_M * scale;
  const [left, right] = [groundAt(GATE_M, -PATH_HALF_M).x, groundAt(GATE_M, PATH_HALF_M).x];
  const picket = (x: number): string =>
    `<path d="M${x} ${foot} V${top + 6} l5 -7 l5 7 V${foot} Z" fill="#ece8df"/><path d="M${x + 8} ${foot} V${top + 4} l2 2 V${foot} Z" fill="#b9b4a8"/>`;
  const post = (x: number): string =>
    `<rect x="${x - 6}" y="${top - 12}" width="12" height="${foot - top + 16}" fill="#dedacf"/><rect x="${x + 3}" y="${top - 12}" width="3" height="${foot - top + 16}" fill="#aaa598"/><path d="M${x - 8} ${top - 12} h16 l-8 -8 z" fill="#f3f0e8"/>`;
  const rails = (from: number, to: number): string =>
    `<path d="M${from} ${top + 16} H${to} M${from} ${foot - 14} H${to}" stroke="#d6d1c5" stroke-width="5"/>`;
  // It stands open, away from the camera: shorter the farther it goes.
  const gate = `<g transform="matrix(.8 -.12 0 .9 ${(right * 0.2 + 2).toFixed(1)} ${(foot * 0.1 + right * 0.12).toFixed(1)})">${rails(right, right + 50)}${repeat(3, (index) => picket(right + index * 17))}</g>`;
  return `<rect y="${foot - 2}" width="${left - 8}" height="7" fill="#3c5428" opacity=".6"/><rect x="${right + 8}" y="${foot - 2}" width="${SCENE.width}" height="7" fill="#3c5428" opacity=".6"/>
  ${rails(0, left)}${rails(right, SCENE.width)}
  ${repeat(Math.ceil(left / 17), (index) => picket(left - 20 - index * 17))}${repeat(Math.ceil((SCENE.width - right) / 17), (index) => picket(right + 10 + index * 17))}
  ${gate}${post(left)}${post(right)}`;
}

function flowerBed(): string {
  const colours = ["#d6506a", "#e8b93e", "#c96fb2", "#f0efe6"];
  return `<path d="M0 560 Q120 520 250 566 Q330 604 300 650 Q220 700 0 706 Z" fill="#4c3a29"/>
  ${repeat(110, (index) => {
    const [a, b] = [scatter(index + 11), scatter(index + 77)];
    const x = 70 + a * 225;
    const y = 560 + b * 118 - Math.abs(a - 0.45) * 16;
    const size = 4 + b * 5;
    return `<path d="M${x.toFixed(0)} ${(y + size * 2).toFixed(0)} q-3 ${(-size).toFixed(0)} 0 ${(-size * 2).toFixed(0)}" stroke="#3f6029" stroke-width="2" fill="none"/><ellipse cx="${(x - size).toFixed(0)}" cy="${(y + size).toFixed(0)}" rx="${size.toFixed(1)}" ry="${(size / 2.4).toFixed(1)}" fill="#57803d"/><circle cx="${x.toFixed(0)}" cy="${y.toFixed(0)}" r="${size.toFixed(1)}" fill="${colours[index % colours.length]!}"/><circle cx="${x.toFixed(0)}" cy="${y.toFixed(0)}" r="${(size / 2.6).toFixed(1)}" fill="#f7e08a"/>`;
  })}`;
}

const step =
  (): string => `<path d="M60 ${SCENE.height} L330 668 H1010 L1230 ${SCENE.height} Z" fill="#6f6a63"/><path d="M330 668 H1010 L1016 676 H322 Z" fill="#a29c92"/>
  <path d="M420 ${SCENE.height} L470 688 H850 L905 ${SCENE.height} Z" fill="#54402c"/><path d="M438 ${SCENE.height} L482 693 H839 L887 ${SCENE.height} Z" fill="none" stroke="#8a6c4b" stroke-width="3"/>`;

function doorFrame(): string {
  const bricks = repeat(17, (row) =>
    repeat(
      3,
      (column) =>
        `<rect x="${column * 44 - (row % 2) * 22 - 20}" y="${row * 44 + 3}" width="40" height="38" rx="2" fill="${scatter(row * 3 + column) > 0.5 ? "#94523f" : "#7d4233"}"/>`,
    ),
  );
  return `<rect width="66" height="${SCENE.height}" fill="#6b5a50"/>${bricks}
  <rect x="62" width="50" height="${SCENE.height}" fill="url(#b-door)"/><rect x="70" width="4" height="${SCENE.height}" fill="#0c231f" opacity=".7"/><rect x="104" width="8" height="${SCENE.height}" fill="#0b1f1b" opacity=".8"/>
  <rect x="112" width="46" height="${SCENE.height}" fill="url(#b-shadow)"/>
  <path d="M0 0 H${SCENE.width} V26 Q700 46 0 34 Z" fill="#3b2f28"/><path d="M0 34 Q700 46 ${SCENE.width} 26 V36 Q700 58 0 46 Z" fill="#000" opacity=".25"/>
  <rect width="${SCENE.width}" height="${SCENE.height}" fill="url(#b-lens)"/>`;
}
