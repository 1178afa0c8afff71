// Which cameras are connected and in which modes they film, as `rpicam-hello --list-cameras` tells it. Pure.

/** Pixels, and the most pictures a second. The camera's processor makes smaller pictures of them, not larger ones. */
export interface CameraMode {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

export interface ConnectedCamera {
  /** As `--camera` and `camera.index` want it. */
  readonly index: number;
  /** "imx708". */
  readonly sensor: string;
  /** From small to large, each size once. */
  readonly modes: readonly CameraMode[];
}

const CAMERA = /^(\d+) : (\S+) \[.*\] \(.*\)$/;
const MODE = /(\d+)x(\d+) \[([\d.]+) fps/;

/** Reads the list. While a camera films its modes are nonsense (65535 pixels wide), and left out. */
export function readCameras(stdout: string): ConnectedCamera[] {
  const cameras: { index: number; sensor: string; modes: CameraMode[] }[] = [];
  for (const row of stdout.split("\n")) {
    const [, index, sensor] = CAMERA.exec(row.trimEnd()) ?? [];
    if (index !== undefined) cameras.push({ index: Number(index), sensor: sensor!, modes: [] });
    const [width = 0, height = 0, fps = 0] = MODE.exec(row)?.slice(1).map(Number) ?? [];
    if (width > 0 && width < 65_535) cameras.at(-1)?.modes.push({ width, height, fps });
  }
  return cameras.map((camera) => ({ ...camera, modes: eachSizeOnce(camera.modes) }));
}

/** The same size comes in several bit depths. */
function eachSizeOnce(modes: readonly CameraMode[]): CameraMode[] {
  const best = new Map<string, CameraMode>();
  for (const mode of modes) {
    const size = `${mode.width}x${mode.height}`;
    if (mode.fps > (best.get(size)?.fps ?? 0)) best.set(size, mode);
  }
  return Array.from(best.values()).sort((a, b) => a.width * a.height - b.width * b.height);
}
