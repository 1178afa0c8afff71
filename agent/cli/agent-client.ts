// The CLI's line to the running agent: HTTP on control.sock.
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { AgentError } from "../error.ts";
import { statePaths } from "../state-directory.ts";
import { Refusal } from "./refusal.ts";

export class AgentClient {
  readonly #socket: string;

  constructor(stateDirectory: string) {
    this.#socket = statePaths(stateDirectory).controlSocket;
  }

  /** @throws AgentError AGENT_NOT_REACHED; Refusal with the agent's own code. */
  async get<T>(path: string): Promise<T> {
    return (await this.#json("GET", path)) as T;
  }

  /** As {@link get}; `body` is sent as JSON. */
  async send<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<T> {
    return (await this.#json(method, path, body)) as T;
  }

  /** The response's own stream, for media; with a body, what POST answers. */
  async stream(path: string, body?: unknown): Promise<IncomingMessage> {
    const response = await this.#request(body === undefined ? "GET" : "POST", path, body);
    if (response.statusCode !== 200) throw await refusal(response);
    return response;
  }

  async #json(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await this.#request(method, path, body);
    if (response.statusCode === 204) return undefined;
    if (response.statusCode !== 200) throw await refusal(response);
    return JSON.parse(await text(response));
  }

  #request(method: string, path: string, body?: unknown): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      // A connection of its own: one that is kept may be closed by the agent in the instant in which it is used again.
      const where = { socketPath: this.#socket, agent: false } as const;
      const outgoing = request({ ...where, path: `/api${path}`, method, headers }, resolve);
      outgoing.once("error", (error) =>
        reject(new AgentError("AGENT_NOT_REACHED", `${this.#socket}: ${error.message}`, error)),
      );
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

async function text(response: IncomingMessage): Promise<string> {
  let whole = "";
  for await (const chunk of response.setEncoding("utf8")) whole += chunk as string;
  return whole;
}

async function refusal(response: IncomingMessage): Promise<Refusal | AgentError> {
  const body = await text(response);
  try {
    const { error } = JSON.parse(body) as { error: { code: string; detail: string; remedy: string } };
    return new Refusal(response.statusCode ?? 500, error.code, error.detail, error.remedy);
  } catch (cause) {
    return new AgentError("ANSWER_UNREADABLE", body.slice(0, 100), cause);
  }
}
