// One receiver at a time on one folder. Two would share a client id, and the broker would throw out one for the other, for ever.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { realpath } from "node:fs/promises";
import { createServer } from "node:net";
import { AgentError } from "../error.ts";

/**
 * Claims `folder`, which must exist, until the returned function is called or the process ends, however it ends: an abstract
 * Unix socket that nobody connects to, because the kernel takes it back. Claims nothing where there are none (not Linux).
 *
 * @throws AgentError RECEIVER_RUNS_TWICE when another process, or this one, holds it under this `name`.
 */
export async function claimAlone(folder: string, name: string): Promise<() => void> {
  if (process.platform !== "linux") return () => {};
  const digest = createHash("sha256")
    .update(`${await realpath(folder)}\n${name}`)
    .digest("hex");
  const claim = createServer((connection) => connection.destroy());
  try {
    claim.listen(`\0doorstep-receiver-${digest.slice(0, 32)}`);
    await once(claim, "listening");
  } catch (cause) {
    throw new AgentError("RECEIVER_RUNS_TWICE", `another one is receiving as ${name} into ${folder}`, cause);
  }
  return () => void claim.close();
}
