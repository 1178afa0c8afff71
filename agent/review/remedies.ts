// What to do about a code, whoever gave it: the agent, a driver, or the reading of the configuration. Pure.
import { CONFIG_FAULTS } from "../../config/fault.ts";
import { DRIVER_ERRORS, DriverError } from "../../drivers/error.ts";
import { AGENT_ERRORS, AgentError } from "../error.ts";

const REMEDIES: ReadonlyMap<string, string> = new Map(
  Object.entries({ ...AGENT_ERRORS, ...DRIVER_ERRORS, ...CONFIG_FAULTS }),
);

/** As a part of what `status` says: nothing for a code that nobody knows. */
export function remedyFor(code: string | undefined): { readonly remedy?: string } {
  const remedy = code === undefined ? undefined : REMEDIES.get(code);
  return remedy === undefined ? {} : { remedy };
}

/** What went wrong with a part, in the words of `status`. */
export function troubleOf(error: unknown): { readonly detail: string; readonly remedy?: string } {
  const known = error instanceof AgentError || error instanceof DriverError;
  return {
    detail: error instanceof Error ? error.message : String(error),
    ...(known && { remedy: error.remedy }),
  };
}
