// The arguments of a role, as the units and the launcher of both roles give them, read without the command line's own library:
// a role would hold its five megabytes for as long as it runs.
import { resolve } from "node:path";

export const DEFAULT_CONFIG = "/etc/doorstep/doorstep.toml";

export interface RunOptions {
  readonly role: "recorder" | "publisher" | "all";
  readonly configFile: string;
  readonly stateDirectory: string;
}

/** What `run --role recorder|publisher` asks for. Undefined for everything else, faulty or not: that is the command line's. */
export function roleArguments(args: readonly string[], defaultState: string): RunOptions | undefined {
  // An import of node:util would load whatever else it has on offer.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const string = { type: "string" } as const;
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      options: { config: string, state: string, role: string },
      allowPositionals: true,
    });
    const { config = DEFAULT_CONFIG, state = defaultState, role } = values;
    if (positionals.join() !== "run" || (role !== "recorder" && role !== "publisher")) return undefined;
    return { role, configFile: resolve(config), stateDirectory: resolve(state) };
  } catch {
    return undefined;
  }
}
