// How a command's failures reach the person at the terminal, and which exit code they are.
import { DriverError } from "../../drivers/error.ts";
import { AgentError } from "../error.ts";
import { json, type Io } from "./io.ts";
import { Refusal } from "./refusal.ts";

/** Runs `work`; an error with a code is printed with its remedy (or as JSON) and sets the exit code. Others are bugs and pass. */
export async function guarded(io: Io, asJson: boolean, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof AgentError || error instanceof DriverError)) throw error;
    const { code, message, remedy } = error;
    if (asJson) io.out(json({ error: { code, detail: message.slice(code.length + 2), remedy } }));
    else io.err(`${message}\n  ${remedy}\n`);
    io.exit(EXIT_CODES[code] ?? 1);
  }
}

/** 2: what was given cannot be used. 3: nobody there. Everything else is an answer, and it is no. */
const EXIT_CODES: Readonly<Record<string, 2 | 3>> = {
  AGENT_NOT_REACHED: 3,
  BROKER_NOT_REACHED: 3,
  IDENTITY_UNREADABLE: 2,
  INSTANT_MALFORMED: 2,
  KEY_MALFORMED: 2,
  LEDGER_KEY_MALFORMED: 2,
  NAME_MALFORMED: 2,
  OPTION_FILE_UNREADABLE: 2,
  RECEIVER_NOT_ADMITTED: 3,
  TRUSTED_KEY_UNREADABLE: 2,
};
