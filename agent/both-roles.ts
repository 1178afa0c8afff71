// `run --role all`: both roles as child processes of one that neither sees nor speaks. Loaded by nobody else: what starts processes
// costs a role memory that it has no use for.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { type Clock, type Duration, milliseconds } from "../drivers/clock/clock.ts";
import type { RunOptions } from "./role-arguments.ts";

const RESTART_FIRST = milliseconds(250);
const RESTART_LAST = milliseconds(30_000);

interface BothRoles extends RunOptions {
  readonly clock: Clock;
  /** Aborts when the process is asked to end. */
  readonly stop: AbortSignal;
}

/** Both roles as children of a process that neither sees nor speaks. A publisher that dies is started again; without a recorder there is nothing. */
export async function runBothRoles({ configFile, stateDirectory, clock, stop }: BothRoles): Promise<void> {
  const start = (role: string): ChildProcess =>
    fork(process.argv[1]!, ["run", "--role", role, "--config", configFile, "--state", stateDirectory], {
      execArgv: process.execArgv,
    });
  const recorder = start("recorder");
  const ended = once(recorder, "exit") as Promise<[code: number | null]>;
  const over = new AbortController();
  const speaking = keepPublisher(clock, () => start("publisher"), over.signal);
  stop.addEventListener("abort", () => recorder.kill("SIGTERM"), { once: true });
  const [code] = await ended;
  over.abort();
  await speaking;
  process.exitCode = code ?? 1;
}

async function keepPublisher(clock: Clock, start: () => ChildProcess, over: AbortSignal): Promise<void> {
  for (let pause: Duration = RESTART_FIRST; !over.aborted; pause = milliseconds(Math.min(pause * 2, RESTART_LAST))) {
    const startedAt = clock.uptime();
    const publisher = start();
    const end = (): void => void publisher.kill("SIGTERM");
    over.addEventListener("abort", end, { once: true });
    await once(publisher, "exit");
    over.removeEventListener("abort", end);
    if (clock.uptime() - startedAt > RESTART_LAST) pause = RESTART_FIRST;
    await clock.sleep(pause, over).catch(() => {});
  }
}
