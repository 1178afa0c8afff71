// Draws a visitor, front or back, walking, standing or reaching for the bell, as SVG in centimetres from head to foot. Pure.

/** The drawing's own frame: x from the middle of the body, y from the top of the head downwards. */
export const FIGURE = { left: -60, top: -6, width: 134, height: 190, footY: 176, heightM: 1.76 } as const;

interface Look {
  readonly coat: string;
  readonly coatDark: string;
  readonly coatLight: string;
  readonly trousers: string;
  readonly trousersDark: string;
  readonly skin: string;
  readonly skinDark: string;
  readonly hair: string;
  readonly scarf?: string;
  readonly cap?: string;
  readonly parcel: boolean;
  readonly longHair: boolean;
}

const LOOKS: readonly Look[] = [
  {
    coat: "#b4432f",
    coatDark: "#842c1e",
    coatLight: "#cd6049",
    trousers: "#2f3a4d",
    trousersDark: "#222b3a",
    skin: "#e3b493",
    skinDark: "#c8926f",
    hair: "#4a2f1f",
    scarf: "#e2c65a",
    parcel: false,
    longHair: true,
  },
  {
    coat: "#2f5f86",
    coatDark: "#1f4363",
    coatLight: "#477aa3",
    trousers: "#4b4a46",
    trousersDark: "#363531",
    skin: "#8a5a3c",
    skinDark: "#6d442c",
    hair: "#1d1714",
    cap: "#1f4363",
    parcel: true,
    longHair: false,
  },
  {
    coat: "#56704a",
    coatDark: "#3b5033",
    coatLight: "#6f8a62",
    trousers: "#6b5a45",
    trousersDark: "#514332",
    skin: "#efc7ab",
    skinDark: "#d3a483",
    hair: "#b9b4ac",
    scarf: "#8a3f4d",
    parcel: false,
    longHair: false,
  },
];

/** How the figure holds itself. */
export interface Posture {
  readonly visitor: number;
  readonly back: boolean;
  /** Steps taken; whole numbers stand still. */
  readonly steps: number;
  /** 0 arm down … 1 finger on the bell. */
  readonly reach: number;
  /** -1 … 1, where the eyes look; only seen from the front. */
  readonly gaze: number;
  readonly blink: boolean;
  /** 0 … 1, how far the chest has risen. */
  readonly breath: number;
}

/** The figure, without an `<svg>` around it. Ids are prefixed so that it can stand beside other drawings. */
export function visitorSvg(posture: Posture): string {
  const look = LOOKS[posture.visitor % LOOKS.length]!;
  const stride = Math.sin(posture.steps * Math.PI);
  const bob = Math.abs(Math.cos(posture.steps * Math.PI)) * 1.6 - (posture.steps % 1 === 0 ? 1.6 : 0);
  return `
  <defs>
    <linearGradient id="v-coat" x1="0" x2="1"><stop offset="0" stop-color="${look.coatLight}"/>
      <stop offset=".45" stop-color="${look.coat}"/><stop offset="1" stop-color="${look.coatDark}"/></linearGradient>
    <linearGradient id="v-leg" x1="0" x2="1"><stop offset="0" stop-color="${look.trousers}"/>
      <stop offset="1" stop-color="${look.trousersDark}"/></linearGradient>
    <radialGradient id="v-skin" cx=".4" cy=".35" r=".8"><stop offset="0" stop-color="${look.skin}"/>
      <stop offset=".65" stop-color="${look.skin}"/><stop offset="1" stop-color="${look.skinDark}"/></radialGradient>
    <radialGradient id="v-shade"><stop offset="0" stop-color="#000" stop-opacity=".42"/>
      <stop offset="1" stop-color="#000" stop-opacity="0"/></radialGradient>
  </defs>
  <ellipse cx="5" cy="175" rx="34" ry="6" fill="url(#v-shade)"/>
  ${leg(-1, Math.max(0, stride), posture.back)}
  ${leg(1, Math.max(0, -stride), posture.back)}
  <g transform="translate(0 ${-bob - posture.breath * 0.5})">
    ${posture.back ? arm(-1, look, stride) + arm(1, look, -stride) : arm(-1, look, stride)}
    ${torso(look, posture)}
    ${posture.back ? headFromBehind(look) : headFromFront(look, posture)}
    ${posture.back ? "" : posture.reach > 0 ? reachingArm(look, posture.reach) : arm(1, look, -stride)}
    ${look.parcel && !posture.back ? PARCEL : ""}
  </g>`;
}

const PARCEL = `
  <g><path d="M-24 62 L8 60 L9 84 L-23 86 Z" fill="#b98d57"/><path d="M-24 62 L8 60 L4 56 L-20 58 Z" fill="#d1a873"/>
  <path d="M-9 61 L-6 61 L-5 85 L-8 85 Z" fill="#e6d3ad" opacity=".8"/>
  <rect x="-1" y="66" width="8" height="6" fill="#f2ede2"/><path d="M0 68h5M0 70h4" stroke="#555" stroke-width=".7"/>
  <path d="M-27 70 q-3 8 3 14 q6 2 8 -2 q-4 -8 -3 -12 z" fill="url(#v-coat)"/></g>`;

function leg(side: number, lift: number, back: boolean): string {
  const hip = side * 8;
  const foot = side * 9.5;
  const rise = lift * 9;
  const knee = 132 - rise * 0.9;
  const ankle = 168 - rise;
  const toe = back ? 2.5 : 4.5;
  return `
  <path d="M${hip - 8.5} 90 Q${foot - 9} ${knee} ${foot - 6} ${ankle} L${foot + 6} ${ankle} Q${foot + 9} ${knee} ${hip + 8.5} 90 Z"
    fill="url(#v-leg)"/>
  <path d="M${foot - 6} ${knee - 1} q6 2.5 12 0" stroke="#000" stroke-opacity=".18" stroke-width="1" fill="none"/>
  <ellipse cx="${foot + side}" cy="${ankle + 3.5 + toe * 0.3}" rx="7.6" ry="${3 + toe * 0.55}" fill="#2a211c"/>
  <path d="M${foot + side - 7.4} ${ankle + 5.5} q7.4 3.6 14.8 0" stroke="#15100d" stroke-width="1.6" fill="none"/>`;
}

function torso(look: Look, { back, breath }: Posture): string {
  const chest = 22 + breath * 0.5;
  const shape = `M-9 29 Q-20 31 -${chest} 40 Q-24 66 -20.5 99 Q0 104 20.5 99 Q24 66 ${chest} 40 Q20 31 9 29 Q0 33 -9 29 Z`;
  const seams = back
    ? `<path d="M0 33 V101" stroke="${look.coatDark}" stroke-width=".8" opacity=".6"/>
       <path d="M-20 44 Q0 50 20 44" stroke="${look.coatDark}" stroke-width=".9" fill="none" opacity=".55"/>`
    : `<path d="M0 34 V102" stroke="${look.coatDark}" stroke-width="1.1"/>
       <path d="M-15 80 l8 1.5 M15 80 l-8 1.5" stroke="${look.coatDark}" stroke-width="1.2"/>
       <circle cx="2.4" cy="52" r="1" fill="${look.coatDark}"/><circle cx="2.4" cy="66" r="1" fill="${look.coatDark}"/>
       <circle cx="2.4" cy="80" r="1" fill="${look.coatDark}"/>`;
  const collar = look.scarf
    ? `<path d="M-11 27 Q0 35 11 27 Q12 33 9 36 Q0 41 -9 36 Q-12 33 -11 27 Z" fill="${look.scarf}"/>
       ${back ? "" : `<path d="M3 36 l6 -1 3 22 -7 2 z" fill="${look.scarf}"/><path d="M5 56 l6 -2" stroke="#000" stroke-opacity=".25"/>`}`
    : `<path d="M-10 28 Q0 36 10 28 L12 34 Q0 42 -12 34 Z" fill="${look.coatDark}"/>`;
  return `<path d="${shape}" fill="url(#v-coat)"/>${seams}
    <rect x="-5" y="22" width="10" height="10" rx="4" fill="${look.skinDark}"/>${collar}`;
}

function arm(side: number, look: Look, swing: number): string {
  const hand = 92 - swing * 4;
  const out = 27 + Math.abs(swing) * 1.5;
  return `
  <ellipse cx="${side * (out - 0.5)}" cy="${hand + 3}" rx="4" ry="5.2" fill="${look.skin}"/>
  <path d="M${side * 15} 34 Q${side * 24} 35 ${side * 27} 48 L${side * (out + 4)} ${hand} Q${side * out} ${hand + 3} ${side * (out - 5.5)} ${hand}
    L${side * 18.5} 58 Z" fill="${side < 0 ? look.coat : look.coatDark}"/>
  <path d="M${side * 20} 62 L${side * (out - 4.5)} ${hand - 4}" stroke="#000" stroke-opacity=".2" stroke-width="1" fill="none"/>`;
}

/** The bell is beside the camera: the arm comes towards it, so the hand is nearer than the body and drawn larger. */
function reachingArm(look: Look, reach: number): string {
  const x = 27 + reach * 14;
  const y = 92 - reach * 40;
  const size = 1 + reach * 0.9;
  return `
  <path d="M14 34 Q25 35 28 47 L${x + 6 * size} ${y - 4 * size} Q${x + 3} ${y + 5 * size} ${x - 6 * size} ${y + 4 * size} L17 58 Z" fill="${look.coatDark}"/>
  <path d="M${x - 6 * size} ${y + 4 * size} L${x + 6 * size} ${y - 4 * size}" stroke="${look.coatLight}" stroke-width="${1.6 * size}"/>
  <g transform="translate(${x + 2 * reach} ${y - reach}) scale(${size})">
    <path d="M-4.2 2 Q-4.6 -3.4 0 -4.4 Q4.6 -4.4 4.6 .6 Q4.4 4.6 0 4.8 Q-3.6 4.6 -4.2 2 Z" fill="url(#v-skin)"/>
    <path d="M1.6 -4 Q6.6 -5.4 10.6 -4.6 Q12 -3.6 10.8 -2.4 Q7.4 -1.6 4 -.6 Z" fill="${look.skin}" opacity="${reach}"/>
    <path d="M3.6 -1 q3.4 -1.2 7 -1.5" stroke="${look.skinDark}" stroke-width=".6" fill="none" opacity="${reach}"/>
    <path d="M-2.4 1.6 q2.4 1.6 4.8 .2" stroke="${look.skinDark}" stroke-width=".7" fill="none"/>
  </g>`;
}

function headFromFront(look: Look, { gaze, blink }: Posture): string {
  const shift = gaze * 1.1;
  const eye = (x: number): string =>
    blink
      ? `<path d="M${x - 2} 13.2 q2 1 4 0" stroke="${look.skinDark}" stroke-width=".8" fill="none"/>`
      : `<ellipse cx="${x}" cy="13" rx="2.1" ry="1.35" fill="#fbf8f3"/><circle cx="${x + shift}" cy="13.1" r="1.15" fill="#33261d"/>
         <circle cx="${x + shift + 0.4}" cy="12.6" r=".35" fill="#fff"/>
         <path d="M${x - 2.2} 12.5 q2.2 -1.5 4.4 0" stroke="#33261d" stroke-width=".5" fill="none"/>`;
  const long = look.longHair
    ? `<path d="M-10 9 Q-13 24 -9.5 33 Q-6 35 -6 30 L-7 16 Z M10 9 Q13 24 9.5 33 Q6 35 6 30 L7 16 Z" fill="${look.hair}"/>`
    : "";
  return `${long}
  <ellipse cx="-9" cy="14.5" rx="1.7" ry="2.8" fill="${look.skinDark}"/><ellipse cx="9" cy="14.5" rx="1.7" ry="2.8" fill="${look.skinDark}"/>
  <path d="M-9 9 Q-9.6 2 0 1.6 Q9.6 2 9 9 Q9.4 19 5.6 23.4 Q0 28.6 -5.6 23.4 Q-9.4 19 -9 9 Z" fill="url(#v-skin)"/>
  <path d="M-9.6 11 Q-11.4 -1.4 0 -2 Q11.4 -1.4 9.6 11 Q8.6 6 5 5 Q-2 6.6 -6.4 4.6 Q-9 6.4 -9.6 11 Z" fill="${look.hair}"/>
  ${look.cap ? `<path d="M-10 6.5 Q-11 -4 0 -4.6 Q11 -4 10 6.5 Q0 3.2 -10 6.5 Z" fill="${look.cap}"/><path d="M-10.4 6.8 Q0 2.2 10.4 6.8 Q0 9.6 -10.4 6.8 Z" fill="#16324a"/>` : ""}
  ${eye(-3.7)}${eye(3.7)}
  <path d="M-6 10.2 q2.3 -1.3 4.5 -.3 M1.5 9.9 q2.3 -1 4.5 .3" stroke="${look.hair}" stroke-width=".9" fill="none"/>
  <path d="M.2 13.6 Q1.8 17 .4 17.6 Q-.6 17.9 -1.4 17.3" stroke="${look.skinDark}" stroke-width=".8" fill="none"/>
  <path d="M-3.3 20.7 Q0 22.6 3.3 20.7" stroke="#8c4a41" stroke-width="1" fill="none" stroke-linecap="round"/>
  <ellipse cx="-5.6" cy="17.4" rx="2" ry="1.2" fill="#d0765f" opacity=".22"/><ellipse cx="5.6" cy="17.4" rx="2" ry="1.2" fill="#d0765f" opacity=".22"/>`;
}

function headFromBehind(look: Look): string {
  return `<ellipse cx="0" cy="12" rx="9.6" ry="13.4" fill="${look.skinDark}"/>
  <path d="M-10 14 Q-12 -2 0 -2.2 Q12 -2 10 14 Q9 ${look.longHair ? 34 : 22} 0 ${look.longHair ? 35 : 22.6} Q-9 ${look.longHair ? 34 : 22} -10 14 Z" fill="${look.hair}"/>
  ${look.cap ? `<path d="M-10.2 9 Q-11 -4.2 0 -4.6 Q11 -4.2 10.2 9 Q0 12 -10.2 9 Z" fill="${look.cap}"/>` : ""}`;
}
