// A still of a camera that sleeps: the light before it, whoever comes before it, and nothing where it may not be.
import { expect, test } from "vitest";
import { LightKeeper } from "../../../agent/capture/light-keeper.ts";
import type { CaptureStatus } from "../../../agent/capture/listener.ts";
import { SleepStill } from "../../../agent/capture/sleep-still.ts";
import type { Stills } from "../../../drivers/camera/camera.ts";
import { DriverError } from "../../../drivers/error.ts";
import { SimulatedLight } from "../../../drivers/light/simulated.ts";

const ASLEEP: CaptureStatus = { camera: "asleep", shutBy: [], microphone: "none", recording: undefined };

/** What happens in order: the light's states, the camera opened and reaped, and what is told. */
function rig(status: Partial<CaptureStatus> = {}, stills?: Stills | "none") {
  const diary: string[] = [];
  const light = new SimulatedLight();
  const keeper = new LightKeeper(light, () => {});
  const picture = Promise.withResolvers<void>();
  const opening = Promise.withResolvers<void>();
  const camera: Stills =
    stills === "none" || !stills
      ? {
          still: async (signal) => {
            diary.push(`opened, light ${keeper.state.state}`);
            opening.resolve();
            const aborted = new Promise<never>((_, reject) => {
              signal!.addEventListener("abort", () => reject(signal!.reason as Error));
            });
            await Promise.race([picture.promise, aborted]).finally(() =>
              diary.push(`reaped, light ${keeper.state.state}`),
            );
            return Uint8Array.of(0xff, 0xd8);
          },
        }
      : stills;
  const now = { ...ASLEEP, ...status };
  const still = new SleepStill(
    stills === "none" ? undefined : camera,
    keeper,
    () => now,
    (told) => void diary.push(`told ${told.camera}`),
  );
  return { still, diary, keeper, light, opened: () => opening.promise, finish: () => picture.resolve() };
}

test("the light is on before the camera opens and goes out when it has been reaped, and both are told", async () => {
  const { still, diary, keeper, opened, finish } = rig();
  const taking = still.take();
  await opened();
  finish();

  expect([...(await taking)]).toEqual([0xff, 0xd8]);
  expect(diary).toEqual(["told open", "opened, light on", "reaped, light on", "told asleep"]);
  expect(keeper.state.state).toBe("off");
});

test("whoever comes takes precedence: the still is given up, and the camera is free when that is done", async () => {
  const { still, diary, opened } = rig();
  const taking = still.take();
  const refused = expect(taking).rejects.toMatchObject({ code: "CAMERA_NOT_ASLEEP" });
  await opened();

  await still.yield();

  expect(diary).toEqual(["told open", "opened, light on", "reaped, light on", "told asleep"]);
  await refused;
});

test.each(["open", "opening", "shut", "failed"] as const)(
  "of a camera that is %s no still is taken",
  async (camera) => {
    const { still, diary } = rig({ camera });

    await expect(still.take()).rejects.toMatchObject({ code: "CAMERA_NOT_ASLEEP" });
    expect(diary).toEqual([]);
  },
);

test("a camera that takes no stills says so, and one still is taken at a time", async () => {
  await expect(rig({}, "none").still.take()).rejects.toMatchObject({ code: "CAMERA_NOT_ASLEEP" });

  const { still, opened, finish } = rig();
  const first = still.take();
  await opened();
  await expect(still.take()).rejects.toMatchObject({ code: "CAMERA_NOT_ASLEEP" });
  finish();
  await expect(first).resolves.toHaveLength(2);
});

test("a still that is refused, for its masks say, leaves the light off", async () => {
  const masked = new DriverError("CAMERA_STILL_MASKED", "a test");
  const { still, keeper } = rig({}, { still: () => Promise.reject(masked) });

  await expect(still.take()).rejects.toBe(masked);
  expect(keeper.state.state).toBe("off");
});
