// A broker that a test starts: a process of its own on free loopback ports, in a folder of its own, ended and removed afterwards.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";

/** A running broker. Users are porch, anna and ha, each with the password "secret" and the rights of the guide's examples. */
export interface Broker extends AsyncDisposable {
  readonly port: number;
  /** Ends it without a chance to say goodbye or to save anything. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  launch(): Promise<void>;
}

/** One make of broker. */
export interface Make {
  /** The package it comes in. */
  readonly debian: string;
  /** "2.0.11", as it says itself; undefined when it is not installed. */
  version(): string | undefined;
  start(): Promise<Broker>;
}

/** Programs that belong together, the first needed by the second; the last one is the broker. */
export class BrokerProcess implements Broker {
  readonly port: number;
  readonly #dir: string;
  readonly #start: () => { readonly child: ChildProcess; readonly ready: RegExp };
  #child: ChildProcess | undefined;

  /** @param start spawns it; `ready` is looked for in what it prints. */
  constructor(port: number, dir: string, start: () => { readonly child: ChildProcess; readonly ready: RegExp }) {
    this.port = port;
    this.#dir = dir;
    this.#start = start;
  }

  async launch(): Promise<void> {
    const { child, ready } = this.#start();
    this.#child = child;
    const said = await until(child, ready);
    if (said !== undefined) throw new Error(`${child.spawnargs.slice(3).join(" ")} did not start:\n${said}`);
  }

  async kill(): Promise<void> {
    if (this.#child) await killed(this.#child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#dir, { recursive: true, force: true });
  }
}

/** Waits until `child` has printed `ready`; everything it said if it ends first. */
export async function until(child: ChildProcess, ready: RegExp): Promise<string | undefined> {
  let said = "";
  const running = new Promise<undefined>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-100_000);
        if (ready.test(said)) resolve(undefined);
      });
  });
  const gone = once(child, "exit").then(
    () => said || "nothing was said",
    (error: Error) => error.message,
  );
  return Promise.race([running, gone]);
}

/** Ends a child, and what it started in its own process group, at once. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, "exit");
  process.kill(-child.pid, "SIGKILL");
  await gone;
}

/** A program in a process group of its own, so that it can be ended with whatever it starts; and it ends with us, however we end. */
export const launchOwn = (
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ChildProcess =>
  spawn("setpriv", ["--pdeathsig", "KILL", program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env,
  });

/** The first match of `pattern` in what a program says of itself; undefined when it is not installed. */
export function versionOf(program: string, args: readonly string[], pattern: RegExp): string | undefined {
  try {
    return pattern.exec(execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }))?.[1];
  } catch (error) {
    // mosquitto -h prints its version and exits with 3.
    return pattern.exec((error as { stdout?: string }).stdout ?? "")?.[1];
  }
}
