// What the agent throws on purpose: a code for programs, today's detail, and a remedy for the owner.

export const AGENT_ERRORS = {
  ACK_REFUSED: "let the broker's user write its own ack topic: `pattern write doorstep/+/%u/ack`",
  AGENT_NOT_REACHED:
    "start it (`doorstep run`, or `systemctl start doorstep.target`), or name its state directory with --state",
  ANSWER_NOT_VERIFIED:
    "sign it anew with the private half of approvals.owner_key, for this device and this clip, as docs/spec/consent.md §10.1 says",
  ANSWER_REFUSED:
    "`doorstep explain CLIP --to NAME` says which line of the configuration decided and what would have to change",
  ANSWER_UNREADABLE: "the agent runs another version than this command: install the same for both",
  BROKER_CLOSED: "look at the log of the MQTT broker: it ended the connection; doorstep keeps trying",
  BROKER_NOT_REACHED: "check --url, that the broker runs, and that nothing stands between (`nc -vz HOST PORT`)",
  BROKER_PROTOCOL:
    "check that the address is that of an MQTT broker, and the scheme (mqtt, mqtts, ws, wss) the one it speaks there",
  BROKER_REFUSED:
    "check `mqtt.username` and the password file, and that the broker lets this user in; doorstep tries again by itself",
  BROKER_SILENT: "check the network and the load of the MQTT broker: it stopped answering; doorstep keeps trying",
  BROKER_TAKEN_OVER:
    "another client uses this device name as its client id: stop it or rename this device, then restart doorstep",
  BROKER_UNREACHABLE: "check `mqtt.url`, that the broker runs, and the network; doorstep keeps trying",
  BROKER_UNTRUSTED: "check `mqtt.ca_file`, the host name in `mqtt.url`, and the dates in the certificate of the broker",
  CARD_FULL: "delete clips, unpin some, or use a larger card: recording goes on when there is room",
  CHECKPOINT_MALFORMED: "get the checkpoint again: this text is not a signed note as docs/spec/ledger.md §5 has it",
  CHECKPOINT_SIGNATURE_WRONG:
    "compare the key with what `doorstep ledger key` prints on the device: either it is another key, or the text was altered",
  CAMERA_NOT_ASLEEP:
    "ask again when `doorstep status` says that the camera is asleep; when it is on, it shows the picture itself",
  CLIP_ALREADY_CATALOGUED: "report it with the log: a finished clip was announced twice",
  CLIP_ALTERED:
    "somebody changed the file behind the agent's back: it is kept but never shared; `doorstep delete` removes it",
  CLIP_EXPIRED: "ask the owner to send it again, and check this machine's date (`date`)",
  CLIP_FOR_ANOTHER_KEY:
    "pass the --identity file whose public half stands in the owner's configuration (`doorstep keygen` wrote both)",
  CLIP_IN_USE_REFUSED: "wait until the recording has ended, then ask again",
  CLIP_MISSING:
    "somebody removed the file behind the agent's back: put it back under vault/clips, or `doorstep delete` the clip",
  CLIP_NOT_DECRYPTED:
    "make sure --identity holds the key whose public half stands in the owner's configuration, and ask for the clip again",
  CLIP_NOT_DELETED: "check the card; deletion is tried again with the next sweep",
  CLIP_NOT_FOUND: "`doorstep clips` lists what there is",
  CLIP_NOT_RECORDED:
    "check that the state directory has room and belongs to the user that runs doorstep; the recording itself may still be in vault/clips",
  CLIP_NOT_WRITTEN: "make room on the card (`df -h`), and check with `dmesg` that it is not failing",
  CLIP_QUARANTINED:
    "look at the clip with `doorstep play`: it is kept, but never shared, and the camera stays closed if a mask was not in it",
  CLIP_UNREADABLE:
    "look at the file under vault/clips with a player: if it does not open there either, `doorstep delete` the clip",
  CLOCK_LEAPT: "nothing to do if the clock was set on purpose; else look at the network's time",
  CONFIG_NOT_VALID: "mend it first: `doorstep check FILE` names everything that is wrong with it",
  DATABASE_DAMAGED:
    "put back a copy of the file, or move it away and start again: `doorstep status` says what was lost",
  DATABASE_TOO_NEW: "install the newer version of doorstep again: an older one cannot read this state directory",
  DATABASE_UNREADABLE: "check that the state directory exists, has room, and belongs to the user that runs doorstep",
  DELIVERY_GIVEN_UP:
    "look at the log of the broker: it kept ending the connection over this one; approve the clip again to retry",
  DELIVERY_REFUSED: "allow user and topic in the access list of the broker: docs/guide/broker.md has the lines",
  DELIVERY_SWALLOWED:
    "the broker acknowledged it and did not pass it on: look for `message_size_limit` (mosquitto), a quota, or the receiver's own limit; then approve again",
  DELIVERY_TOO_LARGE:
    "raise the limit of the broker for packets (`max_packet_size` in mosquitto): even small parts are refused",
  DELIVERY_UNHEARD:
    "nobody was subscribed: start `doorstep receive` (or the other program) at the recipient, and approve again",
  DEMO_STUCK: "look at recorder.log and publisher.log in the folder that the demo names; report it with them",
  DEVICE_KEY_CHANGED:
    "ask the owner for the key that `doorstep ledger key` prints; if the device is new, remove the .doorstep folder of the out folder or pass --trust",
  DOOR_LINE_REFUSED:
    "install the same version of doorstep for recorder and publisher: they do not understand each other",
  DOOR_LINE_TOO_LONG: "this is a fault of doorstep, and nothing was sent: report it with the log",
  EVENTS_REFUSED: "close the page in some of the windows and on some of the devices where it is open",
  EXPORT_REFUSED: "give --for the one who asked, and approve the clip for those who stand in the configuration",
  GATE_BUSY: "wait until what was approved has been prepared, then answer again",
  HISTORY_REWRITTEN:
    "keep both receipts and ask the owner: a device never takes back what it has written down, unless its ledger was lost",
  IDENTITY_MISSING: "pass --identity with the file that `doorstep keygen` wrote",
  IDENTITY_NOT_WRITTEN:
    "choose a file that does not exist yet, in a folder you may write: a secret key is never overwritten",
  IDENTITY_UNREADABLE: "pass the file that `doorstep keygen -o FILE` or `age-keygen -o FILE` wrote",
  INPUT_NOT_SIMULATED: "press the real one: only inputs with a simulated driver can be triggered from here",
  INSTANT_MALFORMED: "write it as 2026-11-22T14:05:00Z, or as the clock on your wall says: 2026-11-22 14:05",
  INVITE_NEEDS_CONFIG: "mend the configuration first (`doorstep check FILE`), or name another with --config",
  KEYS_MISSING: "write the recipient's public key in the configuration, or plain = true",
  KEYS_MIXED: "give the recipient keys of one kind: all age1… or all age1pq1…",
  KEY_MALFORMED: "copy the whole public key again, from age1 to its last letter: `doorstep keygen` prints it",
  LEDGER_ALTERED:
    "`doorstep ledger verify` names what was changed; put back a copy, or accept it with `doorstep ledger accept`",
  LEDGER_DISCLOSED_TWICE: "report it with the log: a disclosure was committed under an id that had been used",
  LEDGER_ENTRY_REFUSED: "report it with the log: the program tried to write something that does not fit the ledger",
  LEDGER_EXPORT_MALFORMED: "export it again with `doorstep ledger export`: this file is not one, or was cut",
  LEDGER_KEY_MALFORMED: "copy the whole key again from `doorstep ledger key`: base64, PEM or the verifier key",
  LEDGER_KEY_UNREADABLE: "put keys/ledger.ed25519 back from a backup, readable only for the user that runs doorstep",
  LEDGER_NOT_FOUND: "`doorstep ledger list` shows what there is; name entries by number and disclosures by their id",
  LEDGER_NOT_TRUSTED:
    "`doorstep ledger verify` says what is wrong; nothing is shared until it is mended, or accepted with `doorstep ledger accept`",
  LIVE_REFUSED:
    "look at the state of the camera: while it is closed or asleep there is nothing to watch; if others watch, wait until they have gone",
  MANIFEST_CONTRADICTED:
    "nothing to do: it is asked for again; if it keeps happening, somebody between you and the device alters it",
  NAME_MALFORMED: "use what the owner's configuration says: a–z, 0–9, _ and -, at most 40 of them",
  NAME_TAKEN: "choose another name: this one is in the configuration already",
  NOTICE_MISSING:
    "write [notice] with controller, contact and purpose into the configuration: the sign has to say who films, and why",
  NOT_RELEASED: "nothing left: make room on the card (`df -h`), look at the log, then approve it again",
  NOT_SEALED: "check that the disk has room and that the files belong to the user that runs doorstep",
  NO_CONFIGURATION: "mend the configuration: `doorstep check FILE` says what is wrong with which line",
  OPTION_FILE_UNREADABLE: "check the path on the command line, and that you may read the file",
  OUT_NOT_WRITABLE: "check that the folder exists, has room and belongs to the user that runs this",
  PARTS_ALTERED:
    "nothing to do: the parts are asked for again; if it keeps happening, somebody between you and the device alters them",
  PASSWORD_REFUSED:
    "choose a password of 8 to 200 characters (`doorstep review password`), or mend the file that review.password_file names",
  POLICY_NOT_KEPT:
    "check that the state directory has room and belongs to the user that runs doorstep: the last accepted configuration could not be kept or read there",
  POLICY_NOT_WATCHED:
    "restart doorstep after editing the configuration, and check that its folder exists and `fs.inotify.max_user_watches` is not used up",
  PORT_NOT_OPENED: "choose another with --port: something else listens there, or it may not be used",
  PROOF_MALFORMED: "get the proof again with `doorstep ledger prove`: this text is not one",
  PROOF_WRONG: "do not rely on it: what it should prove is not in the log that signed it",
  RECEIPT_FOR_ANOTHER: "check --device and --as against the owner's invitation",
  RECEIPT_FOR_OTHER_MEDIA: "do not rely on it: the receipt speaks of another file; ask for the clip again",
  RECEIPT_MALFORMED: "ask for the clip again: what came with it is not a receipt as docs/spec/ledger.md §7 has it",
  RECEIPT_NOT_IN_LOG: "do not rely on it: the receipt is not in the list of disclosures it names",
  RECEIPT_SIGNATURE_WRONG:
    "compare the key with what `doorstep ledger key` prints on the device: either it is another key, or the receipt was altered",
  RECEIVER_MEMORY_DAMAGED:
    "move the file away and pass --trust with the device's key: what was remembered of it is lost",
  RECEIVER_NOT_ADMITTED:
    "check --username and --password-file, and that the broker's rules let this user read its own topics",
  RECEIVER_RUNS_TWICE: "stop the other one, or give this one a folder of its own with --out",
  RECIPIENT_NOT_FOUND: "`doorstep check FILE` lists the recipients of the configuration",
  REQUEST_MALFORMED: "check what was sent against docs/reference/api.md",
  REQUEST_NOT_FOUND: "`doorstep requests` lists what there is",
  ROUTE_NOT_FOUND: "see docs/reference/api.md for what the agent answers",
  SECRET_UNREADABLE:
    "check that the file is there and that the user that runs the publisher may read it; doorstep tries again by itself",
  SERVICE_DID_NOT_STOP: "restart the agent; if it happens again, report it with the log",
  SIGNIN_REFUSED: "try again; `doorstep review code` on the device prints a code that signs in once",
  SIGNIN_TOO_OFTEN: "wait, or sign in with the code that `doorstep review code` prints on the device",
  SOCKET_NOT_OPENED: "check that the state directory belongs to the user that runs doorstep",
  SOCKET_PATH_TOO_LONG: "choose a shorter --state directory: Linux allows 107 bytes for a socket's path",
  SPOOL_DOCUMENT_REFUSED: "this is a fault of doorstep, and nothing was sent: report it with the log",
  SPOOL_MEDIA_ALTERED: "it was not sent: find out who can write below the state directory, then approve the clip again",
  SPOOL_MEDIA_GONE: "nothing to do if it was withdrawn or deleted; else approve the clip again",
  SPOOL_UNACCOUNTED:
    "something stood in the outbox that the ledger does not know of, and was deleted: find out who writes there",
  STATE_IN_USE: "stop the other agent first, or give this one a state directory of its own",
  STATE_UNWRITABLE: "make the state directory writable for the user that runs doorstep, or choose another with --state",
  STORYBOARD_FAILED: "nothing to do: the clip itself is safe; look for room on the card if it happens with each",
  STORYBOARD_NOT_FOUND: "pictures are made after a clip is safe and while nothing is recorded: try again in a moment",
  SWEEP_FAILED: "check the card; old clips are not deleted meanwhile",
  TRUSTED_KEY_UNREADABLE: "write what `doorstep ledger key` prints on the device into a file and pass that",
  VAULT_ADDED: "nothing to do: a recording without an entry in the catalogue was taken in again",
  VAULT_ALTERED:
    "somebody changed the file behind the agent's back: it is kept but never shared; `doorstep delete` removes it",
  VAULT_MISSING: "put the file back under vault/clips and restart the agent, if there is a copy",
  VAULT_REBUILT: "pin again what you had pinned; look with `dmesg` whether the card is failing",
  VAULT_RETURNED: "nothing to do: what was erased stays erased; look where the copy came from",
  VAULT_UNREADABLE: "look at the file under vault/clips with a player: if it does not open there either, remove it",
  VISIT_NOT_RECORDED:
    "see `doorstep doctor`: somebody came while the camera gave no picture; the bell has rung all the same",
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
