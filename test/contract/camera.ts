// What every Camera must do, whatever is behind it. Run over replay, simulated, libcamera (on a stand-in) and v4l2.
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { AccessUnit, Camera } from "../../drivers/camera/camera.ts";
import { nalType, nalUnits } from "../../drivers/camera/nal-unit.ts";
import { picturesOf } from "../drivers/camera/footage.ts";

/** Ids of the processes that are our children, and theirs. */
export function descendants(of = process.pid): number[] {
  const children = readdirSync(`/proc/${of}/task`).flatMap((thread) =>
    readFileSync(`/proc/${of}/task/${thread}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number),
  );
  return children.flatMap((child) => {
    try {
      return [child, ...descendants(child)];
    } catch {
      // It has ended while we looked.
      return [];
    }
  });
}

/** Takes `count` pictures, then aborts and waits for the end. */
export async function take(camera: Camera, count: number): Promise<AccessUnit[]> {
  const stop = new AbortController();
  const units: AccessUnit[] = [];
  for await (const unit of camera.frames(stop.signal)) {
    units.push(unit);
    if (units.length >= count) stop.abort();
  }
  return units;
}

/** `count` pictures must hold at least two key pictures. `skip` says why this camera cannot be tried here. */
export function cameraContract(name: string, make: () => Camera, count: number, skip?: string): void {
  describe.skipIf(skip)(skip ? `${name} (skipped: ${skip})` : name, () => {
    test("starts with a key picture, and time never stands still", async () => {
      const units = await take(make(), count);

      expect(units.length).toBe(count);
      expect(units[0]!.key).toBe(true);
      units.forEach(({ at }, index) => expect(at).toBeGreaterThan(units[index - 1]?.at ?? -Infinity));
    });

    test("every key picture can be decoded on its own, and all of them together", async () => {
      const units = await take(make(), count);
      const keys = units.filter(({ key }) => key);

      expect(keys.length).toBeGreaterThanOrEqual(2);
      for (const { data } of keys) {
        const types = Array.from(nalUnits(data), (unit) => nalType(unit[0]!));
        expect(types).toEqual(expect.arrayContaining([5, 7, 8]));
        expect(picturesOf(data).length).toBe(1);
      }
      expect(picturesOf(Buffer.concat(units.map(({ data }) => data))).length).toBe(count);
    });

    test("each picture's bytes belong to whoever receives them", async () => {
      const units = await take(make(), 5);

      expect(new Set(units.map(({ data }) => data.buffer)).size).toBe(5);
    });

    test("an abort ends it without an error and leaves no process behind", async () => {
      const before = descendants();
      const stop = new AbortController();
      const iterator = make().frames(stop.signal)[Symbol.asyncIterator]();
      await iterator.next();
      const pending = iterator.next();
      stop.abort();
      await pending;

      let next = await iterator.next();
      while (!next.done) next = await iterator.next();

      expect(descendants()).toEqual(before);
    });

    test("an abort before the first picture ends it too, even while it is still starting", async () => {
      const before = descendants();
      const stop = new AbortController();
      const first = make().frames(stop.signal)[Symbol.asyncIterator]().next();
      stop.abort();

      expect(await first).toEqual({ done: true, value: undefined });
      expect(descendants()).toEqual(before);
    });

    test("leaving the loop ends it and leaves no process behind", async () => {
      const before = descendants();
      for await (const unit of make().frames(new AbortController().signal)) if (unit.key) break;

      expect(descendants()).toEqual(before);
    });

    test("a second iteration starts afresh, and later", async () => {
      const camera = make();
      const first = await take(camera, 3);
      const second = await take(camera, 3);

      expect(second[0]!.key).toBe(true);
      expect(second[0]!.at).toBeGreaterThan(first.at(-1)!.at);
    });
  });
}
