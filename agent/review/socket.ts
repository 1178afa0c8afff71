// Serves an API on a Unix socket: control.sock for the CLI, page.sock for the page. The recorder listens nowhere else.
import { chmodSync, chownSync, rmSync, statSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
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
  /** Loads what answers; asked with the first request, and again after it has failed. */
  readonly answer: () => Promise<Answer>;
}

/** A Hono application's own `fetch`: it answers, it fetches nothing. */
export type Answer = (request: Request, env?: object) => Response | Promise<Response>;

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** An HTTP server on one Unix socket. A stale socket is removed, so the state directory's lock must be held before `start`. */
export class SocketServer implements Service {
  readonly name: string;
  readonly #options: SocketServerOptions;
  #server: Server | undefined;
  #listener: Promise<Listener> | undefined;

  constructor(options: SocketServerOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** @throws AgentError SOCKET_PATH_TOO_LONG or SOCKET_NOT_OPENED. */
  async start(): Promise<void> {
    const { path, mode, group } = this.#options;
    checkSocketPath(path);
    rmSync(path, { force: true });
    // An import of node:http would bring its WebSocket along, and with it eight megabytes (docs/design/0002-memory.md).
    const { createServer } = process.getBuiltinModule("node:http");
    const server = createServer((request, response) => void this.#hear(request, response));
    server.maxConnections = MOST_CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(new AgentError("SOCKET_NOT_OPENED", `${path}: ${error.message}`, error)));
      server.listen(path, resolve);
    });
    handTo(path, group);
    chmodSync(path, mode);
    this.#server = server;
  }

  /** The first request waits until what answers is loaded; its body waits in the socket. */
  async #hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      this.#listener ??= this.#load();
      await (
        await this.#listener
      )(request, response);
    } catch {
      this.#listener = undefined;
      response.destroy();
    }
  }

  async #load(): Promise<Listener> {
    const { getRequestListener } = await import("@hono/node-server");
    return getRequestListener(await this.#options.answer());
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
