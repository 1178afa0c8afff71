// An Io that keeps what a command prints and which exit code it sets.
import type { Io } from "../../../agent/cli/io.ts";

export class CapturedIo implements Io {
  stdout = "";
  stderr = "";
  code: 0 | 1 | 2 | 3 = 0;
  readonly terminal: boolean;
  readonly columns = 80;
  readonly defaultState = "/nonexistent/doorstep";
  readonly timeZone = "UTC";
  readonly interrupted: AbortSignal;

  constructor(options: { readonly terminal?: boolean; readonly interrupted?: AbortSignal } = {}) {
    this.terminal = options.terminal ?? false;
    this.interrupted = options.interrupted ?? new AbortController().signal;
  }

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  exit(code: 0 | 1 | 2 | 3): void {
    this.code = code;
  }
}
