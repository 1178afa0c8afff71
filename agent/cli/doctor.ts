// `doorstep doctor`: what is connected and what is not, a line each, and what to do about it.
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Config } from "../../config/config.ts";
import { parseConfigAt, readConfigBytes } from "../../config/read.ts";
import type { Status } from "../review/owner.ts";
import { AgentClient } from "./agent-client.ts";
import { type Check, type Finding, fail, type Machine, ok, type Patient } from "./doctor-check.ts";
import { checkAgent, checkBroker, checkCard, checkClock, checkPower } from "./doctor-house.ts";
import { checkChime, checkLight, checkLines } from "./doctor-lines.ts";
import { checkCamera, checkEncoder, checkMasks, checkMicrophone } from "./doctor-picture.ts";
import { json, type Io } from "./io.ts";
import { faultWords } from "./valid-config.ts";

/** In the order in which somebody mends things. */
const CHECKS: readonly Check[] = [
  checkAgent,
  checkPower,
  checkCard,
  checkClock,
  checkCamera,
  checkEncoder,
  checkMasks,
  checkMicrophone,
  checkLines,
  checkLight,
  checkChime,
  checkBroker,
];

/** Adds the command to `program`. `machine` is made only when it is asked for. */
export function registerDoctor(program: Command, io: Io, machine: () => Promise<Machine>): void {
  program
    .command("doctor")
    .description("what is connected and what is not, and what to do about it; never disturbs a running camera")
    .option("--config <file>", "the configuration", "/etc/doorstep/doorstep.toml")
    .option("--state <dir>", "state directory of the agent", io.defaultState)
    .option("--json")
    .action(async (options: { config: string; state: string; json?: boolean }) => {
      const findings = await examine(await machine(), resolve(options.config), resolve(options.state));
      const worst = findings.some(({ state }) => state === "fail");
      io.out(options.json ? json({ healthy: !worst, checks: findings }) : inWords(findings));
      io.exit(worst ? 1 : 0);
    });
}

/** Everything that can be known, in the order to mend it. Without a valid configuration there is nothing to compare with. */
export async function examine(
  machine: Machine,
  configFile: string,
  stateDirectory: string,
  status = () => statusOf(stateDirectory),
  selfTest = () => selfTestOf(stateDirectory),
): Promise<readonly Finding[]> {
  const config = await configOf(configFile);
  if ("name" in config) return [config];
  const patient: Patient = { machine, config: config.config, stateDirectory, status: await status(), selfTest };
  const findings: Finding[] = [ok("config", `${configFile}: ${config.config.device.name}`)];
  // One after another: half of them would otherwise measure the load that the others make.
  for (const check of CHECKS) findings.push(...(await check(patient)));
  return findings;
}

async function configOf(path: string): Promise<{ readonly config: Config } | Finding> {
  const bytes = await readConfigBytes(path);
  const parsed = bytes instanceof Uint8Array ? parseConfigAt(path, bytes) : { faults: [bytes] };
  if (!("faults" in parsed)) return parsed;
  return fail("config", `${path}: ${faultWords(parsed.faults[0]!)}`, `mend it: \`doorstep check ${path}\``);
}

/** What the running agent says of itself; undefined when none answers. */
async function statusOf(stateDirectory: string): Promise<Status | undefined> {
  return new AgentClient(stateDirectory).get<Status>("/status").catch(() => undefined);
}

async function selfTestOf(stateDirectory: string): Promise<string | undefined> {
  const asked = new AgentClient(stateDirectory).send<{ outcome: string }>("POST", "/broker/selftest");
  return asked.then(({ outcome }) => outcome).catch(() => undefined);
}

function inWords(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const rows = findings.map(({ name, state, detail, remedy }) => {
    const row = `${state.padEnd(4)}  ${name.padEnd(width)}  ${detail}\n`;
    return remedy === undefined ? row : `${row}${" ".repeat(6 + width + 2)}→ ${remedy}\n`;
  });
  const count = (state: Finding["state"]): number => findings.filter((finding) => finding.state === state).length;
  return `${rows.join("")}\n${count("ok")} ok, ${count("warn")} to know of, ${count("fail")} to mend\n`;
}
