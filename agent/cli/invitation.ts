// What an owner hands out and types in to let somebody receive: a recipient block, a broker user, and the command to run. Pure.

/** Everything that is told to owner, broker and recipient. */
export interface Invitation {
  /** Recipient, broker user and level of the topics. */
  readonly name: string;
  readonly device: string;
  readonly brokerUrl: string;
  /** The recipient's age key, or "plain". */
  readonly encryption: string;
  /** The broker's password for the recipient. */
  readonly password: string;
  /** Base64, as `doorstep ledger key` prints it; unknown while the agent does not run. */
  readonly deviceKey: string | undefined;
}

/** A whole [[recipient]]: asked each time, no sound, no events. Every restriction is written out, for an absent one is an error. */
export function recipientBlock({ name, encryption }: Invitation): string {
  return `[[recipient]]
name = "${name}"
clips = "ask"               # never | ask | auto
stills = "never"            # never | ask | auto
previews = "never"          # never | ask | auto
events = "never"            # never | auto
audio = false
told_of_asks = false
told_of_state = false
${encryption === "plain" ? `plain = true                # whoever can read the broker can read what ${name} gets` : `key = "${encryption}"`}
triggers = ["button", "pir"] # or "all"
zones = "all"
hours = "always"            # or "07:00-22:00"
until = "forever"           # or a last day: 2027-06-30
max_per_day = 20            # or "unlimited"
home_assistant = false
`;
}

/** The rules that serve every recipient of every device at once. For mosquitto's acl_file. */
export const ACL_LINES = `pattern read doorstep/+/%u/#
pattern write doorstep/+/%u/ack
pattern write doorstep/+/%u/command
pattern read doorstep/+/status
`;

/** What the recipient runs. */
export function receiveCommandLine({ name, device, brokerUrl, encryption }: Invitation, trust: string): string {
  const identity = encryption === "plain" ? "" : ` --identity ${name}.key`;
  return `doorstep receive --url ${brokerUrl} --device ${device} --as ${name}${identity} --password-file password --trust${trust} --out clips`;
}

/** Everything about an invitation as three chapters of text: for the owner's configuration, for the broker, for the recipient. */
export function invitationText(invitation: Invitation): string {
  const { name, device, password, deviceKey } = invitation;
  const trust = deviceKey === undefined ? "-first" : ` ${device}.pub`;
  return `1. Into doorstep.toml, at the end:

${indented(recipientBlock(invitation))}
2. At the broker (mosquitto), a user and, once for all recipients, these lines of acl_file:

${indented(`mosquitto_passwd /etc/mosquitto/doorstep/passwords ${name}      # asks for a password: give it ${password}`)}
${indented(ACL_LINES)}
3. To ${name}, by a way you trust (not over this broker):

${indented(`the broker's password for ${name}, into a file "password": ${password}`)}${
    deviceKey === undefined
      ? indented(`the key of ${device}: start the agent and see \`doorstep ledger key\``)
      : indented(`the key of ${device}, into a file "${device}.pub": ${deviceKey}`)
  }
${indented(receiveCommandLine(invitation, trust))}`;
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, "    ").replace(/\n?$/, "\n");
