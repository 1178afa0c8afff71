// `doorstep export CLIP --for NAME`: a clip for somebody who stands in no configuration, as an age file with its receipt.
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { AgentError } from "../error.ts";
import { outFolder } from "../folder.ts";
import { agentCommand } from "./command.ts";
import { json, type Io } from "./io.ts";

/** Adds the command to `program`. */
export function registerExport(program: Command, io: Io): void {
  const command = program
    .command("export <clip>")
    .description("a clip for somebody who stands in no configuration, sealed to their key, with a receipt")
    .requiredOption("--for <name>", "who gets it: a–z, 0–9, _ and -")
    .requiredOption(
      "--key <key>",
      "their age key, as `doorstep keygen` or `age-keygen` printed it; several with commas",
    )
    .requiredOption("--out <dir>", "folder for ID.mp4.age and ID.receipt.jws")
    .option("--purpose <text>", "what for; they read it in the receipt")
    .option("--request <id>", "the request it answers, as `doorstep requests` lists them")
    .option("--audio", "with its sound, if it has any")
    .option("--json");
  agentCommand(command, io, async (call) => {
    const { for: to, key, out, audio, purpose, request } = call.options;
    const folder = resolve(out!);
    outFolder(folder);
    const keys = key!.split(",").map((each) => each.trim());
    const body = { to, keys, audio: audio !== undefined, purpose, request };
    const response = await call.agent.stream(`/clips/${call.argument}/exports`, body);
    const header = (name: string): string => String(response.headers[`doorstep-${name}`] ?? "");
    const id = header("disclosure");
    const file = join(folder, `${id}.mp4.age`);
    const receipt = join(folder, `${id}.receipt.jws`);
    await writeFile(receipt, header("receipt"), { mode: 0o600 });
    await save(response, file, header("sha256"));
    const clip = decodeURIComponent(call.argument);
    io.out(call.json ? json({ id, clip, for: to, file, receipt }) : words(to!, file, receipt));
  });
}

/** Under its name only when it is whole. @throws AgentError ANSWER_UNREADABLE when it is not what the receipt speaks of. */
async function save(media: NodeJS.ReadableStream, file: string, sha256: string): Promise<void> {
  const partial = `${file}.part`;
  const digest = createHash("sha256");
  const hashing = new PassThrough().on("data", (chunk: Buffer) => digest.update(chunk));
  try {
    await pipeline(media, hashing, createWriteStream(partial, { mode: 0o600 }));
    if (digest.digest("hex") !== sha256) throw new AgentError("ANSWER_UNREADABLE", "the file was cut off on its way");
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

const words = (to: string, file: string, receipt: string): string =>
  [
    file,
    receipt,
    `only ${to} can open it: age -d -i KEYFILE ${file} > clip.mp4`,
    "the receipt says what it is and that you gave it; it is in your ledger, and cannot be taken out of it",
    "",
  ].join("\n");
