// `doorstep light-off`: what the service manager runs once every process of the recorder is gone, however it went (promise 11).
// A killed recorder leaves a GPIO line as it was; only somebody who comes after it can know that nothing is open any more.
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { Config } from "../../config/config.ts";
import { restoreConfig } from "../../config/normalise.ts";
import type { Light } from "../../drivers/light/light.ts";
import { lockState } from "../ledger/lock.ts";
import { statePaths } from "../state-directory.ts";
import { guarded } from "./guarded.ts";
import type { Io } from "./io.ts";

/** The light that a configuration names, not yet opened; undefined when it names none. */
export type LightOf = (config: Config) => Promise<Light | undefined>;

/** Adds the command to `program`. */
export function registerLightOff(program: Command, io: Io, lightOf: LightOf): void {
  program
    .command("light-off")
    .description("turn the light off after a recorder that could not; never under a running one")
    .option("--state <dir>", "state directory of the agent", io.defaultState)
    .action(async ({ state }: { state: string }) => {
      await guarded(io, false, () => turnLightOff(state, lightOf));
    });
}

/**
 * Drives the light of the last accepted configuration to rest. Nothing accepted, or no light in it: nothing to do.
 *
 * @throws AgentError STATE_IN_USE while a recorder runs, DriverError GPIO_… or LIGHT_… when the line cannot be driven.
 */
export async function turnLightOff(stateDirectory: string, lightOf: LightOf): Promise<void> {
  const paths = statePaths(stateDirectory);
  const accepted = await readFile(paths.acceptedConfig, "utf8").catch(() => undefined);
  const restored = accepted === undefined ? undefined : restoreConfig(accepted);
  if (!restored || "faults" in restored) return;
  const lock = lockState(`${paths.ledger}.lock`);
  try {
    const light = await lightOf(restored.config);
    try {
      await light?.show("off");
    } finally {
      await light?.close();
    }
  } finally {
    lock.release();
  }
}
