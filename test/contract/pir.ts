// What every Pir must do, whatever it is wired to.
import { describe, expect, test } from "vitest";
import { milliseconds } from "../../drivers/clock/clock.ts";
import type { Pir } from "../../drivers/pir/pir.ts";
import { type InputRig, taking } from "./input-rig.ts";

const A_WHILE = milliseconds(250);

/** `rig` makes a bench on which nobody moves yet. */
export function pirContract(name: string, rig: () => InputRig<Pir> | Promise<InputRig<Pir>>): void {
  describe(name, () => {
    test("a movement is told of when it begins and when it ends, each once and in order", async () => {
      const { driver, set, opened, pass } = await rig();
      const taken = taking(driver.levels.bind(driver));
      await opened();
      for (const active of [true, false, true, false]) {
        await set(active);
        await pass(A_WHILE);
      }
      await taken.stop();

      expect(taken.seen.map(({ active }) => active)).toEqual([true, false, true, false]);
      taken.seen.forEach(({ at }, i) => expect(at).toBeGreaterThanOrEqual(taken.seen[i - 1]?.at ?? -Infinity));
    });

    test("while nobody moves nothing is told", async () => {
      const { driver, opened, pass } = await rig();
      const taken = taking(driver.levels.bind(driver));
      await opened();
      await pass(A_WHILE);
      await taken.stop();

      expect(taken.seen).toEqual([]);
      expect(await taken.ended).toBeUndefined();
    });

    test("after an abort it can be listened to again", async () => {
      const { driver, set, opened, pass } = await rig();
      const first = taking(driver.levels.bind(driver));
      await opened();
      await first.stop();
      const second = taking(driver.levels.bind(driver));
      await opened();
      await set(true);
      await pass(A_WHILE);
      await second.stop();

      expect(second.seen.map(({ active }) => active)).toEqual([true]);
    });
  });
}
