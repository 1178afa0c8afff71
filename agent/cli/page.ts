// `doorstep page`: lets a browser on this machine reach the page. A third process between loopback and page.sock: the recorder
// itself never listens on a network. On the LAN systemd-socket-proxyd does the same (systemd/doorstep-page.socket).
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { InvalidArgumentError, type Command } from "commander";
import { AgentError } from "../error.ts";
import { statePaths } from "../state-directory.ts";
import { guarded } from "./guarded.ts";
import type { Io } from "./io.ts";

const LOOPBACK = "127.0.0.1";
const USUAL_PORT = 8470;
/** As many as the recorder takes. */
const MOST_CONNECTIONS = 64;

/** An open bridge. */
export interface Bridge {
  /** "http://127.0.0.1:8470/". */
  readonly address: string;
  close(): void;
}

/** Opens `port` (0: any free one) on loopback to the page of the agent in `state`. @throws AgentError PORT_NOT_OPENED. */
export async function openBridge(state: string, port: number): Promise<Bridge> {
  const { pageSocket } = statePaths(state);
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (outside) => {
    const inside = connect({ path: pageSocket, allowHalfOpen: true });
    for (const [one, other] of [
      [outside, inside],
      [inside, outside],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.once("error", () => other.destroy());
      one.once("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  server.maxConnections = MOST_CONNECTIONS;
  await listening(server, port);
  return {
    address: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** Adds the command to `program`. */
export function registerPage(program: Command, io: Io): void {
  program
    .command("page")
    .description("let a browser on this machine reach the review page, until Ctrl-C")
    .option("--state <dir>", "state directory of the agent", io.defaultState)
    .option("--port <number>", "on 127.0.0.1; 0 for any that is free", portNumber, USUAL_PORT)
    .action(({ state, port }: { state: string; port: number }) =>
      guarded(io, false, async () => {
        const bridge = await openBridge(state, port);
        io.out(
          `${bridge.address}\nsign in with the page's password, or a code: doorstep review code --state ${state}\n`,
        );
        if (!io.interrupted.aborted) await once(io.interrupted, "abort");
        bridge.close();
      }),
    );
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError("a port is 0 to 65535.");
  return port;
}

async function listening(server: Server, port: number): Promise<void> {
  try {
    server.listen(port, LOOPBACK);
    await once(server, "listening");
  } catch (error) {
    throw new AgentError("PORT_NOT_OPENED", `${LOOPBACK}:${port}: ${(error as Error).message}`, error);
  }
}
