// A camera that paints before it encodes: what comes out, and that nothing does when the painting cannot be found again.
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AccessUnit, Camera } from "../../../drivers/camera/camera.ts";
import { DecodedCamera } from "../../../drivers/camera/decoded.ts";
import { LibcameraCamera } from "../../../drivers/camera/libcamera.ts";
import { MaskedCamera, type MaskedCameraOptions } from "../../../drivers/camera/masked.ts";
import type { RawCamera, RawPicture } from "../../../drivers/camera/raw.ts";
import { ReplayCamera } from "../../../drivers/camera/replay.ts";
import { V4l2Camera } from "../../../drivers/camera/v4l2.ts";
import type { Uptime } from "../../../drivers/clock/clock.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { FfmpegMaskWitness } from "../../../drivers/mask/ffmpeg-witness.ts";
import { descendants, take } from "../../contract/camera.ts";
import { ffmpeg, h264File, scratchDirectory } from "./footage.ts";
import { standIn } from "./stand-in.ts";

const clock = new SystemClock();
const directory = scratchDirectory();
const LEFT_HALF = [
  [0, 0],
  [0.5, 0],
  [0.5, 1],
  [0, 1],
] as const;

/** Bright pictures of one or more sizes, as fast as they are taken. */
class FlatCamera implements RawCamera {
  readonly #sizes: readonly (readonly [width: number, height: number])[];

  constructor(...sizes: readonly (readonly [width: number, height: number])[]) {
    this.#sizes = sizes;
  }

  async *pictures(signal: AbortSignal): AsyncGenerator<RawPicture, void, undefined> {
    for (const [n, [width, height]] of this.#sizes.entries()) {
      if (signal.aborted) return;
      const pieces = [Buffer.alloc((width * height * 3) / 2, 200)];
      yield { format: { width, height, stride: width }, pieces, at: (n * 66) as Uptime };
    }
  }
}

const sizes = (count: number): [number, number][] => Array.from({ length: count }, () => [320, 180]);

function masked(source: RawCamera, more: Partial<MaskedCameraOptions> = {}) {
  const witness = new FfmpegMaskWitness({ areas: { hidden: [LEFT_HALF], kept: [] }, clock });
  return { witness, camera: new MaskedCamera({ source, witness, fps: 15, bitsPerSecond: 500_000, ...more }, clock) };
}

/** An ffmpeg that does something else to the pictures when it encodes, or when it looks. */
function ffmpegThat(name: string, when: string, what: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\ncase "$*" in *${when}*) ${what};; esac\nexec ffmpeg "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

async function film(camera: Camera): Promise<{ units: AccessUnit[]; error: unknown }> {
  const units: AccessUnit[] = [];
  try {
    for await (const unit of camera.frames(new AbortController().signal)) units.push(unit);
    return { units, error: undefined };
  } catch (error) {
    return { units, error };
  }
}

const luma = (units: readonly AccessUnit[]): Buffer =>
  ffmpeg(
    ["-f", "h264", "-i", "-", "-vf", "extractplanes=y", "-f", "rawvideo", "-"],
    Buffer.concat(units.map(({ data }) => data)),
  );

describe("a masked camera", () => {
  test("shows what is not hidden as it is, hides the rest, and keeps each picture's time", async () => {
    const { units, error } = await film(masked(new FlatCamera(...sizes(40))).camera);

    expect(error).toBeUndefined();
    expect(units.map(({ at }) => at)).toEqual(Array.from({ length: 40 }, (_, n) => n * 66));
    const pixels = luma(units);
    const columns = (from: number, to: number): number[] =>
      Array.from({ length: (40 * 180 * 320) / 320 }, (_, row) => [
        ...pixels.subarray(row * 320 + from, row * 320 + to),
      ]).flat();
    expect(Math.max(...new Set(columns(0, 160)))).toBeLessThan(70);
    expect(Math.min(...new Set(columns(160, 320)))).toBeGreaterThan(180);
  });

  test("a recording of a single picture is proven before it is shown", async () => {
    expect((await film(masked(new FlatCamera([320, 180])).camera)).units.length).toBe(1);
  });

  test.each([
    ["turns the picture", "vflip"],
    ["moves it by half a block", "pad=iw+8:ih:8:0,crop=320:180:0:0"],
    ["brightens it", "lutyuv=y=val+60"],
    ["blurs it away", "boxblur=16"],
    ["leaves one block unpainted", "drawbox=x=48:y=64:w=16:h=16:t=fill:color=white"],
  ])("yields nothing when the encoder %s", async (_, filter) => {
    const program = ffmpegThat(
      `encoder-${filter.split("=")[0]}`,
      "libx264",
      `exec ffmpeg -f rawvideo -pix_fmt yuv420p -video_size 320x180 -i pipe:0 -vf ${filter} -c:v libx264 -tune zerolatency -f h264 pipe:1`,
    );

    const { units, error } = await film(masked(new FlatCamera(...sizes(30)), { ffmpeg: program }).camera);

    expect(units).toEqual([]);
    expect(error).toMatchObject({ code: "MASK_NOT_PROVEN" });
    expect(descendants()).toEqual([]);
  });

  test("yields nothing when the first pictures cannot be looked at, and says that it is that", async () => {
    const witness = new FfmpegMaskWitness({
      areas: { hidden: [LEFT_HALF], kept: [] },
      clock,
      ffmpeg: ffmpegThat("blind", "extractplanes", "exit 9"),
    });
    const camera = new MaskedCamera(
      { source: new FlatCamera(...sizes(30)), witness, fps: 15, bitsPerSecond: 500_000 },
      clock,
    );

    expect(await film(camera)).toMatchObject({ units: [], error: { code: "MASK_NOT_CHECKED" } });
  });

  test("a picture of another size in the middle ends it, before it is painted by the wrong plan", async () => {
    const { units, error } = await film(masked(new FlatCamera(...sizes(20), [160, 90])).camera);

    expect(error).toMatchObject({ code: "CAMERA_PICTURE_CHANGED" });
    expect(units.length).toBeLessThanOrEqual(20);
  });

  test("without ffmpeg it is closed and says what to install", async () => {
    const { camera } = masked(new FlatCamera(...sizes(5)), { ffmpeg: "/nowhere/ffmpeg" });

    expect(await film(camera)).toMatchObject({ units: [], error: { code: "FFMPEG_MISSING" } });
  });

  test("what the source breaks with is what is told, not how the encoder ended", async () => {
    const mp4 = h264File(join(directory, "cut.mp4"), { frames: 40, size: "320x180" });
    const replay = new ReplayCamera(
      { file: `${mp4}x`, loop: false, speed: 50, width: 320, height: 180, fps: 15 },
      clock,
    );

    const { error } = await film(masked(new DecodedCamera(replay, { width: 320, height: 180 }, clock)).camera);

    expect(error).toMatchObject({ code: "CAMERA_FILE_MISSING" });
  });

  test("a replayed recording comes out picture for picture, made smaller where it is too large", async () => {
    const mp4 = h264File(join(directory, "large.mp4"), { frames: 40, size: "642x362" });
    const replay = new ReplayCamera({ file: mp4, loop: false, speed: 50, width: 320, height: 180, fps: 15 }, clock);

    const { units, error } = await film(masked(new DecodedCamera(replay, { width: 320, height: 180 }, clock)).camera);

    expect(error).toBeUndefined();
    expect(luma(units).length / 40).toBe(318 * 180);
  });
});

describe("the witness", () => {
  const start = async (): Promise<{ witness: FfmpegMaskWitness; units: Uint8Array[] }> => {
    const { witness, camera } = masked(new FlatCamera(...sizes(35)));
    return { witness, units: (await film(camera)).units.map(({ data }) => data) };
  };

  test("proves what was recorded in this start and the ones before, and not what another camera recorded", async () => {
    const { witness, units } = await start();
    for (let n = 0; n < 3; n++) witness.begin(320, 180);

    expect(await witness.examine(units)).toBeUndefined();
    expect(await (await start()).witness.examine(units)).toMatch(/lacks the pattern in \d+ of 120 painted blocks/);
  });

  test("after a restart any pattern will do, as long as it is whole and the same throughout", async () => {
    const [one, other] = [await start(), await start()];
    const restarted = new FfmpegMaskWitness({ areas: { hidden: [LEFT_HALF], kept: [] }, clock });

    expect(await restarted.examine(one.units, { anyStart: true })).toBeUndefined();
    expect(await restarted.examine([...one.units, ...other.units], { anyStart: true })).toMatch(/^picture 36 /);
    expect(await restarted.examine(one.units)).toMatch(/^picture 1 /);
  });

  test("no picture proves nothing, and what cannot be decoded has not been looked at", async () => {
    const { witness, units } = await start();

    expect(await witness.examine([])).toBe("there is no picture to look at");
    await expect(witness.examine([units[0]!.subarray(0, 60)])).rejects.toMatchObject({ code: "MASK_NOT_CHECKED" });
    await expect(witness.examine([Buffer.from("not H.264 at all")])).rejects.toMatchObject({
      code: "MASK_NOT_CHECKED",
    });
  });

  test("an abort ends the look and leaves no process behind", async () => {
    const { witness, units } = await start();
    const stop = new AbortController();
    const looking = witness.examine(units, { signal: stop.signal });
    stop.abort();

    await expect(looking).rejects.toMatchObject({ name: "AbortError" });
    expect(descendants()).toEqual([]);
  });
});

describe("raw pictures of cameras", () => {
  const settings = { index: 0, width: 336, height: 240, fps: 30, rotation: 0 } as const;

  test("whose rows are padded are cropped to the picture", async () => {
    const camera = new LibcameraCamera({ ...settings, program: standIn(directory) }, clock);

    const units = await take(masked(camera, { fps: 30 }).camera, 5);

    const pixels = luma(units);
    expect(pixels.length).toBe(5 * 336 * 240);
    // The padding is bright, the right-hand border of the test picture is not the same in every row.
    expect(new Set(pixels.filter((_, at) => at % 336 === 335)).size).toBeGreaterThan(3);
  });

  test.each([2, 256, 768])(
    "with rows of another length (%i) are noticed by their pauses, and nothing of them is shown",
    async (rows) => {
      const camera = new LibcameraCamera({ ...settings, program: standIn(directory, { rows }) }, clock);

      expect(await film(masked(camera, { fps: 30 }).camera)).toMatchObject({
        units: [],
        error: { code: "CAMERA_RAW_MISALIGNED" },
      });
      expect(descendants()).toEqual([]);
    },
  );

  test.each(["stall", "hang"])(
    "that stop coming (%s) end with CAMERA_STALLED or what the camera said",
    async (fault) => {
      const program = standIn(directory, { fault, after: 2_000_000 });
      const camera = new LibcameraCamera({ ...settings, program, stallLimit: 800 as never }, clock);

      const { error } = await film(masked(camera, { fps: 30 }).camera);

      expect(["CAMERA_STALLED", "CAMERA_NOT_ANSWERING"]).toContain((error as { code: string }).code);
    },
  );

  test("of a USB camera that is unplugged end with that", async () => {
    const program = standIn(directory, { fault: "unplugged" }, "ffmpeg-v4l2");
    const camera = new V4l2Camera(
      { device: "/dev/video0", width: 320, height: 240, fps: 30, rotation: 0, ffmpeg: program },
      clock,
    );

    const { units, error } = await film(masked(camera, { fps: 30 }).camera);

    expect(units.length).toBeGreaterThan(20);
    expect(error).toMatchObject({ code: "CAMERA_UNPLUGGED" });
  });
});
