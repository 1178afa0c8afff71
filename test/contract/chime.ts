// What every Chime must do, whatever makes the noise.
import { describe, expect, test } from "vitest";
import type { Chime } from "../../drivers/chime/chime.ts";
import type { Duration } from "../../drivers/clock/clock.ts";
import { seconds } from "../../drivers/clock/clock.ts";

/** A chime on a bench, with somebody who listens. */
export interface ChimeRig {
  readonly chime: Chime;
  /** How often it has rung. */
  readonly rings: () => number;
  readonly pass: (span: Duration) => Promise<void>;
}

/** `rig` makes a bench on which it is quiet. */
export function chimeContract(name: string, rig: () => ChimeRig | Promise<ChimeRig>): void {
  describe(name, () => {
    test("rings once for each press, also when nobody has opened it", async () => {
      const { chime, rings, pass } = await rig();
      for (let i = 1; i <= 2; i++) {
        const rung = chime.ring();
        await pass(seconds(1));
        await rung;
        expect(rings()).toBe(i);
      }
      await chime.close();
    });

    test("opening makes no noise, and closing twice does no harm", async () => {
      const { chime, rings } = await rig();
      await chime.open();
      await chime.close();
      await chime.close();
      expect(rings()).toBe(0);
    });
  });
}
