// A child process that a driver owns: started without a shell, heard on stderr within bounds, always reaped, gone when we are.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { type Clock, type Duration, after, seconds } from "../clock/clock.ts";
import { BoundedText, LineSplitter } from "./bounded-text.ts";

export interface ProcessOptions {
  /** A path, or a name that is looked up on PATH. */
  readonly program: string;
  /** One element an argument; no shell reads them. */
  readonly args: readonly string[];
  /** Set in the program's environment, besides what is in ours. */
  readonly variables?: Readonly<Record<string, string>>;
  /** True: `stdin` is a pipe of ours. Otherwise the program reads nothing. */
  readonly stdin?: boolean;
  /** Asks the program to end. Default SIGINT, which cameras, ffmpeg and arecord take as a wish to finish. */
  readonly stopSignal?: NodeJS.Signals;
  /** From the stop signal to SIGKILL. Default 3 s. */
  readonly grace?: Duration;
  /** Called with each line of stderr, at most 4 KiB of it. */
  readonly onStderrLine?: (line: string) => void;
}

/** How a process ended. */
export interface Ending {
  /**
   * The first cause: "not-started" (no such program, or it may not be executed), "stopped" (by {@link
   * SupervisedProcess.stop}, whatever killed it afterwards), "exited" or "signalled" (of its own, or by others).
   */
  readonly cause: "not-started" | "stopped" | "exited" | "signalled";
  /** Exit code, unless a signal ended it. */
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
  /** The first and the last 4 KiB that it wrote to stderr. */
  readonly stderr: string;
  /** What the first {@link SupervisedProcess.stop} was told. */
  readonly reason?: unknown;
}

/** From util-linux, which Debian cannot be without. Asks the kernel to kill the program when we die, however we die. */
const SETPRIV = "/usr/bin/setpriv";
/** From coreutils: a way to add to an environment without reading our own. */
const ENV = "/usr/bin/env";
const EXIT_NOT_EXECUTABLE = 126;
const EXIT_NOT_FOUND = 127;

/** A running child. Made by {@link startProcess}. */
export class SupervisedProcess {
  /** Resolves, never rejects, once the process has been reaped. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #options: ProcessOptions;
  readonly #clock: Clock;
  readonly #group: boolean;
  readonly #stderr = new BoundedText();
  #stop: { readonly reason: unknown } | undefined;
  #over = false;

  /** Use {@link startProcess}. `group`: the child leads a process group of its own. */
  constructor(child: ChildProcess, options: ProcessOptions, clock: Clock, group: boolean) {
    this.#child = child;
    this.#options = options;
    this.#clock = clock;
    this.#group = group;
    // Writing to a program that has just died is not news: its ending is.
    child.stdin?.on("error", () => {});
    child.stdout?.on("error", () => {});
    const stderrEnded = this.#listen(child.stderr!);
    this.ended = new Promise<Ending>((resolve) => {
      child.once("error", (error) => resolve(this.#notStarted(error.message)));
      child.once("exit", (code, signal) => {
        this.#over = true;
        // A program that left children behind would keep our pipes, and the camera, open.
        this.#kill("SIGKILL");
        void stderrEnded.then(() => resolve(this.#ending(code, signal)));
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What the program writes. Somebody has to read it, or the program will stall. */
  get stdout(): Readable {
    return this.#child.stdout!;
  }

  /** Where the program reads from, when asked for. Errors are swallowed: see {@link ended}. */
  get stdin(): Writable | undefined {
    return this.#child.stdin ?? undefined;
  }

  /** What stderr has said so far: the first and the last 4 KiB. */
  get stderr(): string {
    return this.#stderr.toString();
  }

  /**
   * Asks the program to end (closes its input, sends the stop signal), kills it when it does not, and resolves when it has been reaped. Of several calls the
   * first one's reason is kept; calling it after the end is harmless.
   */
  stop(reason?: unknown): Promise<Ending> {
    if (this.#stop || this.#over) return this.ended;
    this.#stop = { reason };
    // A program that waits for input takes notice of nothing else.
    this.#child.stdin?.destroy();
    this.#kill(this.#options.stopSignal ?? "SIGINT");
    const spare = after(this.#clock, this.#options.grace ?? seconds(3), () => this.#kill("SIGKILL"));
    return this.ended.finally(spare);
  }

  /** Ends it at once, as stop does after the grace. */
  kill(reason?: unknown): Promise<Ending> {
    this.#stop ??= { reason };
    this.#kill("SIGKILL");
    return this.ended;
  }

  #listen(stderr: Readable): Promise<void> {
    const { onStderrLine } = this.#options;
    const lines = onStderrLine && new LineSplitter(onStderrLine);
    stderr.on("data", (chunk: Buffer) => {
      this.#stderr.push(chunk);
      lines?.push(chunk);
    });
    stderr.on("error", () => {});
    return new Promise((resolve) => {
      stderr.once("close", () => {
        lines?.end();
        resolve();
      });
    });
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    // Only the last resort goes to the whole group: a polite signal is for the program to pass on as it likes.
    if (!this.#group || signal !== "SIGKILL") {
      if (!this.#over) this.#child.kill(signal);
      return;
    }
    try {
      process.kill(-pid, signal);
    } catch {
      // ESRCH: nobody of the group is left.
    }
  }

  #notStarted(message: string): Ending {
    this.#over = true;
    return { cause: "not-started", stderr: message };
  }

  #ending(code: number | null, signal: NodeJS.Signals | null): Ending {
    const stderr = this.stderr;
    const ended = { ...(code === null ? {} : { code }), ...(signal ? { signal } : {}), stderr };
    const refused = code === EXIT_NOT_FOUND || code === EXIT_NOT_EXECUTABLE;
    if (refused && /^(setpriv: failed to execute|\S*env: )/.test(stderr)) return { cause: "not-started", ...ended };
    if (this.#stop) return { cause: "stopped", ...ended, reason: this.#stop.reason };
    return { cause: signal ? "signalled" : "exited", ...ended };
  }
}

/**
 * Starts a program and returns at once; a program that cannot be started shows in `ended`. It runs in a process group of
 * its own, so that Ctrl-C at our terminal reaches it only through us, and the kernel kills it if we die first.
 */
export function startProcess(options: ProcessOptions, clock: Clock): SupervisedProcess {
  const tied = existsSync(SETPRIV);
  const variables = Object.entries(options.variables ?? {}).map(([name, value]) => `${name}=${value}`);
  const bare = { program: options.program, args: options.args };
  const told = variables.length ? { program: ENV, args: [...variables, bare.program, ...bare.args] } : bare;
  const { program, args } = tied
    ? { program: SETPRIV, args: ["--pdeathsig", "KILL", "--", told.program, ...told.args] }
    : told;
  const child = spawn(program, args, {
    stdio: [options.stdin ? "pipe" : "ignore", "pipe", "pipe"],
    detached: tied,
  });
  return new SupervisedProcess(child, options, clock, tied);
}

/** What a short program did. */
export interface Run {
  readonly ending: Ending;
  readonly stdout: Buffer;
}

/** Runs a short program to its end. Stopped when it takes longer than `limit` or writes more than `maxBytes`. */
export async function runProgram(
  options: ProcessOptions,
  clock: Clock,
  limit: Duration,
  maxBytes = 1024 * 1024,
): Promise<Run> {
  const process = startProcess(options, clock);
  const parts: Buffer[] = [];
  let bytes = 0;
  process.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) parts.push(chunk);
    else void process.kill(`more than ${maxBytes} bytes of output`);
  });
  const closed = new Promise((resolve) => process.stdout.once("close", resolve));
  const spare = after(clock, limit, () => void process.stop(`no end within ${limit} ms`));
  const ending = await process.ended;
  spare();
  if (ending.cause !== "not-started") await closed;
  return { ending, stdout: Buffer.concat(parts) };
}
