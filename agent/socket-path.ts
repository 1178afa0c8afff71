// How long the path of a Unix socket may be.
import { AgentError } from "./error.ts";

/** Linux keeps 108 bytes for a socket's path, the closing zero among them (unix(7)). */
const SOCKET_PATH_BYTES = 107;

/** @throws AgentError SOCKET_PATH_TOO_LONG. */
export function checkSocketPath(path: string): void {
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES) throw new AgentError("SOCKET_PATH_TOO_LONG", path);
}
