// The demo's mask: a neighbour's house that becomes a black window in every picture, and the look at a received clip that proves it.
import type { Clock } from "../../drivers/clock/clock.ts";
import { seconds } from "../../drivers/clock/clock.ts";
import { FfmpegPictureDecoder } from "../../drivers/picture/ffmpeg.ts";
import { runProgram } from "../../drivers/process/process.ts";
import { keyPictures } from "../vault/key-pictures.ts";

/** In fractions of the picture. */
const WINDOW = { left: 0.27, top: 0.15, right: 0.44, bottom: 0.48 };
/** Brighter than the pattern of a mask ever is. */
const DARK = 80;
/** Pictures that were coded and made smaller blur a border a little. */
const BORDER = 0.01;

/** The mask as it stands in the configuration. */
export function windowTable(): string {
  const { left, top, right, bottom } = WINDOW;
  return `[[mask]]                            # never reaches an encoder, a disk or anybody
name = "the neighbours' house"
polygon = [[${left}, ${top}], [${right}, ${top}], [${right}, ${bottom}], [${left}, ${bottom}]]
`;
}

/** Whether there is an ffmpeg: without, nothing can be painted over, and a camera with masks would stay closed. */
export async function canPaint(clock: Clock): Promise<boolean> {
  const { ending } = await runProgram({ program: "ffmpeg", args: ["-version"] }, clock, seconds(10));
  return ending.cause === "exited" && ending.code === 0;
}

/** Whether the window is black in every key picture of the clip in `file`, and something else is not. */
export async function windowIsBlack(file: string, clock: Clock): Promise<boolean> {
  const units = (async function* () {
    for await (const { unit } of keyPictures(file)) yield unit;
  })();
  let pictures = 0;
  for await (const { width, height, rgb } of new FfmpegPictureDecoder(clock).decode(units, { maxWidth: 640 })) {
    pictures++;
    let [within, outside] = [0, 0];
    for (let at = 0; at < width * height; at++) {
      const [x, y] = [(at % width) / width, Math.floor(at / width) / height];
      const inside = x > WINDOW.left && x < WINDOW.right - BORDER && y > WINDOW.top && y < WINDOW.bottom - BORDER;
      const bright = Math.max(rgb[at * 3]!, rgb[at * 3 + 1]!, rgb[at * 3 + 2]!) > DARK;
      if (bright && inside) within++;
      if (bright && !inside) outside++;
    }
    if (within > 0 || outside === 0) return false;
  }
  return pictures > 0;
}
