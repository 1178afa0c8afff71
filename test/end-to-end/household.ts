// A whole household for end-to-end tests: both roles as separate processes over their own state, and the owner at the command line.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentClient } from "../../agent/cli/agent-client.ts";
import { clips, status, until } from "../../agent/cli/demo-watch.ts";
import type { ClipView, Status } from "../../agent/review/owner.ts";
import { statePaths } from "../../agent/state-directory.ts";
import { seconds, type Duration } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const LAUNCHER = join(ROOT, "doorstep");
const clock = new SystemClock();

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Folder, configuration, processes. Call {@link close} whatever happened. */
export class Household {
  readonly folder = mkdtempSync(join(tmpdir(), "doorstep-"));
  readonly state = join(this.folder, "state");
  readonly configFile = join(this.folder, "doorstep.toml");
  readonly paths = statePaths(this.state);
  readonly agent = new AgentClient(this.state);
  readonly #roles = new Map<string, ChildProcess>();
  readonly #others: ChildProcess[] = [];

  constructor(config: string) {
    mkdirSync(this.state);
    this.configure(config);
  }

  configure(config: string): void {
    writeFileSync(this.configFile, config);
  }

  /** `under`: a program and its arguments that become the role in the end, as `strace -D` does. */
  start(role: "recorder" | "publisher", under: readonly string[] = []): void {
    const config = role === "recorder" ? ["--config", this.configFile] : [];
    const log = openSync(this.logFile(role), "a");
    const [program, ...args] = [...under, LAUNCHER, "run", "--role", role, "--state", this.state, ...config];
    this.#roles.set(role, spawn(program!, args, { cwd: this.folder, stdio: ["ignore", log, log] }));
  }

  /** Starts both roles, and resolves once there are pictures. */
  async moveIn(): Promise<void> {
    this.start("recorder");
    this.start("publisher");
    await this.status("camera on", ({ camera }) => camera.state === "on");
  }

  connected(): Promise<Status> {
    return this.status("broker", ({ broker: { state } }) => state === "connected");
  }

  pid(role: "recorder" | "publisher"): number {
    return this.#roles.get(role)!.pid!;
  }

  async end(role: "recorder" | "publisher", signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    const child = this.#roles.get(role)!;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  }

  /** Resolves with the exit code of a role that is expected to give up by itself. */
  async ends(role: "recorder" | "publisher"): Promise<number | null> {
    const child = this.#roles.get(role)!;
    return this.exit(child);
  }

  /** Runs a command of the owner's, on this state, to its end. */
  owner(...args: string[]): Promise<Ran> {
    return this.doorstep(...args, "--state", this.state);
  }

  /** A key pair of somebody's: `NAME.key` in the folder, and its public half (age1…). */
  async newKey(name: string): Promise<string> {
    await this.doorstep("keygen", "-o", `${name}.key`);
    return /age1[0-9a-z]+/.exec(readFileSync(join(this.folder, `${name}.key`), "utf8"))![0];
  }

  /** Runs any command to its end, in the folder. */
  async doorstep(...args: string[]): Promise<Ran> {
    const child = spawn(LAUNCHER, [...args], { cwd: this.folder });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    const [code] = (await once(child, "close")) as [number];
    return { code, out, err };
  }

  /** Starts a command that goes on, `doorstep receive` for one; ended with the household. */
  background(...args: string[]): ChildProcess {
    const child = spawn(LAUNCHER, [...args], {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#others.push(child);
    return child;
  }

  /** `mosquitto_sub` as anybody would call it: one message, as it is, into `file`. */
  async subscribeOnce(port: number, topic: string, file: string): Promise<void> {
    const child = spawn("mosquitto_sub", ["-p", String(port), "-t", topic, "-q", "1", "-C", "1", "-N"], {
      stdio: ["ignore", openSync(file, "w"), "inherit"],
    });
    this.#others.push(child);
    await this.exit(child);
  }

  /** Waits for a background process to end by itself. */
  async exit(child: ChildProcess): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return child.exitCode;
  }

  /** Asks the agent until `done`; fails with its last answer, and the logs, after `limit`. */
  async status(what: string, done: (status: Status) => boolean, limit: Duration = seconds(30)): Promise<Status> {
    return this.#patiently(until(clock, what, () => status(this.agent), done, limit));
  }

  async clips(
    what: string,
    done: (clips: readonly ClipView[]) => boolean,
    limit: Duration = seconds(60),
  ): Promise<readonly ClipView[]> {
    return this.#patiently(until(clock, what, () => clips(this.agent), done, limit));
  }

  async eventually(what: string, done: () => boolean, limit: Duration = seconds(30)): Promise<void> {
    await this.#patiently(until(clock, what, () => Promise.resolve(done()), Boolean, limit));
  }

  /** Lets real time pass where the thing under test is that nothing happens in it. */
  async quiet(span: Duration): Promise<void> {
    await clock.sleep(span);
  }

  /** Somebody comes; resolves with the clip once it is ready. */
  async visit(input: "pir" | "button"): Promise<ClipView> {
    const before = new Set((await clips(this.agent)).map(({ id }) => id));
    await this.agent.send("POST", "/trigger", { input });
    const fresh = (list: readonly ClipView[]): ClipView | undefined =>
      list.find(({ id, state }) => state === "ready" && !before.has(id));
    return fresh(await this.clips("a new clip", (list) => fresh(list) !== undefined))!;
  }

  spooled(folder: "tmp" | "new" | "sent" | "failed" = "new"): string[] {
    return readdirSync(join(this.paths.spool, folder));
  }

  logFile(role: string): string {
    return join(this.folder, `${role}.log`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async close(): Promise<void> {
    for (const child of [...this.#others, ...this.#roles.values()]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #patiently<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const logs = [...this.#roles.keys()].map(
        (role) => `--- ${role}\n${readFileSync(this.logFile(role), "utf8").slice(-4000)}`,
      );
      throw new Error(`${String(error)}\n${logs.join("\n")}`, { cause: error });
    }
  }
}
