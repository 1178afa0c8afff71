// Serves an API on a Unix socket: control.sock for the CLI, page.sock for the page. The recorder listens nowhere else.
import { chmodSync, chownSync, rmSync, statSync } from "node:fs";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { AgentError } from "../error.ts";
import type { Service } from "../lifecycle.ts";
import { groupNumber } from "../unix-group.ts";
import { checkSocketPath } from "../socket-path.ts";

/** Enough for every device an owner has; more are refused, so that nobody fills the recorder's memory. */
const MOST_CONNECTIONS = 64;

export interface SocketServerOptions {
  readonly name: string;
  readonly path: string;
  /** 0o660 for control.sock: its group is the owner's. */
  readonly mode: number;
  /** Whose group it is handed to, if the machine has that group; else it keeps the recorder's own. */
  readonly group?: string;
  /** A Hono application's own `fetch`: it answers, it fetches nothing. */
  readonly answer: (request: Request, env?: object) => Response | Promise<Response>;
}

/** An HTTP server on one Unix socket. A stale socket is removed, so the state directory's lock must be held before `start`. */
export class SocketServer implements Service {
  readonly name: string;
  readonly #options: SocketServerOptions;
  #server: Server | undefined;

  constructor(options: SocketServerOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** @throws AgentError SOCKET_PATH_TOO_LONG or SOCKET_NOT_OPENED. */
  async start(): Promise<void> {
    const { path, mode, group, answer } = this.#options;
    checkSocketPath(path);
    rmSync(path, { force: true });
    const server = createAdaptorServer({ fetch: answer }) as Server;
    server.maxConnections = MOST_CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(new AgentError("SOCKET_NOT_OPENED", `${path}: ${error.message}`, error)));
      server.listen(path, resolve);
    });
    handTo(path, group);
    chmodSync(path, mode);
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    rmSync(this.#options.path, { force: true });
  }
}

/** To a group that we are not a member of it cannot be handed, and stays closed to it. */
function handTo(path: string, group: string | undefined): void {
  const number = group === undefined ? undefined : groupNumber(group);
  if (number === undefined) return;
  try {
    chownSync(path, statSync(path).uid, number);
  } catch {
    // As installed the recorder is a member; started by hand it need not be, and its own user talks to it.
  }
}
