// What a command may touch of the outside: given by main.ts, replaced in tests. Commands read no ambient state.

export interface Io {
  /** Writes to standard output, as it is. */
  out(text: string): void;
  /** Writes to standard error, as it is. */
  err(text: string): void;
  /** Whether standard output is a terminal: colour, bars and QR codes only then. */
  readonly terminal: boolean;
  readonly columns: number;
  /** The state directory when --state is absent. */
  readonly defaultState: string;
  /** The owner's local time zone, for the times in tables. */
  readonly timeZone: string;
  /** Aborts on Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** Sets the exit code: 0 done, 1 the answer is no, 2 usage, 3 cannot reach the agent. */
  exit(code: 0 | 1 | 2 | 3): void;
}

/** Pretty JSON with a newline: what --json prints. */
export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
