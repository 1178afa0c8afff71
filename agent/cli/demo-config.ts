// The configurations of the demo: first as installed, nothing shared; then as an owner edits it to let anna ask.
import { windowTable } from "./demo-window.ts";

export interface DemoConfig {
  readonly brokerUrl: string;
  /** anna's age recipient. */
  readonly key: string;
  /** A recording to play instead of the drawn doorstep. */
  readonly file?: string;
  readonly sharing: boolean;
  /** False where nothing can be painted over. */
  readonly mask: boolean;
}

/** The text of doorstep.toml. */
export function demoConfig({ brokerUrl, key, file, sharing, mask }: DemoConfig): string {
  return `# The demo's own configuration. Every key is explained in docs/reference/doorstep.example.toml.
[device]
name = "porch"
timezone = "UTC"
clock = "assume"                    # a demo trusts the machine's clock

[camera]
${file === undefined ? 'source = "simulated"\nspeed = 2                           # visitors in a hurry: it is a demo' : `source = "replay"\nfile = ${JSON.stringify(file)}\nloop = true`}
width = 640
height = 360
fps = 15
pre_roll = "3s"
post_roll = "3s"
max_clip = "20s"

${mask ? `${windowTable()}\n` : ""}[trigger]
pir = { gpio = 17, driver = "simulated" }
button = { gpio = 27, driver = "simulated" }
light = { gpio = 22, driver = "simulated" }

[audio]
record = false

[sharing]
enabled = ${sharing}

[[recipient]]
name = "anna"
clips = "ask"
key = "${key}"
triggers = ["button", "pir"]
zones = "all"
hours = "always"
until = "forever"
max_per_day = 20

[requests]
accept = true                       # anybody may ask; asking decides nothing

[mqtt]
url = "${brokerUrl}"
`;
}
