// `doorstep receive`: what a recipient runs. Collects, verifies, opens and saves what a device sends, and says so in words.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { minutes, type Clock } from "../../drivers/clock/clock.ts";
import { runProgram } from "../../drivers/process/process.ts";
import { AgentError } from "../error.ts";
import { receiptWords } from "../ledger/receipt-words.ts";
import type { SavedClip } from "../receiver/open.ts";
import type { ConnectionListener, ReceiverOptions } from "../receiver/receiver.ts";
import { guarded } from "./guarded.ts";
import type { Io } from "./io.ts";
import { bytes } from "./table.ts";

/** What the command line says, once checked. Paths are relative to the working directory. */
export interface ReceiveOptions {
  readonly url: string;
  readonly device: string;
  /** Our name in the owner's configuration. */
  readonly as: string;
  readonly out: string;
  readonly identity?: string;
  /** File with the device's key; the first that is announced if absent. */
  readonly trust?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly caFile?: string;
  /** End after so many clips. */
  readonly once?: number;
  /** A program to run with each clip's path as its only argument. */
  readonly exec?: string;
  readonly json?: boolean;
}

const BROKER_URL = /^(mqtts?|wss?):\/\/[^/]/;
/** A program that does more than this with a clip should hand it on. */
const EXEC_WITHIN = minutes(15);

/** Adds the command to `program`. */
export function registerReceive(program: Command, io: Io, clock: Clock): void {
  const command = program
    .command("receive")
    .description("receive what a device sends you: verify, decrypt, save")
    .requiredOption("--url <url>", "the broker: mqtt://, mqtts://, ws:// or wss://")
    .requiredOption("--device <name>", "the device's name")
    .requiredOption("--as <name>", "your name in the owner's configuration")
    .requiredOption("--out <dir>", "folder for ID.mp4 and ID.receipt.jws")
    .option("--identity <file>", "your secret key, from `doorstep keygen` or age-keygen")
    .option("--trust <file>", "the device's key, as its owner gave it to you")
    .option("--trust-first", "trust the first key the device announces, and never another")
    .option("--username <name>", "at the broker; your --as name if only a password is given")
    .option("--password-file <file>", "the broker's password for you")
    .option("--ca-file <file>", "authority that signed the broker's certificate, PEM")
    .option("--once <n>", "end after so many clips; exit code 1 if one of them did not verify")
    .option("--exec <program>", "run this with each saved clip's path as its argument")
    .option("--json", "one JSON object a line")
    .action(async (options: ReceiveOptions & { trustFirst?: boolean; once?: string }) => {
      const once = options.once === undefined ? undefined : Number(options.once);
      if (!BROKER_URL.test(options.url) || !URL.canParse(options.url))
        command.error("error: --url takes the address of a broker: mqtt://HOST, mqtts://HOST, ws://HOST or wss://HOST");
      if ((options.trust === undefined) === (options.trustFirst === undefined))
        command.error("error: give either --trust FILE or --trust-first");
      if (once !== undefined && !(Number.isSafeInteger(once) && once > 0))
        command.error("error: --once takes a number of clips, 1 or more");
      const { once: _, ...others } = options;
      await receiveCommand({ ...others, ...(once !== undefined && { once }) }, io, clock);
    });
}

/** Runs until `io.interrupted` aborts or `once` clips are through. Sets exit code 0, 1 (not verified), 2 (usage) or 3 (no broker). */
export async function receiveCommand(options: ReceiveOptions, io: Io, clock: Clock): Promise<void> {
  await guarded(io, options.json ?? false, async () => {
    const done = new AbortController();
    const report = new Report(options, io, () => done.abort());
    const { Receiver } = await import("../receiver/receiver.ts");
    const receiver = new Receiver(await receiverOptions(options, clock, report.listener));
    const clips = receiver.clips();
    report.waiting();
    const handled = (async () => {
      for await (const clip of clips) {
        report.saved(clip);
        if (options.exec !== undefined) await execute(options.exec, clip, io, clock);
        // A picture comes before its clip, and is not what was waited for.
        if (clip.kind === "clip") report.count();
      }
    })();
    try {
      await receiver.run(AbortSignal.any([io.interrupted, done.signal]));
    } finally {
      await handled;
    }
    if (options.once !== undefined && report.refusals > 0) io.exit(1);
  });
}

async function receiverOptions(
  options: ReceiveOptions,
  clock: Clock,
  listener: ConnectionListener,
): Promise<ReceiverOptions> {
  const { readIdentities } = await import("../receiver/identity.ts");
  const { readTrustedKey } = await import("../receiver/trust.ts");
  const password = options.passwordFile === undefined ? undefined : await readText(options.passwordFile);
  const username = options.username ?? (password === undefined ? undefined : options.as);
  return {
    url: options.url,
    device: options.device,
    recipient: options.as,
    out: resolve(options.out),
    identities: options.identity === undefined ? [] : await readIdentities(options.identity),
    trust: options.trust === undefined ? "first" : await readTrustedKey(options.trust),
    clock,
    listener,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: password.replace(/\r?\n$/, "") }),
    ...(options.caFile !== undefined && { ca: await readText(options.caFile) }),
  };
}

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new AgentError("OPTION_FILE_UNREADABLE", file, cause);
  });
}

/** The program's own failure is reported and changes nothing: the clip is saved and acknowledged. */
async function execute(program: string, clip: SavedClip, io: Io, clock: Clock): Promise<void> {
  const { ending, stdout } = await runProgram({ program, args: [clip.file] }, clock, EXEC_WITHIN);
  if (stdout.length > 0) io.err(stdout.toString());
  if (ending.cause !== "exited" || ending.code !== 0)
    io.err(`${program} ${ending.cause}${ending.code === undefined ? "" : ` with ${ending.code}`}: ${ending.stderr}\n`);
}

/** What the person at the terminal, or the program at the pipe, gets to read. */
class Report {
  refusals = 0;
  readonly listener: ConnectionListener;
  readonly #options: ReceiveOptions;
  readonly #io: Io;
  readonly #enough: () => void;
  #through = 0;
  #drawn = 0;

  constructor(options: ReceiveOptions, io: Io, enough: () => void) {
    this.#options = options;
    this.#io = io;
    this.#enough = enough;
    const { device } = options;
    this.listener = {
      connected: (version) => this.#note(`connected (MQTT ${version === 5 ? "5" : "3.1.1"})`),
      disconnected: (why, retryMs) =>
        this.#note(`${why?.message ?? "connection lost"}; again in ${Math.ceil(retryMs / 1000)} s`),
      trusted: (key) =>
        this.#note(
          `trusting ${key.fingerprint} from now on, the first key ${device} announced: compare it with \`doorstep ledger key\` there`,
        ),
      progress: (clip, received, of) => this.#draw(clip, received, of),
      refused: (clip, error) => {
        this.refusals++;
        this.#problem("refused", clip, error);
        this.count();
      },
      alarm: (error) => this.#problem("alarm", undefined, error),
      withdrawn: (clip) => this.#note(`the owner has withdrawn ${clip}: please delete it`),
    };
  }

  waiting(): void {
    const { device, as, url } = this.#options;
    this.#note(`waiting for what ${device} sends to ${as}, on ${url.replace(/\/\/[^@/]*@/, "//")}`);
  }

  saved(clip: SavedClip): void {
    this.#clear();
    if (this.#options.json)
      this.#io.out(
        `${JSON.stringify({
          clip: {
            id: clip.id,
            kind: clip.kind,
            file: clip.file,
            receipt_file: clip.receiptFile,
            bytes: clip.bytes,
            sha256: clip.sha256,
            receipt: clip.receipt,
          },
        })}\n`,
      );
    else this.#io.out(`${receiptWords(clip.receipt, this.#io.timeZone)}saved ${clip.file}\n`);
  }

  /** One more clip is through, saved or refused. */
  count(): void {
    if (++this.#through === this.#options.once) this.#enough();
  }

  #problem(kind: "refused" | "alarm", clip: string | undefined, error: AgentError): void {
    this.#clear();
    const { code, detail, remedy, message } = error;
    if (this.#options.json) this.#io.out(`${JSON.stringify({ [kind]: { clip, code, detail, remedy } })}\n`);
    else this.#io.err(`${clip ? `${kind} ${clip}: ` : ""}${message}\n  ${remedy}\n`);
  }

  #note(text: string): void {
    this.#clear();
    if (!this.#options.json) this.#io.err(`${text}\n`);
  }

  #draw(clip: string, received: number, of: number | undefined): void {
    if (!this.#io.terminal || this.#options.json) return;
    const text = `receiving ${clip}  ${bytes(received)}${of === undefined ? "" : ` of ${bytes(of)}`}`;
    this.#io.err(`\r${text.padEnd(this.#drawn)}`);
    this.#drawn = text.length;
  }

  #clear(): void {
    if (this.#drawn > 0) this.#io.err(`\r${" ".repeat(this.#drawn)}\r`);
    this.#drawn = 0;
  }
}
