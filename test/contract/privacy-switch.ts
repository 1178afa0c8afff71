// What every PrivacySwitch must do, whatever it is wired to.
import { describe, expect, test } from "vitest";
import { milliseconds } from "../../drivers/clock/clock.ts";
import type { PrivacySwitch } from "../../drivers/privacy-switch/privacy-switch.ts";
import { type InputRig, taking } from "./input-rig.ts";

const A_WHILE = milliseconds(250);

/** `rig` makes a bench with a switch that permits looking; `set(true)` closes it. */
export function privacySwitchContract(
  name: string,
  rig: () => InputRig<PrivacySwitch> | Promise<InputRig<PrivacySwitch>>,
): void {
  describe(name, () => {
    test("says at once where it stands, then each change", async () => {
      const { driver, set, opened, pass } = await rig();
      const taken = taking(driver.positions.bind(driver));
      await opened();
      await pass(A_WHILE);
      expect(taken.seen.map(({ closed }) => closed)).toEqual([false]);
      for (const closed of [true, false]) {
        await set(closed);
        await pass(A_WHILE);
      }
      await taken.stop();

      expect(taken.seen.map(({ closed }) => closed)).toEqual([false, true, false]);
    });

    test("one that was closed before anybody looked is closed from the first word", async () => {
      const { driver, set, opened, pass } = await rig();
      await set(true);
      const taken = taking(driver.positions.bind(driver));
      await opened();
      await pass(A_WHILE);
      await taken.stop();

      expect(taken.seen.map(({ closed }) => closed)).toEqual([true]);
    });
  });
}
