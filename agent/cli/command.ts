// A command that talks to the running agent: its common options.
import type { Command } from "commander";
import { AgentClient } from "./agent-client.ts";
import { guarded } from "./guarded.ts";
import type { Io } from "./io.ts";

export interface AgentCall {
  readonly agent: AgentClient;
  /** --json was given. */
  readonly json: boolean;
  readonly stateDirectory: string;
  /** The first argument, ready to stand in a path; "" when the command takes none. */
  readonly argument: string;
  readonly options: Readonly<Record<string, string | undefined>>;
}

/** Adds `--state` (and `--json` to what reads), runs `action` with a client, and turns failures into exit codes. */
export function agentCommand(command: Command, io: Io, action: (call: AgentCall) => Promise<void>): void {
  command.option("--state <dir>", "state directory of the agent", io.defaultState).action(async () => {
    const {
      state,
      json = false,
      ...options
    } = command.opts<{ state: string; json?: boolean } & Record<string, string>>();
    const argument = encodeURIComponent(command.args[0] ?? "");
    await guarded(io, json, () =>
      action({ agent: new AgentClient(state), json, stateDirectory: state, argument, options }),
    );
  });
}
