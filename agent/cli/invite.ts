// `doorstep invite NAME`: all an owner needs to let one more person receive. Changes nothing by itself.
import { randomBytes } from "node:crypto";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import type { Command } from "commander";
import { ageFamily } from "../../config/age-recipient.ts";
import { parseTopicLevel, RESERVED_NAMES } from "../../config/device-name.ts";
import { readConfigFile } from "../../config/read.ts";
import { rfc3339, type Clock } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import { identityFile } from "../receiver/identity.ts";
import { AgentClient } from "./agent-client.ts";
import { guarded } from "./guarded.ts";
import { ACL_LINES, invitationText, receiveCommandLine, recipientBlock, type Invitation } from "./invitation.ts";
import { json, type Io } from "./io.ts";
import { writeIdentity } from "./keygen.ts";
import { qr } from "../qr.ts";

/** One of `key`, `makeKey` and `plain` is given. */
export interface InviteOptions {
  readonly config: string;
  readonly state: string;
  /** The public key the recipient has made with `doorstep keygen`. */
  readonly key?: string;
  /** A secret key is made for the recipient and written here. */
  readonly makeKey?: string;
  readonly plain?: boolean;
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function registerInvite(program: Command, io: Io, clock: Clock): void {
  const command = program
    .command("invite <name>")
    .description("what to write where so that somebody can receive: configuration, broker, command (changes nothing)")
    .option("--key <key>", "the age key they have made with `doorstep keygen`")
    .option("--make-key <file>", "make a secret key for them, and write it here to hand it over")
    .option("--plain", "no key: whoever can read the broker can read what they get")
    .option("--config <file>", "where the device's name and broker are read from", "/etc/doorstep/doorstep.toml")
    .option("--state <dir>", "state directory of the agent, for the device's key", io.defaultState)
    .option("--json")
    .action(async (name: string, options: InviteOptions) => {
      const ways = [options.key, options.makeKey, options.plain].filter((way) => way !== undefined);
      if (ways.length !== 1) command.error("error: give one of --key KEY, --make-key FILE and --plain");
      await inviteCommand(name, options, io, clock);
    });
}

/** Prints an invitation. Sets exit code 1 or 2 when the name, the key or the configuration will not do. */
export async function inviteCommand(name: string, options: InviteOptions, io: Io, clock: Clock): Promise<void> {
  await guarded(io, options.json ?? false, async () => {
    if (parseTopicLevel(name) === undefined || (RESERVED_NAMES as readonly string[]).includes(name))
      throw new AgentError("NAME_MALFORMED", JSON.stringify(name));
    const { device, brokerUrl, recipients } = await fromConfig(options.config);
    if (recipients.includes(name) || name === device) throw new AgentError("NAME_TAKEN", name);
    const invitation: Invitation = {
      name,
      device,
      brokerUrl,
      encryption: await encryptionOf(options, clock),
      password: randomBytes(18).toString("base64url"),
      deviceKey: await deviceKey(options.state),
    };
    const command = receiveCommandLine(invitation, invitation.deviceKey === undefined ? "-first" : ` ${device}.pub`);
    if (options.json)
      return io.out(
        json({
          recipient: recipientBlock(invitation),
          broker: { username: name, password: invitation.password, acl: ACL_LINES.trimEnd().split("\n") },
          receive: { command, device_key: invitation.deviceKey ?? null },
        }),
      );
    io.out(invitationText(invitation));
    // Not the password: a screen is photographed more often than one thinks.
    const code = io.terminal ? await qr([command, invitation.deviceKey ?? ""].join("\n").trim()) : undefined;
    if (code !== undefined) io.err(`\nFor ${name}'s telephone: the command and the device's key.\n${code}`);
  });
}

async function fromConfig(file: string): Promise<{ device: string; brokerUrl: string; recipients: readonly string[] }> {
  const parsed = await readConfigFile(file, { demo: true });
  if (!("config" in parsed))
    throw new AgentError("INVITE_NEEDS_CONFIG", `${file} has ${parsed.faults.length} fault(s)`);
  const { device, mqtt, recipients } = parsed.config;
  return {
    device: device.name,
    brokerUrl: mqtt?.url ?? "mqtts://YOUR-BROKER",
    recipients: recipients.map(({ name }) => name),
  };
}

async function encryptionOf({ key, makeKey }: InviteOptions, clock: Clock): Promise<string> {
  if (makeKey !== undefined) {
    const identity = await generateX25519Identity();
    const made = await identityToRecipient(identity);
    await writeIdentity(makeKey, identityFile(identity, made, rfc3339(clock.wall())));
    return made;
  }
  if (key !== undefined && ageFamily(key) === undefined)
    throw new AgentError("KEY_MALFORMED", `${JSON.stringify(key.slice(0, 24))}… is not an age recipient`);
  return key ?? "plain";
}

/** The agent need not run for an invitation. */
async function deviceKey(state: string): Promise<string | undefined> {
  try {
    return (await new AgentClient(state).get<{ json: { key: string } }>("/ledger/key")).json.key;
  } catch (error) {
    if (error instanceof AgentError && error.code === "AGENT_NOT_REACHED") return undefined;
    throw error;
  }
}
