// What the agent throws on purpose: a code for programs, today's detail, and a remedy for the owner.

export const AGENT_ERRORS = {
  AGENT_NOT_REACHED:
    "start it (`doorstep run`, or `systemctl start doorstep.target`), or name its state directory with --state",
  ANSWER_UNREADABLE: "the agent runs another version than this command: install the same for both",
  CLIP_ALREADY_CATALOGUED: "report it with the log: a finished clip was announced twice",
  CLIP_ALTERED:
    "somebody changed the file behind the agent's back: it is kept but never shared; `doorstep delete` removes it",
  CLIP_EXPIRED: "ask the owner to send it again, and check this machine's date (`date`)",
  CLIP_FOR_ANOTHER_KEY:
    "pass the --identity file whose public half stands in the owner's configuration (`doorstep keygen` wrote both)",
  CLIP_MISSING:
    "somebody removed the file behind the agent's back: put it back under vault/clips, or `doorstep delete` the clip",
  CLIP_NOT_DECRYPTED:
    "make sure --identity holds the key whose public half stands in the owner's configuration, and ask for the clip again",
  CLIP_NOT_FOUND: "`doorstep clips` lists what there is",
  CLIP_NOT_WRITTEN: "make room on the card (`df -h`), and check with `dmesg` that it is not failing",
  CLIP_UNREADABLE:
    "look at the file under vault/clips with a player: if it does not open there either, `doorstep delete` the clip",
  DATABASE_DAMAGED:
    "put back a copy of the file, or move it away and start again: `doorstep status` says what was lost",
  DATABASE_TOO_NEW: "install the newer version of doorstep again: an older one cannot read this state directory",
  DATABASE_UNREADABLE: "check that the state directory exists, has room, and belongs to the user that runs doorstep",
  DEMO_STUCK: "look at recorder.log and publisher.log in the folder that the demo names; report it with them",
  DEVICE_KEY_CHANGED:
    "ask the owner for the key that `doorstep ledger key` prints; if the device is new, remove the .doorstep folder of the out folder or pass --trust",
  HISTORY_REWRITTEN:
    "keep both receipts and ask the owner: a device never takes back what it has written down, unless its ledger was lost",
  IDENTITY_MISSING: "pass --identity with the file that `doorstep keygen` wrote",
  IDENTITY_UNREADABLE: "pass the file that `doorstep keygen -o FILE` or `age-keygen -o FILE` wrote",
  INPUT_NOT_SIMULATED: "press the real one: only inputs with a simulated driver can be triggered from here",
  KEYS_MISSING: "write the recipient's public key in the configuration, or plain = true",
  KEYS_MIXED: "give the recipient keys of one kind: all age1… or all age1pq1…",
  KEY_MALFORMED: "copy the whole public key again, from age1 to its last letter: `doorstep keygen` prints it",
  MANIFEST_CONTRADICTED:
    "nothing to do: it is asked for again; if it keeps happening, somebody between you and the device alters it",
  NOT_SEALED: "check that the disk has room and that the files belong to the user that runs doorstep",
  RECEIPT_FOR_ANOTHER: "check --device and --as against the owner's invitation",
  RECEIPT_NOT_VERIFIED:
    "do not rely on this clip: compare the key with the one `doorstep ledger key` prints on the device",
  RECEIVER_MEMORY_DAMAGED:
    "move the file away and pass --trust with the device's key: what was remembered of it is lost",
  RECIPIENT_NOT_FOUND: "`doorstep check FILE` lists the recipients of the configuration",
  REQUEST_MALFORMED: "check what was sent against docs/reference/api.md",
  ROUTE_NOT_FOUND: "see docs/reference/api.md for what the agent answers",
  SERVICE_DID_NOT_STOP: "restart the agent; if it happens again, report it with the log",
  SOCKET_NOT_OPENED: "check that the state directory belongs to the user that runs doorstep",
  SOCKET_PATH_TOO_LONG: "choose a shorter --state directory: Linux allows 107 bytes for a socket's path",
  TRUSTED_KEY_UNREADABLE: "write what `doorstep ledger key` prints on the device into a file and pass that",
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
