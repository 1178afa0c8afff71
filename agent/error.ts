// What the agent throws on purpose: a code for programs, today's detail, and a remedy for the owner.

export const AGENT_ERRORS = {
  AGENT_NOT_REACHED:
    "start it (`doorstep run`, or `systemctl start doorstep.target`), or name its state directory with --state",
  ANSWER_UNREADABLE: "the agent runs another version than this command: install the same for both",
  CLIP_ALREADY_CATALOGUED: "report it with the log: a finished clip was announced twice",
  CLIP_ALTERED:
    "somebody changed the file behind the agent's back: it is kept but never shared; `doorstep delete` removes it",
  CLIP_FOR_ANOTHER_KEY:
    "pass the --identity file whose public half stands in the owner's configuration (`doorstep keygen` wrote both)",
  CLIP_MISSING:
    "somebody removed the file behind the agent's back: put it back under vault/clips, or `doorstep delete` the clip",
  CLIP_NOT_DECRYPTED:
    "make sure --identity holds the key whose public half stands in the owner's configuration, and ask for the clip again",
  CLIP_NOT_FOUND: "`doorstep clips` lists what there is",
  CLIP_UNREADABLE:
    "look at the file under vault/clips with a player: if it does not open there either, `doorstep delete` the clip",
  DATABASE_DAMAGED:
    "put back a copy of the file, or move it away and start again: `doorstep status` says what was lost",
  DATABASE_TOO_NEW: "install the newer version of doorstep again: an older one cannot read this state directory",
  DATABASE_UNREADABLE: "check that the state directory exists, has room, and belongs to the user that runs doorstep",
  DEMO_STUCK: "look at recorder.log and publisher.log in the folder that the demo names; report it with them",
  INPUT_NOT_SIMULATED: "press the real one: only inputs with a simulated driver can be triggered from here",
  KEYS_MISSING: "write the recipient's public key in the configuration, or plain = true",
  KEYS_MIXED: "give the recipient keys of one kind: all age1… or all age1pq1…",
  KEY_MALFORMED: "copy the whole public key again, from age1 to its last letter: `doorstep keygen` prints it",
  NOT_SEALED: "check that the disk has room and that the files belong to the user that runs doorstep",
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
