// Files with one thing wrong, a hundred ways: what is changed, and the code, line and path that must be named.
import type { ConfigErrorCode } from "../../config/fault.ts";
import { AGE_KEYS } from "./arbitrary.ts";

const KEY = AGE_KEYS[0];

/** Valid; every case changes one line of it. */
export const BASE = `[device]
name = "porch"
timezone = "Europe/Paris"
[camera]
source = "libcamera"
[[mask]]
name = "window"
polygon = [[0.0, 0.0], [0.2, 0.0], [0.2, 0.3]]
[[zone]]
name = "path"
polygon = [[0.2, 1.0], [0.4, 0.5], [0.9, 1.0]]
[trigger]
pir = { gpio = 17 }
button = { gpio = 27 }
light = { gpio = 22 }
[sharing]
enabled = true
[[recipient]]
name = "anna"
clips = "ask"
key = "${KEY}"
triggers = ["button", "pir"]
zones = ["path"]
hours = "07:00-22:00"
until = 2027-06-30
max_per_day = 20
[mqtt]
url = "mqtts://broker.lan"
`;

export interface Case {
  readonly name: string;
  /** Line of BASE that is replaced; "" removes it. */
  readonly line?: number;
  readonly by?: string;
  /** Added at the end. */
  readonly end?: string;
  /** code, line, path of each fault. */
  readonly faults: readonly (readonly [ConfigErrorCode, number | undefined, string])[];
  readonly hint?: string;
  readonly found?: string;
}

export const CASES: readonly Case[] = [
  // Syntax
  {
    name: "a word without quotes",
    line: 20,
    by: "clips = ask",
    faults: [["CONFIG_SYNTAX", 20, ""]],
    hint: 'text needs quotes: clips = "ask"',
  },
  { name: "a text that does not end", line: 2, by: 'name = "porch', faults: [["CONFIG_SYNTAX", 2, ""]] },
  {
    name: "yes instead of true",
    line: 17,
    by: "enabled = yes",
    faults: [["CONFIG_SYNTAX", 17, ""]],
    hint: "write enabled = true",
  },
  {
    name: "True with a capital",
    line: 17,
    by: "enabled = True",
    faults: [["CONFIG_SYNTAX", 17, ""]],
    hint: "write enabled = true",
  },
  {
    name: "curly quotes from a word processor",
    line: 20,
    by: "clips = “ask”",
    faults: [["CONFIG_SYNTAX", 20, ""]],
    hint: "use straight quotes: an editor for letters has made them curly",
  },
  {
    name: "a colon instead of an equals sign",
    line: 20,
    by: 'clips: "ask"',
    faults: [["CONFIG_SYNTAX", 20, ""]],
    hint: "write clips = …, with an equals sign",
  },
  { name: "a key without a value", line: 20, by: "clips =", faults: [["CONFIG_SYNTAX", 20, ""]] },
  { name: "the same key twice", line: 20, by: 'clips = "ask"\nclips = "auto"', faults: [["CONFIG_SYNTAX", 21, ""]] },
  { name: "a section that does not end", line: 16, by: "[sharing", faults: [["CONFIG_SYNTAX", 16, ""]] },
  { name: "a list that does not end", line: 23, by: 'zones = ["path"', faults: [["CONFIG_SYNTAX", 24, ""]] },
  {
    name: "a password on a line that is no TOML",
    end: "password = hunter2",
    faults: [["CONFIG_SYNTAX", 29, ""]],
    found: "a line that may hold a secret (not shown)",
  },

  // Keys and sections
  {
    name: "a misspelt key",
    line: 14,
    by: 'button = { gpio = 27, debounse = "50ms" }',
    faults: [["CONFIG_KEY_UNKNOWN", 14, "trigger.button.debounse"]],
    hint: "did you mean trigger.button.debounce?",
  },
  {
    name: "a misspelt section",
    line: 16,
    by: "[sharring]",
    faults: [["CONFIG_KEY_UNKNOWN", 16, "sharring"]],
    hint: "did you mean sharing?",
  },
  {
    name: "a key in the wrong section",
    line: 3,
    by: 'timezone = "Europe/Paris"\nfps = 15',
    faults: [["CONFIG_KEY_UNKNOWN", 4, "device.fps"]],
    hint: "fps belongs below [camera]",
  },
  { name: "a key that nothing is like", end: 'colour = "red"', faults: [["CONFIG_KEY_UNKNOWN", 29, "mqtt.colour"]] },
  {
    name: "a key named like a property of every object",
    end: "[constructor]\n__proto__ = 1",
    faults: [["CONFIG_KEY_UNKNOWN", 29, "constructor"]],
  },
  {
    name: "a recipient in single brackets",
    line: 18,
    by: "[recipient]",
    faults: [["CONFIG_TABLE_EXPECTED", 18, "recipient"]],
    hint: "write [[recipient]] with double brackets: there may be several",
  },
  {
    name: "a section in double brackets",
    line: 4,
    by: "[[camera]]",
    faults: [["CONFIG_TABLE_EXPECTED", 4, "camera"]],
    hint: "write [camera] on a line of its own, in single brackets",
  },
  { name: "a value instead of a section", line: 16, by: "[x]", end: "", faults: [["CONFIG_KEY_UNKNOWN", 16, "x"]] },
  { name: "a device without a name", line: 2, by: "", faults: [["CONFIG_KEY_MISSING", 1, "device.name"]] },
  { name: "a camera without a source", line: 5, by: "", faults: [["CONFIG_KEY_MISSING", 4, "camera.source"]] },

  // Values
  {
    name: "a name with a space",
    line: 2,
    by: 'name = "Front Door"',
    faults: [["CONFIG_VALUE_INVALID", 2, "device.name"]],
    hint: '"front-door" would do',
  },
  {
    name: "a time zone that is a city",
    line: 3,
    by: 'timezone = "Paris"',
    faults: [["CONFIG_VALUE_INVALID", 3, "device.timezone"]],
    hint: 'did you mean "Europe/Paris"?',
  },
  {
    name: "a number in quotes",
    line: 5,
    by: 'source = "libcamera"\nfps = "15"',
    faults: [["CONFIG_VALUE_INVALID", 6, "camera.fps"]],
    hint: "write it without quotes",
  },
  {
    name: "a number that is not one",
    line: 5,
    by: 'source = "libcamera"\nfps = nan',
    faults: [["CONFIG_VALUE_INVALID", 6, "camera.fps"]],
    found: "NaN (a number)",
  },
  {
    name: "an odd width",
    line: 5,
    by: 'source = "libcamera"\nwidth = 641',
    faults: [["CONFIG_VALUE_INVALID", 6, "camera.width"]],
  },
  {
    name: "a span without its unit",
    line: 5,
    by: 'source = "libcamera"\npre_roll = 5',
    faults: [["CONFIG_VALUE_INVALID", 6, "camera.pre_roll"]],
    hint: "write the unit too, in quotes: ms, s, m, h or d",
  },
  {
    name: "clips shorter than their beginning",
    line: 5,
    by: 'source = "libcamera"\npre_roll = "10s"\nmax_clip = "10s"',
    faults: [["CONFIG_VALUE_INVALID", 7, "camera.max_clip"]],
  },
  {
    name: "a camera turned by a right angle",
    line: 5,
    by: 'source = "libcamera"\nrotation = 90',
    faults: [["CONFIG_VALUE_INVALID", 6, "camera.rotation"]],
  },
  {
    name: "a file for a camera that has none",
    line: 5,
    by: 'source = "libcamera"\nfile = "x.mp4"',
    faults: [["CONFIG_KEY_MISPLACED", 6, "camera.file"]],
  },
  {
    name: "a recording to replay that is not named",
    line: 5,
    by: 'source = "replay"',
    faults: [["CONFIG_KEY_MISSING", 4, "camera.file"]],
  },
  {
    name: "a USB camera that is not named",
    line: 5,
    by: 'source = "v4l2"',
    faults: [["CONFIG_KEY_MISSING", 4, "camera.device"]],
  },

  // Areas
  {
    name: "a mask in pixels",
    line: 8,
    by: "polygon = [[0, 0], [640, 0], [640, 480]]",
    faults: [
      ["CONFIG_POLYGON_INVALID", 8, "mask.window.polygon"],
      ["CONFIG_POLYGON_INVALID", 8, "mask.window.polygon"],
    ],
    hint: "fractions of the picture, not pixels: 640 of 1280 is 0.5",
  },
  {
    name: "a corner outside, on its own line",
    line: 8,
    by: "polygon = [\n  [0.0, 0.0],\n  [0.2, 0.0],\n  [0.2, 1.3]]",
    faults: [["CONFIG_POLYGON_INVALID", 11, "mask.window.polygon"]],
  },
  {
    name: "a mask that crosses itself",
    line: 8,
    by: "polygon = [[0, 0], [1, 1], [1, 0], [0, 0.5]]",
    faults: [["CONFIG_POLYGON_INVALID", 8, "mask.window.polygon"]],
  },
  { name: "a mask without a name", line: 7, by: "", faults: [["CONFIG_KEY_MISSING", 6, "mask[1].name"]] },
  {
    name: "two masks of one name",
    end: '[[mask]]\nname = "window"\npolygon = [[0, 0], [1, 0], [1, 1]]',
    faults: [["CONFIG_NAME_DUPLICATE", 30, "mask.window.name"]],
  },
  {
    name: "a zone that is drawn wrong is not also unknown",
    line: 11,
    by: "polygon = []",
    faults: [["CONFIG_POLYGON_INVALID", 11, "zone.path.polygon"]],
  },
  {
    name: "a zone that nobody drew",
    line: 23,
    by: 'zones = ["pat"]',
    faults: [["CONFIG_ZONE_UNKNOWN", 23, "recipient.anna.zones"]],
    hint: 'did you mean "path"?',
  },

  // Wiring
  {
    name: "a line that does not exist",
    line: 13,
    by: "pir = { gpio = 28 }",
    faults: [["CONFIG_VALUE_INVALID", 13, "trigger.pir.gpio"]],
  },
  {
    name: "a line without its number",
    line: 13,
    by: 'pir = { active = "low" }',
    faults: [["CONFIG_KEY_MISSING", 13, "trigger.pir.gpio"]],
  },
  {
    name: "a number where a line belongs",
    line: 13,
    by: "pir = 17",
    faults: [["CONFIG_TABLE_EXPECTED", 13, "trigger.pir"]],
    hint: "write pir = { gpio = 17 }",
  },
  {
    name: "two inputs on one line",
    line: 14,
    by: "button = { gpio = 17 }",
    faults: [["CONFIG_GPIO_SHARED", 14, "trigger.button"]],
  },
  {
    name: "a chime on the line of the light",
    end: "[chime]\ngpio = 22",
    faults: [["CONFIG_GPIO_SHARED", 30, "chime.gpio"]],
  },
  {
    name: "a real camera and no word about the light",
    line: 15,
    by: "",
    faults: [["CONFIG_LIGHT_UNDECIDED", 12, "trigger.light"]],
    hint: 'without a light: light = "none"',
  },
  {
    name: "a light that is only a number",
    line: 15,
    by: "light = 22",
    faults: [["CONFIG_VALUE_INVALID", 15, "trigger.light"]],
    hint: "write light = { gpio = 22 }",
  },
  {
    name: "a light that only pretends, with a real camera",
    line: 15,
    by: 'light = { gpio = 22, driver = "simulated" }',
    faults: [["CONFIG_LIGHT_SIMULATED", 15, "trigger.light"]],
  },
  {
    name: "a privacy switch that only pretends, with a real camera",
    line: 15,
    by: 'light = "none"\nprivacy_switch = { gpio = 23, driver = "simulated" }',
    faults: [["CONFIG_VALUE_INVALID", 16, "trigger.privacy_switch"]],
  },
  {
    name: "a pull on an output",
    line: 15,
    by: 'light = { gpio = 22, pull = "up" }',
    faults: [["CONFIG_KEY_UNKNOWN", 15, "trigger.light.pull"]],
  },
  { name: "a chime with neither line nor sound", end: "[chime]", faults: [["CONFIG_KEY_MISSING", 29, "chime.gpio"]] },
  {
    name: "a chime with both line and sound",
    end: '[chime]\ngpio = 5\nsound = "x.wav"',
    faults: [["CONFIG_NEEDS_PARTNER", 31, "chime.sound"]],
  },
  {
    name: "a sound card named like an option",
    end: '[audio]\ndevice = "-D"',
    faults: [["CONFIG_VALUE_INVALID", 30, "audio.device"]],
  },

  // Recipients
  ...(["triggers", "zones", "hours", "until", "max_per_day"] as const).map((key, index) => ({
    name: `a recipient without ${key}`,
    line: 22 + index,
    by: "",
    faults: [["CONFIG_RESTRICTION_MISSING", 18, `recipient.anna.${key}`]] as const,
  })),
  {
    name: "a recipient with neither key nor plain",
    line: 21,
    by: "",
    faults: [["CONFIG_RESTRICTION_MISSING", 18, "recipient.anna.key"]],
  },
  {
    name: "a recipient that is not plain and has no key",
    line: 21,
    by: "plain = false",
    faults: [["CONFIG_RESTRICTION_MISSING", 18, "recipient.anna.key"]],
  },
  {
    name: "a recipient with key and plain",
    line: 21,
    by: `key = "${KEY}"\nplain = true`,
    faults: [["CONFIG_KEY_AND_PLAIN", 22, "recipient.anna.plain"]],
  },
  {
    name: "a recipient with a key in Home Assistant",
    line: 21,
    by: `key = "${KEY}"\nhome_assistant = true`,
    faults: [["CONFIG_HOME_ASSISTANT_NEEDS_PLAIN", 22, "recipient.anna.home_assistant"]],
    hint: "write two recipients: one plain = true for Home Assistant, one with the key",
  },
  {
    name: "a key with a character wrong",
    line: 21,
    by: `key = "${KEY.replace("q", "p")}"`,
    faults: [["CONFIG_AGE_KEY_INVALID", 21, "recipient.anna.key"]],
    hint: "a character is wrong or missing: copy the whole line again",
  },
  {
    name: "one key of several wrong, on its own line",
    line: 21,
    by: `key = [\n  "${KEY}",\n  "age1x"]`,
    faults: [["CONFIG_AGE_KEY_INVALID", 23, "recipient.anna.key"]],
  },
  {
    name: "a secret key",
    line: 21,
    by: 'key = "AGE-SECRET-KEY-1XYZ"',
    faults: [["CONFIG_SECRET_INLINE", 21, "recipient.anna.key"]],
    found: "a secret key (not shown)",
  },
  {
    name: "a grant that is a switch",
    line: 20,
    by: "clips = true",
    faults: [["CONFIG_VALUE_INVALID", 20, "recipient.anna.clips"]],
    found: "true (true or false)",
  },
  {
    name: "events that ask",
    line: 20,
    by: 'events = "ask"',
    faults: [["CONFIG_VALUE_INVALID", 20, "recipient.anna.events"]],
  },
  {
    name: "an empty list of triggers",
    line: 22,
    by: "triggers = []",
    faults: [["CONFIG_VALUE_INVALID", 22, "recipient.anna.triggers"]],
    found: "an empty list",
  },
  {
    name: "a trigger that does not exist",
    line: 22,
    by: 'triggers = ["bell"]',
    faults: [["CONFIG_VALUE_INVALID", 22, "recipient.anna.triggers"]],
    found: '"bell" (text)',
  },
  {
    name: "hours that last no time",
    line: 24,
    by: 'hours = "07:00-07:00"',
    faults: [["CONFIG_VALUE_INVALID", 24, "recipient.anna.hours"]],
  },
  {
    name: "a day that does not exist",
    line: 25,
    by: "until = 2027-06-31",
    faults: [["CONFIG_VALUE_INVALID", 25, "recipient.anna.until"]],
    found: "2027-06-31 (a date or time)",
  },
  {
    name: "no clips a day",
    line: 26,
    by: "max_per_day = 0",
    faults: [["CONFIG_VALUE_INVALID", 26, "recipient.anna.max_per_day"]],
  },
  ...["status", "command", "request", "approval", "selftest", "porch"].map((name) => ({
    name: `a recipient called ${name}`,
    line: 19,
    by: `name = "${name}"`,
    faults: [["CONFIG_NAME_RESERVED", 19, `recipient.${name}.name`]] as const,
  })),
  {
    name: "a recipient with a name that is no topic",
    line: 19,
    by: 'name = "anna/#"',
    faults: [["CONFIG_VALUE_INVALID", 19, "recipient[1].name"]],
  },
  {
    name: "two recipients of one name",
    line: 27,
    by: `[[recipient]]\nname = "anna"\nplain = true\ntriggers = "all"\nzones = "all"\nhours = "always"\nuntil = "forever"\nmax_per_day = 1\n[mqtt]`,
    faults: [["CONFIG_NAME_DUPLICATE", 28, "recipient.anna.name"]],
  },
  {
    name: "an emergency that overrides",
    line: 20,
    by: 'clips = "ask"\nemergency_override = true',
    faults: [["CONFIG_KEY_UNKNOWN", 21, "recipient.anna.emergency_override"]],
    hint: "there is no override: what leaves is what a recipient is granted",
  },

  // What must agree
  { name: "hours without a time zone", line: 3, by: "", faults: [["CONFIG_NEEDS_TIMEZONE", 1, "device.timezone"]] },
  {
    name: "signed approvals without a key",
    end: '[approvals]\nchannels = ["mqtt_signed"]',
    faults: [["CONFIG_NEEDS_OWNER_KEY", 29, "approvals.owner_key"]],
  },
  {
    name: "a page on the network without a password",
    end: "[review]\nlan = true",
    faults: [["CONFIG_NEEDS_PASSWORD_FILE", 29, "review.password_file"]],
  },
  {
    name: "half a notice",
    end: '[notice]\ncontroller = "A"',
    faults: [
      ["CONFIG_KEY_MISSING", 29, "notice.contact"],
      ["CONFIG_KEY_MISSING", 29, "notice.purpose"],
    ],
  },
  {
    name: "half a client certificate",
    end: 'cert_file = "/a.pem"',
    faults: [["CONFIG_NEEDS_PARTNER", 27, "mqtt.key_file"]],
  },
  {
    name: "a password without a name",
    end: 'password_file = "/a"',
    faults: [["CONFIG_NEEDS_PARTNER", 27, "mqtt.username"]],
  },
  {
    name: "an authority for a broker without TLS",
    line: 28,
    by: 'url = "mqtt://broker.lan"\nca_file = "/ca.pem"',
    faults: [["CONFIG_VALUE_INVALID", 28, "mqtt.url"]],
  },

  // Secrets and TLS
  {
    name: "a password in the file",
    end: 'password = "hunter2"',
    faults: [["CONFIG_SECRET_INLINE", 29, "mqtt.password"]],
    found: "a value that may be a secret (not shown)",
  },
  {
    name: "a password in the address",
    line: 28,
    by: 'url = "mqtts://porch:hunter2@broker.lan"',
    faults: [["CONFIG_SECRET_INLINE", 28, "mqtt.url"]],
  },
  {
    name: "a one-time code that first boot should have taken",
    end: '[review]\nsetup_code = "1234"',
    faults: [["CONFIG_SECRET_INLINE", 30, "review.setup_code"]],
  },
  ...["insecure", "tls_insecure", "verify", "reject_unauthorized", "skip_verify"].map((key) => ({
    name: `TLS without checking, as ${key}`,
    end: `${key} = true`,
    faults: [["CONFIG_TLS_UNAVOIDABLE", 29, `mqtt.${key}`]] as const,
  })),
  {
    name: "the broker of the demo",
    line: 28,
    by: 'url = "embedded"',
    faults: [["CONFIG_VALUE_INVALID", 28, "mqtt.url"]],
    hint: '"embedded" is for the demo: name a broker of your own',
  },
  {
    name: "a broker by host name",
    line: 28,
    by: 'host = "broker.lan"',
    faults: [
      ["CONFIG_KEY_MISSING", 27, "mqtt.url"],
      ["CONFIG_KEY_UNKNOWN", 28, "mqtt.host"],
    ],
  },
];
