// What every Light must do (promise 11), whatever shines.
import { describe, expect, test } from "vitest";
import type { Duration } from "../../drivers/clock/clock.ts";
import { milliseconds } from "../../drivers/clock/clock.ts";
import type { Light, LightPattern } from "../../drivers/light/light.ts";

/** A light on a bench, with somebody who looks at it. */
export interface LightRig {
  readonly light: Light;
  /** Whether it shines now; a pattern that blinks shines when it begins. */
  readonly lit: () => boolean | Promise<boolean>;
  readonly pass: (span: Duration) => Promise<void>;
}

/** `rig` makes a bench with a light that is off. */
export function lightContract(name: string, rig: () => LightRig | Promise<LightRig>): void {
  describe(name, () => {
    test.each(["steady", "slow-blink", "double-blink"] satisfies LightPattern[])(
      "shines by the time it says that it shows %s, and not after off",
      async (pattern) => {
        const { light, lit, pass } = await rig();
        await light.show(pattern);
        expect(await lit()).toBe(true);
        await light.show("off");
        expect(await lit()).toBe(false);
        await pass(milliseconds(300));
        expect(await lit()).toBe(false);
        await light.close();
      },
    );

    test("goes from one pattern to the next without going out", async () => {
      const { light, lit } = await rig();
      for (const pattern of ["steady", "slow-blink", "double-blink", "steady"] as const) {
        await light.show(pattern);
        expect(await lit()).toBe(true);
      }
      await light.close();
    });

    test("is dark once it has been closed, and can be shown again", async () => {
      const { light, lit } = await rig();
      await light.show("steady");
      await light.close();
      expect(await lit()).toBe(false);
      await light.show("steady");
      expect(await lit()).toBe(true);
      await light.close();
      expect(await lit()).toBe(false);
    });
  });
}
