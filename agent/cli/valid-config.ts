// A configuration file that a command is given: what it holds, or a refusal that names the first thing wrong with it.
import type { Config, Fault } from "../../config/config.ts";

import { readConfigFile } from "../../config/read.ts";
import { AgentError } from "../error.ts";

/** @throws AgentError CONFIG_NOT_VALID. */
export async function validConfig(file: string): Promise<Config> {
  const read = await readConfigFile(file);
  if ("config" in read) return read.config;
  const more = read.faults.length - 1;
  throw new AgentError(
    "CONFIG_NOT_VALID",
    `${file}: ${faultWords(read.faults[0]!)}${more > 0 ? `; and ${more} more` : ""}`,
  );
}

/** Where, what was found and what was expected, on one line. */
export const faultWords = ({
  line,
  path,
  found,
  expected,
}: Pick<Fault, "line" | "path" | "found" | "expected">): string =>
  `${line === undefined ? "" : `line ${line}: `}${path && `${path}: `}found ${found}, expected ${expected}`;
