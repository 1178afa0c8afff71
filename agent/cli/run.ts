// `doorstep run`: starts the recorder, the publisher, or both.
import { resolve } from "node:path";
import { Option, type Command } from "commander";
import { DEFAULT_CONFIG, type RunOptions } from "../role-arguments.ts";
import { guarded } from "./guarded.ts";
import type { Io } from "./io.ts";

/** Starts what was asked for and resolves when it has stopped. */
export type Launch = (options: RunOptions) => Promise<void>;

/** Adds the command to `program`. */
export function registerRun(program: Command, io: Io, launch: Launch): void {
  program
    .command("run")
    .description("start the agent")
    .option("--config <file>", "the configuration", DEFAULT_CONFIG)
    .option("--state <dir>", "where recordings, ledger and sockets live", io.defaultState)
    .addOption(
      new Option("--role <role>", "one process sees, the other speaks; all starts both")
        .choices(["recorder", "publisher", "all"])
        .default("all"),
    )
    .action(async ({ config, state, role }: { config: string; state: string; role: RunOptions["role"] }) => {
      await guarded(io, false, () => launch({ role, configFile: resolve(config), stateDirectory: resolve(state) }));
    });
}
