// `doorstep boot`: what systemd runs on a Raspberry Pi before and after the recorder starts, for an owner who has only the card.
// `take` takes over the configuration on the boot partition; `status` writes there, in words, how it went.
import { access, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { readConfigFile } from "../../config/read.ts";
import { seconds, type Clock } from "../../drivers/clock/clock.ts";
import { statusText } from "../first-boot/status-text.ts";
import { type TakeOver, takeOver } from "../first-boot/take-over.ts";
import type { Status } from "../review/owner.ts";
import { AgentClient } from "./agent-client.ts";
import { checkFile, type CheckReport } from "./check.ts";
import type { Io } from "./io.ts";
import { readMountOf } from "./mounts.ts";
import { words } from "./status.ts";

export interface BootFolders {
  readonly boot: string;
  readonly config: string;
  readonly state: string;
  /** Root's own: what was taken last. */
  readonly memory: string;
  /** Until the next start: how it went, and whether the page is for the network. */
  readonly runtime: string;
}

/** A Zero 2 W with a new card takes its time. */
const PATIENCE_S = 60;

/** Adds the commands to `program`. */
export function registerBoot(program: Command, io: Io, clock: Clock, version: string): void {
  const boot = program.command("boot").description("the card's boot partition; run by the system, not by hand");
  const places = (command: Command): Command =>
    command
      .option("--boot <dir>", "the boot partition", "/boot/firmware")
      .option("--config <file>", "the configuration", "/etc/doorstep/doorstep.toml")
      .option("--state <dir>", "state directory of the agent", io.defaultState)
      .option("--memory <dir>", "what was taken last", "/var/lib/doorstep-boot")
      .option("--runtime <dir>", "until the next start", "/run/doorstep-boot");
  places(boot.command("take").description("take over doorstep.toml from it")).action(async (folders: BootFolders) => {
    const { outcome, problems } = await take(folders);
    io.err(`${[`doorstep.toml on the boot partition: ${outcome}`, ...problems].join("\n")}\n`);
  });
  places(boot.command("status").description("write doorstep-status.txt there")).action(async (folders: BootFolders) => {
    const written = await writeStatus(folders, clock, version);
    if (!written) io.err("the boot partition cannot be written\n");
  });
}

/** Takes over, and leaves word for {@link writeStatus} and for the unit that opens the page to the network. */
export async function take(folders: BootFolders): Promise<TakeOver> {
  const result = await takeOver(folders);
  await mkdir(folders.runtime, { recursive: true });
  await writeFile(join(folders.runtime, "outcome.json"), JSON.stringify(result));
  const flag = join(folders.runtime, "lan");
  if (await forTheNetwork(folders.config)) await writeFile(flag, "");
  else await rm(flag, { force: true });
  return result;
}

/** Whether the page may be reached from the network: never by a configuration that is not valid. */
async function forTheNetwork(config: string): Promise<boolean> {
  const parsed = await readConfigFile(config);
  return "config" in parsed && parsed.config.review.lan;
}

/** Writes the status, unless it stands there already. False if the partition cannot be written. */
export async function writeStatus(
  folders: BootFolders,
  clock: Clock,
  version: string,
  mounts = "/proc/self/mounts",
): Promise<boolean> {
  const { boot, config, state, runtime } = folders;
  const outcome = JSON.parse(
    await readFile(join(runtime, "outcome.json"), "utf8").catch(() => "null"),
  ) as TakeOver | null;
  const { output, exitCode, json: report } = await checkFile(config, clock);
  const text = statusText({
    version,
    hostname: hostname(),
    configuration: sentences(outcome),
    check: { valid: exitCode === 0, output: report.valid ? meaning(report) : output },
    agent: await answer(state, clock),
    forgets: ["overlay", "tmpfs"].includes(
      readMountOf(state, await readFile(mounts, "utf8").catch(() => "")).filesystem,
    ),
    lan: await forTheNetwork(config),
    setupCodeWaits: await access(join(state, "keys", "setup-code")).then(
      () => true,
      () => false,
    ),
  });
  const file = join(boot, "doorstep-status.txt");
  if ((await readFile(file, "utf8").catch(() => "")) === text) return true;
  return writeFile(file, text, { flush: true }).then(
    () => true,
    () => false,
  );
}

function sentences(outcome: TakeOver | null): readonly string[] {
  const of: Readonly<Record<TakeOver["outcome"], string>> = {
    "no file":
      "There is no doorstep.toml beside this file; the one on the device counts (/etc/doorstep/doorstep.toml).",
    unchanged: "doorstep.toml beside this file is the one that was taken over before.",
    taken: "doorstep.toml beside this file was taken over.",
    "not readable": "doorstep.toml beside this file cannot be read; the one on the device counts.",
  };
  if (!outcome) return ["Nothing is known of doorstep.toml beside this file."];
  const moved = outcome.secrets.map(
    (name) => `${name} was moved to a file on the device that only the system can read.`,
  );
  return [of[outcome.outcome], ...moved, ...outcome.problems];
}

/** What a valid file permits, without the time of day: with it, this would be another text at every start. */
function meaning({ summary = [], warnings }: CheckReport): string {
  const rows = summary.slice(1).map(({ title, text }) => `  ${title.padEnd(11)} ${text}`);
  const notes = warnings.map(({ path, line, text }) => `  ! ${line ? `line ${line}, ` : ""}${path}: ${text}`);
  return ["What it means", ...rows, ...notes].join("\n");
}

/** What the agent says of itself, once it does. */
async function answer(state: string, clock: Clock): Promise<string | undefined> {
  for (let waited = 0; waited < PATIENCE_S; waited += 2) {
    try {
      return words(await new AgentClient(state).get<Status>("/status"));
    } catch {
      await clock.sleep(seconds(2), new AbortController().signal);
    }
  }
  return undefined;
}
