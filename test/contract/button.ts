// What every Button must do, whatever it is wired to.
import { describe, expect, test } from "vitest";
import type { Button } from "../../drivers/button/button.ts";
import { milliseconds, seconds } from "../../drivers/clock/clock.ts";
import { type InputRig, taking } from "./input-rig.ts";

const A_PRESS = milliseconds(150);

/** `rig` makes a bench with a button that nobody touches. */
export function buttonContract(name: string, rig: () => InputRig<Button> | Promise<InputRig<Button>>): void {
  describe(name, () => {
    test("each press is reported once, in order, however long it is held", async () => {
      const { driver, set, opened, pass } = await rig();
      const taken = taking(driver.presses.bind(driver));
      await opened();
      for (let i = 0; i < 2; i++) {
        await set(true);
        await pass(A_PRESS);
        await set(false);
        await pass(seconds(2));
      }
      await taken.stop();

      expect(taken.seen.length).toBe(2);
      expect(taken.seen[1]!.at - taken.seen[0]!.at).toBeGreaterThan(1_000);
    });

    test("while nobody presses nothing is reported", async () => {
      const { driver, opened, pass } = await rig();
      const taken = taking(driver.presses.bind(driver));
      await opened();
      await pass(A_PRESS);
      await taken.stop();

      expect(taken.seen).toEqual([]);
      expect(await taken.ended).toBeUndefined();
    });

    test("after an abort it can be listened to again", async () => {
      const { driver, set, opened, pass } = await rig();
      const first = taking(driver.presses.bind(driver));
      await opened();
      await first.stop();
      const second = taking(driver.presses.bind(driver));
      await opened();
      await set(true);
      await pass(A_PRESS);
      await second.stop();

      expect(second.seen.length).toBe(1);
    });
  });
}
