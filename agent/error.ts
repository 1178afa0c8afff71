// What the agent throws on purpose: a code for programs, today's detail, and a remedy for the owner.

export const AGENT_ERRORS = {
  DATABASE_DAMAGED:
    "put back a copy of the file, or move it away and start again: `doorstep status` says what was lost",
  DATABASE_TOO_NEW: "install the newer version of doorstep again: an older one cannot read this state directory",
  DATABASE_UNREADABLE: "check that the state directory exists, has room, and belongs to the user that runs doorstep",
  SERVICE_DID_NOT_STOP: "restart the agent; if it happens again, report it with the log",
} as const;

export type AgentErrorCode = keyof typeof AGENT_ERRORS;

/** Anything the agent throws on purpose. `cause` keeps the original error. */
export class AgentError extends Error {
  override readonly name = "AgentError";
  readonly code: AgentErrorCode;

  /** `detail` is a lower-case fragment with today's facts: which clip, which path. */
  constructor(code: AgentErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail}`, { cause });
    this.code = code;
  }

  get remedy(): string {
    return AGENT_ERRORS[this.code];
  }
}
