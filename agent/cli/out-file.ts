// Writes what a command was asked for into the file that was named on the command line.
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { AgentError } from "../error.ts";

/** For the owner's eyes only. @throws AgentError OUT_NOT_WRITABLE; ANSWER_UNREADABLE when a stream breaks off. */
export async function writeOut(file: string, content: string | NodeJS.ReadableStream): Promise<void> {
  try {
    if (typeof content === "string") await writeFile(file, content, { mode: 0o600 });
    else await pipeline(content, createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    const { code = "", syscall } = error as NodeJS.ErrnoException;
    const ours = ["open", "write", "close"].includes(syscall ?? "");
    throw new AgentError(ours ? "OUT_NOT_WRITABLE" : "ANSWER_UNREADABLE", `${file}: ${code}`, error);
  }
}
