// The publisher's composition root: speaks (MQTT), and has no device, no clip store, no policy and no keys (promise 3).
import { writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SystemClock } from "../drivers/clock/system.ts";
import { AgentError } from "./error.ts";
import { makeFolder } from "./folder.ts";
import { jsonLog } from "./log.ts";
import { Delivery } from "./publisher/delivery.ts";
import { LimitStore } from "./publisher/limits.ts";
import { RecordStore } from "./publisher/records.ts";
import { Retractions } from "./publisher/retractions.ts";
import { Role } from "./publisher/role.ts";
import { type Secrets, Session } from "./publisher/session.ts";
import type { SessionDocument } from "./spool/door.ts";
import { DoorClient } from "./spool/door-client.ts";
import { SpoolReader } from "./spool/reader.ts";
import { statePaths } from "./state-directory.ts";

/** What the entry hands over: no configuration, which is the recorder's. */
export interface PublisherOptions {
  readonly stateDirectory: string;
  /** Of the program, told to the recorder. */
  readonly version: string;
  /** systemd's `$CREDENTIALS_DIRECTORY`: a file `mqtt-password` in it comes before the one the configuration names. */
  readonly credentialsDirectory?: string;
  /** The publisher's own directory, if it is not `publisher` below the state directory. */
  readonly ownDirectory?: string;
  /** "silent" says nothing on standard error. */
  readonly logLevel?: string;
  /** Ends it: `offline` is said, and the connections are closed. */
  readonly stop: AbortSignal;
}

/**
 * Runs the publisher until `stop` aborts. Needs nothing but door.sock and spool/out/new; waits for either.
 *
 * @throws AgentError STATE_UNWRITABLE when its directory cannot be made.
 */
export async function runPublisher(options: PublisherOptions): Promise<void> {
  const paths = statePaths(options.stateDirectory);
  const own = options.ownDirectory ?? paths.publisher;
  try {
    makeFolder(own);
  } catch (error) {
    throw new AgentError("STATE_UNWRITABLE", `${own}: ${(error as Error).message}`, error);
  }
  const clock = new SystemClock();
  const log = jsonLog("publisher", clock, (line) => void (options.logLevel === "silent" || writeSync(2, line)));
  const retractions = new Retractions(own);
  let document: SessionDocument | undefined;

  const delivery = new Delivery({
    clock,
    reader: new SpoolReader(paths.spool),
    records: new RecordStore(own),
    report: (report) => {
      log.info({ ...report }, "delivery");
      return door.send({ type: "delivery", ...report });
    },
    onFault: (id, error) => log.info({ id, error: String(error) }, "the outbox cannot be read"),
  });
  const session = new Session({
    clock,
    chance: Math.random,
    limits: new LimitStore(own),
    secrets: () => readSecrets(document?.broker, options.credentialsDirectory),
    largest: () => delivery.largest,
    onState: (state, about) => role.brokerState(state, about),
    onLine: (line) => role.lineUp(line),
    onGone: () => role.lineDown(),
    onInbound: (message, acknowledge) => role.inbound(message, acknowledge),
  });
  const role: Role = new Role({
    clock,
    chance: Math.random,
    session,
    delivery,
    retractions,
    send: (message) => door.send(message),
    onSession: (session) => (document = session),
    log: (text, facts) => log.info(facts ?? {}, text),
  });
  const door: DoorClient = new DoorClient({
    path: paths.doorSocket,
    version: options.version,
    clock,
    onOpen: () => role.doorOpened(),
    onMessage: (message) => role.hear(message),
    onLost: (why) => role.doorLost(why),
  });

  await door.run(options.stop);
  await role.stop();
  log.info({}, "the publisher has stopped");
}

/** @throws AgentError SECRET_UNREADABLE. */
async function readSecrets(
  broker: SessionDocument["broker"] | undefined,
  credentials: string | undefined,
): Promise<Secrets> {
  const credential = credentials === undefined ? undefined : join(credentials, "mqtt-password");
  const handed = credential === undefined ? undefined : oneLine(await read(credential, "optional"));
  // The unit hands over an empty one when there is no password; then the named file counts, if we may read it at all.
  const password = handed || oneLine(await read(broker?.password_file, handed === "" ? "optional" : undefined));
  const [ca, cert, key] = await Promise.all([read(broker?.ca_file), read(broker?.cert_file), read(broker?.key_file)]);
  return {
    ...(password !== undefined && { password }),
    tls: { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) },
  };
}

/** However the file ends: an editor's newline is no part of a password. */
const oneLine = (text: string | undefined): string | undefined => text?.replace(/\r?\n$/, "");

async function read(file: string | undefined, missing?: "optional"): Promise<string | undefined> {
  if (file === undefined) return undefined;
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (missing && error.code === "ENOENT") return undefined;
    throw new AgentError("SECRET_UNREADABLE", `${file}: ${error.code ?? error.message}`, error);
  });
}
