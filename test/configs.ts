// Configurations for tests: a replayed or drawn picture, simulated inputs, and whatever is under test.

export interface Recipient {
  readonly name: string;
  readonly clips?: "never" | "ask" | "auto";
  readonly key?: string;
  /** As TOML; everything by default. */
  readonly triggers?: string;
  readonly zones?: string;
  /** More lines of the recipient's table. */
  readonly more?: string;
}

export interface Setup {
  /** What the camera plays; the drawn doorstep, at twice its pace, by default. */
  readonly recording?: string;
  readonly broker: string;
  readonly sharing?: boolean;
  readonly recipients?: readonly Recipient[];
  readonly size?: readonly [width: number, height: number];
  readonly fps?: number;
  readonly loop?: boolean;
  readonly postRoll?: string;
  /** More lines of [mqtt]. */
  readonly mqtt?: string;
  /** More lines of [trigger]. */
  readonly trigger?: string;
  /** More tables. */
  readonly more?: string;
}

/** The text of a doorstep.toml. */
export const config = ({
  recording,
  broker,
  sharing = true,
  recipients = [],
  size = [768, 576],
  fps = 10,
  loop = true,
  postRoll = "2s",
  mqtt = "",
  trigger = "",
  more = "",
}: Setup): string => `
[device]
name = "porch"
timezone = "UTC"
clock = "assume"

[camera]
${recording === undefined ? 'source = "simulated"\nspeed = 2' : `source = "replay"\nfile = ${JSON.stringify(recording)}\nloop = ${loop}`}
width = ${size[0]}
height = ${size[1]}
fps = ${fps}
pre_roll = "2s"
post_roll = "${postRoll}"
max_clip = "20s"

[trigger]
pir = { gpio = 17, driver = "simulated" }
button = { gpio = 27, driver = "simulated" }
light = { gpio = 22, driver = "simulated" }
${trigger}

[sharing]
enabled = ${sharing}

[mqtt]
url = "${broker}"
${mqtt}

${recipients.map(recipient).join("\n")}
${more}`;

/** A `[[recipient]]` block: plain and restricting nothing, but for what is said. */
export const recipient = ({
  name,
  clips = "auto",
  key,
  triggers = '"all"',
  zones = '"all"',
  more = "",
}: Recipient): string => `
[[recipient]]
name = "${name}"
clips = "${clips}"
${key === undefined ? "plain = true" : `key = "${key}"`}
triggers = ${triggers}
zones = ${zones}
hours = "always"
until = "forever"
max_per_day = "unlimited"
${more}`;

/** The drawn doorstep with a zone, and anna who asks for clips and stills, encrypted to `key`. */
export const doorstepScene = ({ broker, key }: { readonly broker: string; readonly key: string }): string => `
[device]
name = "porch"
timezone = "Europe/Paris"
clock = "assume"

[camera]
source = "simulated"
speed = 2
width = 640
height = 360
fps = 15
pre_roll = "3s"
post_roll = "3s"
max_clip = "20s"

[[zone]]
name = "path"
polygon = [[0.2, 1.0], [0.4, 0.5], [0.7, 0.5], [0.9, 1.0]]

[trigger]
pir = { gpio = 17, driver = "simulated" }
button = { gpio = 27, driver = "simulated" }
light = { gpio = 22, driver = "simulated" }

[sharing]
enabled = true

[[recipient]]
name = "anna"
clips = "ask"
stills = "ask"
key = "${key}"
triggers = "all"
zones = "all"
hours = "always"
until = "forever"
max_per_day = 20

[[recipient]]
name = "home"
clips = "never"
events = "auto"
plain = true
triggers = "all"
zones = ["path"]
hours = "always"
until = "forever"
max_per_day = "unlimited"

[mqtt]
url = "${broker}"
`;
