// `doorstep keygen`: a recipient's secret key, in age's own format, and the public half that the owner needs.
import { open, unlink } from "node:fs/promises";
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption";
import type { Command } from "commander";
import { rfc3339, type Clock } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import { identityFile } from "../receiver/identity.ts";
import { guarded } from "./guarded.ts";
import { json, type Io } from "./io.ts";
import { qr } from "../qr.ts";

/** What the command line may say. */
export interface KeygenOptions {
  /** Where the secret key goes; standard output if absent. */
  readonly output?: string;
  readonly postQuantum?: boolean;
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function registerKeygen(program: Command, io: Io, clock: Clock): void {
  program
    .command("keygen")
    .description("make a secret key for receiving, and show the public half for the owner")
    .option("-o, --output <file>", "write the secret key here (never over a file); to standard output if absent")
    .option("--post-quantum", "age1pq1…: longer, and read by age 1.3 and newer only")
    .option("--json", "print the public key and the file as JSON; needs --output")
    .action(async (options: KeygenOptions) => {
      if (options.json && options.output === undefined)
        program.error("error: --json needs --output, so that the secret key is not mixed with it");
      await keygenCommand(options, io, clock);
    });
}

/** Makes a key. Sets exit code 1 when the file is there already or cannot be written. */
export async function keygenCommand(options: KeygenOptions, io: Io, clock: Clock): Promise<void> {
  await guarded(io, options.json ?? false, async () => {
    const identity = options.postQuantum ? await generateHybridIdentity() : await generateX25519Identity();
    const publicKey = await identityToRecipient(identity);
    const text = identityFile(identity, publicKey, rfc3339(clock.wall()));
    if (options.output === undefined) {
      io.out(text);
      io.err(`Public key: ${publicKey}\n`);
      return;
    }
    await writeIdentity(options.output, text);
    if (options.json) return io.out(json({ public_key: publicKey, file: options.output }));
    io.out(`Public key: ${publicKey}\n`);
    io.err(
      `The secret key is in ${options.output}: keep it, and a copy. Without it nothing that was sent can be opened.\n`,
    );
    const code = io.terminal ? await qr(publicKey) : undefined;
    if (code !== undefined) io.err(`\n${code}`);
  });
}

/**
 * Writes an identity file that only its owner may read, fsynced.
 *
 * @throws AgentError IDENTITY_NOT_WRITTEN when `file` exists or cannot be written.
 */
export async function writeIdentity(file: string, text: string): Promise<void> {
  const handle = await open(file, "wx", 0o600).catch((cause: unknown) => {
    throw new AgentError("IDENTITY_NOT_WRITTEN", file, cause);
  });
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (cause) {
    // Half a secret key is none, and looks like one.
    await unlink(file).catch(() => {});
    throw new AgentError("IDENTITY_NOT_WRITTEN", file, cause);
  } finally {
    await handle.close();
  }
}
