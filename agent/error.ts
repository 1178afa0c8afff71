// What the agent throws on purpose: a code for programs, today's detail, and a remedy for the owner.

export const AGENT_ERRORS = {
  AGENT_NOT_REACHED:
    "start it (`doorstep run`, or `systemctl start doorstep.target`), or name its state directory with --state",
  ANSWER_UNREADABLE: "the agent runs another version than this command: install the same for both",
  CLIP_NOT_FOUND: "`doorstep clips` lists what there is",
  DATABASE_DAMAGED:
    "put back a copy of the file, or move it away and start again: `doorstep status` says what was lost",
  DATABASE_TOO_NEW: "install the newer version of doorstep again: an older one cannot read this state directory",
  DATABASE_UNREADABLE: "check that the state directory exists, has room, and belongs to the user that runs doorstep",
  INPUT_NOT_SIMULATED: "press the real one: only inputs with a simulated driver can be triggered from here",
  RECIPIENT_NOT_FOUND: "`doorstep check FILE` lists the recipients of the configuration",
  REQUEST_MALFORMED: "check what was sent against docs/reference/api.md",
  ROUTE_NOT_FOUND: "see docs/reference/api.md for what the agent answers",
  SERVICE_DID_NOT_STOP: "restart the agent; if it happens again, report it with the log",
  SOCKET_NOT_OPENED: "check that the state directory belongs to the user that runs doorstep",
  SOCKET_PATH_TOO_LONG: "choose a shorter --state directory: Linux allows 107 bytes for a socket's path",
} as const;

export type AgentErrorCode = keyof typeof AGENT_ERRORS;

/** Anything the agent throws on purpose. `cause` keeps the original error. */
export class AgentError extends Error {
  override readonly name = "AgentError";
  readonly code: AgentErrorCode;
  readonly detail: string;

  /** `detail` is a lower-case fragment with today's facts: which clip, which path. */
  constructor(code: AgentErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail}`, { cause });
    this.code = code;
    this.detail = detail;
  }

  get remedy(): string {
    return AGENT_ERRORS[this.code];
  }
}
