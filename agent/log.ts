// The roles' log: one JSON object a line on standard error, for the journal and for jq. Never a secret: nobody hands it one.
// Why not a library: docs/design/0002-memory.md.
import { rfc3339, type Clock } from "../drivers/clock/clock.ts";

export interface Log {
  info(facts: Readonly<Record<string, unknown>>, text: string): void;
  warn(facts: Readonly<Record<string, unknown>>, text: string): void;
  error(facts: Readonly<Record<string, unknown>>, text: string): void;
}

/** `write` gets whole lines, newline included. Errors among the facts become their code, message and stack. */
export function jsonLog(role: string, clock: Clock, write: (line: string) => void): Log {
  const at =
    (level: keyof Log) =>
    (facts: Readonly<Record<string, unknown>>, text: string): void =>
      write(`${JSON.stringify({ level, at: rfc3339(clock.wall()), role, text, ...facts }, plain)}\n`);
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

function plain(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { code: (value as NodeJS.ErrnoException).code, message: value.message, stack: value.stack };
}
