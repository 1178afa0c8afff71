// Configurations for end-to-end tests: a replayed recording for a camera, simulated inputs, and whatever is under test.

export interface Recipient {
  readonly name: string;
  readonly clips?: "never" | "ask" | "auto";
  readonly key?: string;
  /** As TOML; everything by default. */
  readonly triggers?: string;
  /** More lines of the recipient's table. */
  readonly more?: string;
}

export interface Setup {
  readonly recording: string;
  readonly broker: string;
  readonly sharing?: boolean;
  readonly recipients?: readonly Recipient[];
  /** More tables. */
  readonly more?: string;
}

/** The text of a doorstep.toml. */
export const config = ({ recording, broker, sharing = true, recipients = [], more = "" }: Setup): string => `
[device]
name = "porch"
timezone = "UTC"
clock = "assume"

[camera]
source = "replay"
file = ${JSON.stringify(recording)}
loop = true
width = 768
height = 576
fps = 10
pre_roll = "2s"
post_roll = "2s"
max_clip = "20s"

[trigger]
pir = { gpio = 17, driver = "simulated" }
button = { gpio = 27, driver = "simulated" }
light = { gpio = 22, driver = "simulated" }

[sharing]
enabled = ${sharing}

[mqtt]
url = "${broker}"

${recipients.map(recipient).join("\n")}
${more}`;

const recipient = ({ name, clips = "auto", key, triggers = '"all"', more = "" }: Recipient): string => `
[[recipient]]
name = "${name}"
clips = "${clips}"
${key === undefined ? "plain = true" : `key = "${key}"`}
triggers = ${triggers}
zones = "all"
hours = "always"
until = "forever"
max_per_day = "unlimited"
${more}`;
