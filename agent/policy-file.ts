// The configuration file as the recorder follows it (DESIGN §6): tightening at once, widening after two quiet seconds, and
// an invalid edit closes sharing and audio until it is mended. Decides nothing about disclosures; says what to go by.
import { type FSWatcher, watch } from "node:fs";
import { open, readFile, realpath, rename } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { compareConfigs, narrowest } from "../config/compare.ts";
import type { Config, Fault } from "../config/config.ts";
import { normalise, restoreConfig, storedForm } from "../config/normalise.ts";
import { parseConfigAt, readConfigBytes } from "../config/read.ts";
import { type Clock, after, milliseconds, seconds } from "../drivers/clock/clock.ts";
import { AgentError } from "./error.ts";

/** How long a file must stay as it is before anything wider in it counts. */
export const QUIET = seconds(2);
/** Editors empty a file before they fill it: what is invalid for less than this was never meant. */
export const INVALID_GRACE = milliseconds(500);

export interface PolicyState {
  /** What to go by now. Undefined: nothing may open. */
  readonly config: Config | undefined;
  /** SHA-256 of `config` in its one spelling; "" without one. */
  readonly digest: string;
  /** What is wrong with the file as it stands; empty if nothing is. */
  readonly faults: readonly Fault[];
  readonly sharingClosedBy?: "invalid config";
  /** Paths whose widening waits for the file to settle; ["*"] when it is the first configuration altogether. */
  readonly pendingWidening: readonly string[];
  /** False while more of the file waits to hold. Delete and retract for good only once it is true. */
  readonly settled: boolean;
  /** What keeps the file from being followed or the accepted copy from being kept. Never a reason to share. */
  readonly problems: readonly AgentError[];
}

export type PolicyListener = (state: PolicyState, previous: PolicyState) => void;

export interface PolicyFileOptions {
  /** The configuration file, absolute. */
  readonly path: string;
  /** Where the last accepted configuration is kept. */
  readonly acceptedPath: string;
  readonly clock: Clock;
  /** Allows the demo's own broker. */
  readonly demo?: boolean;
}

const NOTHING: PolicyState = {
  config: undefined,
  digest: "",
  faults: [],
  pendingWidening: [],
  settled: false,
  problems: [],
};

export class PolicyFile {
  readonly #options: PolicyFileOptions;
  readonly #listeners = new Set<PolicyListener>();
  readonly #watchers: FSWatcher[] = [];
  #state = NOTHING;
  /** Digest and lines of the copy that is kept, so that it is written only when it changes. */
  #kept = "";
  #seen: Uint8Array | Fault | undefined;
  #turn: Promise<void> = Promise.resolve();
  #queued = false;
  #cancelTimer = (): void => {};
  #stopped = false;

  constructor(options: PolicyFileOptions) {
    this.#options = options;
  }

  get state(): PolicyState {
    return this.#state;
  }

  /** Reads what was accepted and what stands in the file now. Never throws: whatever is wrong is in the state. */
  async start(): Promise<PolicyState> {
    const accepted = await this.#accepted();
    if (accepted) this.#enter({ config: accepted, digest: normalise(accepted).sha256 });
    await this.#watch();
    await this.#next(() => this.#read(true));
    return this.#state;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    for (const watcher of this.#watchers.splice(0)) watcher.close();
    await this.#turn;
  }

  /** Calls `listener` after every change of the state until the returned function is called. */
  onChange(listener: PolicyListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the file now, whatever the watch has noticed (a signal, a file system that does not tell). */
  async reread(): Promise<PolicyState> {
    await this.#next(() => this.#read(false));
    return this.#state;
  }

  async #accepted(): Promise<Config | undefined> {
    const { acceptedPath, demo } = this.#options;
    let stored: string;
    try {
      stored = await readFile(acceptedPath, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.#problem("POLICY_NOT_KEPT", acceptedPath, error);
      return undefined;
    }
    const restored = restoreConfig(stored, { demo: demo ?? false });
    if ("faults" in restored) {
      this.#problem("POLICY_NOT_KEPT", `${acceptedPath}: ${restored.faults[0]?.found ?? "not readable"}`);
      return undefined;
    }
    this.#kept = stored;
    return restored.config;
  }

  /** The folder is watched, not the file: editors replace files. A link's target has a folder of its own. */
  async #watch(): Promise<void> {
    const { path } = this.#options;
    const target = await realpath(path).catch(() => path);
    for (const file of new Set([path, target])) {
      try {
        const watcher = watch(dirname(file), (_, name) => {
          if (name === null || name === basename(file)) this.#notice();
        });
        watcher.on("error", (error) => this.#problem("POLICY_NOT_WATCHED", file, error));
        this.#watchers.push(watcher);
      } catch (error) {
        this.#problem("POLICY_NOT_WATCHED", file, error);
      }
    }
  }

  /** Many events may come while one reading runs: one more reading after it is enough for all of them. */
  #notice(): void {
    if (this.#queued || this.#stopped) return;
    this.#queued = true;
    void this.#next(() => {
      this.#queued = false;
      return this.#read(false);
    });
  }

  /** One thing at a time, in order. A listener that throws is heard by whoever waits, and stops nothing after it. */
  #next(action: () => Promise<void>): Promise<void> {
    const run = this.#turn.then(() => (this.#stopped ? undefined : action()));
    this.#turn = run.catch(() => {});
    return run;
  }

  async #read(first: boolean): Promise<void> {
    const found = await readConfigBytes(this.#options.path);
    if (!first && this.#seen && sameBytes(found, this.#seen)) return;
    this.#seen = found;
    const parsed = found instanceof Uint8Array ? this.#parse(found) : { faults: [found] };
    if ("config" in parsed) await this.#valid(parsed.config, first);
    else if (first) this.#invalid(parsed.faults);
    else this.#later(INVALID_GRACE, () => this.#unlessChanged(found, () => this.#invalid(parsed.faults)));
  }

  #parse(bytes: Uint8Array): ReturnType<typeof parseConfigAt> {
    return parseConfigAt(this.#options.path, bytes, { demo: this.#options.demo ?? false });
  }

  async #valid(config: Config, first: boolean): Promise<void> {
    const { config: current } = this.#state;
    if (!current && first) return this.#settle(config);
    const meeting = current && narrowest(current, config);
    if (meeting && normalise(meeting).sha256 === normalise(config).sha256) return this.#settle(config);
    const pendingWidening = current ? compareConfigs(current, config).widened : ["*"];
    this.#enter({ config: meeting, digest: meeting ? normalise(meeting).sha256 : "", pendingWidening });
    const seen = this.#seen;
    this.#later(QUIET, () => this.#unlessChanged(seen, () => this.#settle(config)));
  }

  #invalid(faults: readonly Fault[]): void {
    const { config } = this.#state;
    if (!config) return this.#enter({ faults });
    const closed: Config = Object.freeze({
      ...config,
      sharing: Object.freeze({ enabled: false }),
      audio: Object.freeze({ ...config.audio, record: false }),
    });
    this.#enter({ config: closed, digest: normalise(closed).sha256, faults, sharingClosedBy: "invalid config" });
  }

  /** The whole file holds. It is kept first, so that a power cut finds what was in use. */
  async #settle(config: Config): Promise<void> {
    this.#cancelTimer();
    await this.#keep(config);
    this.#enter({ config, digest: normalise(config).sha256, settled: true });
  }

  /** Runs `action` if the file is still what it was; otherwise looks at what it is now. */
  async #unlessChanged(was: Uint8Array | Fault | undefined, action: () => Promise<void> | void): Promise<void> {
    const found = await readConfigBytes(this.#options.path);
    if (was && sameBytes(found, was)) await action();
    else await this.#read(false);
  }

  #later(span: typeof QUIET, action: () => Promise<void>): void {
    this.#cancelTimer();
    this.#cancelTimer = after(this.#options.clock, span, () => void this.#next(action));
  }

  async #keep(config: Config): Promise<void> {
    const { acceptedPath } = this.#options;
    const text = storedForm(config);
    if (text === this.#kept) return;
    try {
      await replaceFile(acceptedPath, text);
      this.#kept = text;
    } catch (error) {
      this.#problem("POLICY_NOT_KEPT", acceptedPath, error);
    }
  }

  #problem(code: "POLICY_NOT_KEPT" | "POLICY_NOT_WATCHED", detail: string, error?: unknown): void {
    const others = this.#state.problems.filter((problem) => problem.code !== code);
    const reason = error instanceof Error ? `${detail}: ${error.message}` : detail;
    this.#state = { ...this.#state, problems: [...others, new AgentError(code, reason, error)] };
  }

  /** What `next` leaves out is as if nothing were wrong; problems stay. */
  #enter(next: Partial<PolicyState>): void {
    const previous = this.#state;
    this.#state = Object.freeze({ ...NOTHING, problems: previous.problems, ...next });
    for (const listener of this.#listeners) listener(this.#state, previous);
  }
}

function sameBytes(a: Uint8Array | Fault, b: Uint8Array | Fault): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Either the old text or the new one stands at `path` after a power cut, never a part. */
async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  await using file = await open(fresh, "w", 0o600);
  await file.writeFile(text);
  await file.sync();
  await rename(fresh, path);
  await using folder = await open(dirname(path), "r");
  await folder.sync();
}
