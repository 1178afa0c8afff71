// What a recording can do wrong, to a recorder that really runs: what was whole is kept, what is wrong is told, and it goes on
// as soon as there is something to see again.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClipView } from "../../agent/review/owner.ts";
import { asCameraRecording, footage, pictures } from "../footage.ts";
import { config } from "../configs.ts";
import { Household } from "./household.ts";

const source = footage("vtest.avi");
/** Nobody listens there, and nothing is shared. */
const NO_BROKER = "mqtt://127.0.0.1:9";

describe.skipIf(!source)("a recorder whose recording is wrong", { timeout: 60_000 }, () => {
  let folder: string;
  let good: string;
  let house: Household;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "doorstep-"));
    good = join(folder, "good.mp4");
    asCameraRecording(source!, good, 6);
    house = new Household(watching(good));
    house.start("recorder");
    await house.status("camera on", ({ camera }) => camera.state === "on");
  });
  afterAll(async () => {
    await house.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const watching = (recording: string, loop = true): string =>
    config({ recording, broker: NO_BROKER, sharing: false, loop, postRoll: "1s" });
  const raw = (name: string, ...filter: string[]): string => {
    const file = join(folder, name);
    execFileSync("ffmpeg", [
      ...["-v", "error", "-i", source!, "-t", "3", "-an", ...filter, "-c:v", "libx264", "-preset", "ultrafast"],
      ...["-bf", "0", "-g", "10", "-pix_fmt", "yuv420p", "-bsf:v", "h264_mp4toannexb", "-f", "h264", "-y", file],
    ]);
    return file;
  };
  const failed = (code: string) =>
    house.status(code, ({ camera }) => camera.state === "failed" && camera.detail.startsWith(code));
  /** The recorder holds the file open, and pictures come out of it. */
  const plays = async (file: string): Promise<void> => {
    const held = `/proc/${house.pid("recorder")}/fd`;
    await house.eventually(`${file} is open`, () => readdirSync(held).some((fd) => linkOf(join(held, fd)) === file));
    await house.status("camera on", ({ camera }) => camera.state === "on");
  };
  const ring = () => house.agent.send("POST", "/trigger", { input: "button" });
  const ready = async (known: readonly ClipView[]): Promise<ClipView> => {
    const fresh = (list: readonly ClipView[]) =>
      list.find(({ id, state }) => state === "ready" && !known.some((old) => old.id === id));
    return fresh(await house.clips("a clip of what there was", (list) => fresh(list) !== undefined))!;
  };
  const all = () => house.clips("the list", () => true);

  test("a recording that breaks off is played up to there, and a visitor in it is kept", async () => {
    const cut = join(folder, "cut.mp4");
    execFileSync("ffmpeg", ["-v", "error", "-i", good, "-c", "copy", "-movflags", "faststart", "-y", cut]);
    truncateSync(cut, Math.floor(readFileSync(cut).length * 0.7));
    const known = await all();
    house.configure(watching(cut));
    await plays(cut);
    await ring();

    const status = await failed("CAMERA_FILE_DAMAGED");
    const clip = await ready(known);

    expect(status.camera.remedy).toContain("copy the recording again");
    expect(pictures(join(house.paths.clips, `${clip.id}.mp4`)).length).toBeGreaterThan(5);
  });

  test.each([
    [
      "has no picture to start with",
      "CAMERA_FILE_NO_KEYFRAME",
      "keyless.h264",
      (file: string) => withoutKey(raw("whole.h264"), file),
    ],
    [
      "is no video at all",
      "CAMERA_FILE_NOT_VIDEO",
      "list.mp4",
      (file: string) => writeFileSync(file, "a shopping list\n".repeat(99)),
    ],
    ["is empty", "CAMERA_FILE_NOT_VIDEO", "empty.mp4", (file: string) => writeFileSync(file, "")],
    ["is not there", "CAMERA_FILE_MISSING", "gone.mp4", () => {}],
  ])("a recording that %s is told as %s, with what to do", async (_, code, name, make) => {
    const file = join(folder, name);
    make(file);
    house.configure(watching(file));

    const { camera } = await house.status(
      code,
      ({ camera: { state, detail } }) => state === "failed" && detail.startsWith(code) && detail.includes(name),
    );

    const { out } = await house.owner("status");
    expect(out).toMatch(new RegExp(`camera +failed \\(replay: ${code}: .+\\)\n +${camera.remedy!.slice(0, 20)}`));
  });

  test("a picture that changes its size in mid-clip ends the clip cleanly before the change", async () => {
    const change = join(folder, "change.h264");
    const small = readFileSync(raw("small.h264", "-vf", "scale=320:240"));
    const large = readFileSync(raw("large.h264", "-vf", "scale=640:480"));
    writeFileSync(change, Buffer.concat([small, large]));
    const known = await all();
    house.configure(watching(change));
    await house.status("the other recording", ({ camera }) => camera.state === "on");
    await ring();

    const { camera } = await failed("CAMERA_PICTURE_CHANGED");
    const clip = await ready(known);

    expect(camera.detail).toContain("from 320x240 to 640x480");
    expect([clip.width, clip.height]).toEqual([320, 240]);
    const file = join(house.paths.clips, `${clip.id}.mp4`);
    const sizes = execFileSync(
      "ffprobe",
      ["-v", "error", "-show_entries", "frame=width,height", "-of", "csv=p=0", file],
      { encoding: "utf8" },
    );
    expect(new Set(sizes.match(/\d+,\d+/g))).toEqual(new Set(["320,240"]));
  });

  test("a recording that ends keeps its last visitor whole, and says that it has been played", async () => {
    const known = await all();
    house.configure(watching(good, false));
    await plays(good);
    await ring();

    const clip = await ready(known);
    const { camera } = await house.status("its end", ({ camera: { state } }) => state === "off");

    expect(camera.detail).toBe("the recording has been played to its end");
    const recorded = pictures(join(house.paths.clips, `${clip.id}.mp4`));
    expect(pictures(good).join()).toContain(recorded.join());
  });

  test("a good recording brings the camera back, with everything that was kept still there", async () => {
    const before = await all();
    house.configure(watching(good));
    await house.status("camera on", ({ camera }) => camera.state === "on");

    const clip = await house.visit("button");

    expect((await all()).map(({ id }) => id)).toEqual([clip.id, ...before.map(({ id }) => id)]);
    expect((await house.owner("ledger", "verify")).code).toBe(0);
    expect(house.spooled()).toEqual([]);
  });
});

/** The same stream without its key pictures: every slice of an IDR picture left out (ITU-T H.264, Table 7-1: type 5). */
function withoutKey(file: string, to: string): void {
  const stream = readFileSync(file);
  const starts: number[] = [];
  for (let at = stream.indexOf("000001", 0, "hex"); at >= 0; at = stream.indexOf("000001", at + 3, "hex"))
    starts.push(at);
  const units = starts.map((start, i) => stream.subarray(start, starts[i + 1] ?? stream.length));
  writeFileSync(to, Buffer.concat(units.filter((unit) => (unit[3]! & 31) !== 5)));
}

/** Where it points; "" when it was closed meanwhile. */
function linkOf(fd: string): string {
  try {
    return readlinkSync(fd);
  } catch {
    return "";
  }
}
