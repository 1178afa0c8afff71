// `doorstep check FILE`: is this configuration right, and what does it permit?
import type { Command } from "commander";
import type { Clock } from "../../drivers/clock/clock.ts";
import { checkFile } from "./check.ts";
import { json, type Io } from "./io.ts";

/** Adds the command to `program`. */
export function registerCheck(program: Command, io: Io, clock: Clock): void {
  program
    .command("check <file>")
    .description("what is wrong with a configuration, line by line; or what it permits, in words")
    .option("--json")
    .action(async (file: string, options: { json?: boolean }) => {
      const result = await checkFile(file, clock);
      io.out(options.json ? json(result.json) : result.output);
      io.exit(result.exitCode);
    });
}
