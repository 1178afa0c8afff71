// A service manager's ear for tests: what it would be told, caught on a real datagram socket by a few lines of Python (Node has none).
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const EAR = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("open", flush=True)
while True:
    for line in s.recv(4096).decode().splitlines():
        if not line.startswith("BARRIER"): print(line, flush=True)
`;

export class NotifyEar {
  /** Assignments, such as "READY=1", in the order in which they came. */
  readonly heard: string[] = [];
  /** For $NOTIFY_SOCKET. */
  readonly socket: string;
  readonly #process: ChildProcess;

  private constructor(socket: string, process: ChildProcess) {
    this.socket = socket;
    this.#process = process;
  }

  static async open(folder: string): Promise<NotifyEar> {
    const socket = join(folder, "notify");
    const process = spawn("python3", ["-c", EAR, socket], { stdio: ["ignore", "pipe", "inherit"] });
    const ear = new NotifyEar(socket, process);
    await once(process.stdout.setEncoding("utf8"), "data");
    process.stdout.on("data", (text: string) => ear.heard.push(...text.split("\n").filter(Boolean)));
    return ear;
  }

  /** Until `enough` holds of what has been heard. */
  async until(enough: (heard: readonly string[]) => boolean): Promise<void> {
    while (!enough(this.heard)) await once(this.#process.stdout!, "data");
  }

  close(): void {
    this.#process.kill();
  }
}
