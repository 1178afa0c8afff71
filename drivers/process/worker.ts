// One question to a program of ours in a process of its own: for work whose memory must be given back when it is done.
import { fork } from "node:child_process";
import { DriverError } from "../error.ts";

/**
 * Starts `module`, sends it `task` (structured clone), and resolves with the first message it sends back. The process is gone
 * when this returns, and goes by itself if we die.
 *
 * @throws `signal`'s reason; DriverError WORKER_DIED when it ends without an answer.
 */
export async function askWorker(module: URL, task: unknown, signal: AbortSignal): Promise<unknown> {
  signal.throwIfAborted();
  const child = fork(module, {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    signal,
    killSignal: "SIGKILL",
  });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, killedBy) => resolve(`ended with ${killedBy ?? code}`));
  });
  const answered = new Promise<{ readonly answer: unknown }>((resolve) =>
    child.once("message", (answer) => resolve({ answer })),
  );
  child.send(task as object, () => {});
  const first = await Promise.race([answered, ended]);
  await ended;
  signal.throwIfAborted();
  if (typeof first === "string") throw new DriverError("WORKER_DIED", `${module.pathname.split("/").at(-1)} ${first}`);
  return first.answer;
}
