// Edits an owner makes, and which way each goes.
import { AGE_KEYS, type Tree } from "./arbitrary.ts";

/** What every edit starts from. */
export const BASE: Tree = {
  device: { name: "porch", timezone: "Europe/Paris" },
  camera: { source: "libcamera" },
  mask: [
    {
      name: "window",
      polygon: [
        [0, 0],
        [0.5, 0],
        [0.5, 0.5],
        [0, 0.5],
      ],
    },
  ],
  zone: [
    {
      name: "path",
      polygon: [
        [0, 0.5],
        [1, 0.5],
        [1, 1],
        [0, 1],
      ],
    },
  ],
  trigger: { pir: { gpio: 17 }, light: { gpio: 22 } },
  sharing: { enabled: true },
  recipient: [
    {
      name: "anna",
      clips: "ask",
      key: AGE_KEYS[0],
      triggers: ["pir"],
      zones: ["path"],
      hours: "08:00-20:00",
      until: "2027-06-30",
      max_per_day: 5,
    },
  ],
  mqtt: { url: "mqtts://broker.lan" },
};

/** Changes to the only recipient; undefined removes a key. */
export const anna = (change: Tree): Tree => ({ recipient: [{ ...(BASE["recipient"] as Tree[])[0], ...change }] });
export const square = (x: number, y: number, side: number): number[][] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
];

export const CHANGES: readonly {
  name: string;
  change: Tree;
  tightened?: string[];
  widened?: string[];
  neutral?: string[];
}[] = [
  { name: "asking becomes automatic", change: anna({ clips: "auto" }), widened: ["recipient.anna.clips"] },
  { name: "asking becomes never", change: anna({ clips: "never" }), tightened: ["recipient.anna.clips"] },
  { name: "stills are granted", change: anna({ stills: "ask" }), widened: ["recipient.anna.stills"] },
  { name: "previews are granted", change: anna({ previews: "ask" }), widened: ["recipient.anna.previews"] },
  { name: "events are granted", change: anna({ events: "auto" }), widened: ["recipient.anna.events"] },
  { name: "sound is granted", change: anna({ audio: true }), widened: ["recipient.anna.audio"] },
  { name: "asks are told of", change: anna({ told_of_asks: true }), widened: ["recipient.anna.told_of_asks"] },
  { name: "state is told of", change: anna({ told_of_state: true }), widened: ["recipient.anna.told_of_state"] },
  {
    name: "one key becomes another",
    change: anna({ key: AGE_KEYS[1] }),
    tightened: ["recipient.anna.key"],
    widened: ["recipient.anna.key"],
  },
  { name: "a key is added", change: anna({ key: [...AGE_KEYS] }), widened: ["recipient.anna.key"] },
  { name: "a key becomes plain", change: anna({ key: undefined, plain: true }), widened: ["recipient.anna.key"] },
  { name: "every trigger is let through", change: anna({ triggers: "all" }), widened: ["recipient.anna.triggers"] },
  {
    name: "one trigger becomes another",
    change: anna({ triggers: ["button"] }),
    tightened: ["recipient.anna.triggers"],
    widened: ["recipient.anna.triggers"],
  },
  { name: "every zone is let through", change: anna({ zones: "all" }), widened: ["recipient.anna.zones"] },
  { name: "the evening is added", change: anna({ hours: "08:00-22:00" }), widened: ["recipient.anna.hours"] },
  { name: "the evening is taken away", change: anna({ hours: "08:00-18:00" }), tightened: ["recipient.anna.hours"] },
  {
    name: "the hours move",
    change: anna({ hours: "09:00-21:00" }),
    tightened: ["recipient.anna.hours"],
    widened: ["recipient.anna.hours"],
  },
  { name: "the last day is put off", change: anna({ until: "forever" }), widened: ["recipient.anna.until"] },
  { name: "the last day comes sooner", change: anna({ until: "2027-06-29" }), tightened: ["recipient.anna.until"] },
  { name: "the limit rises", change: anna({ max_per_day: "unlimited" }), widened: ["recipient.anna.max_per_day"] },
  { name: "the limit falls", change: anna({ max_per_day: 4 }), tightened: ["recipient.anna.max_per_day"] },
  {
    name: "somebody new is granted something",
    change: {
      recipient: [
        ...(BASE["recipient"] as Tree[]),
        {
          name: "ben",
          plain: true,
          triggers: "all",
          zones: "all",
          hours: "always",
          until: "forever",
          max_per_day: 1,
        },
      ],
    },
    widened: ["recipient.ben"],
  },
  { name: "somebody is taken off the list", change: { recipient: [] }, tightened: ["recipient.anna"] },
  { name: "sharing is turned off", change: { sharing: { enabled: false } }, tightened: ["sharing.enabled"] },
  { name: "the microphone is turned on", change: { audio: { record: true } }, widened: ["audio.record"] },
  { name: "a mask is removed", change: { mask: [] }, widened: ["mask.window"] },
  {
    name: "a mask shrinks",
    change: { mask: [{ name: "window", polygon: square(0, 0, 0.4) }] },
    widened: ["mask.window"],
  },
  {
    name: "a mask grows",
    change: { mask: [{ name: "window", polygon: square(0, 0, 0.6) }] },
    tightened: ["mask.window"],
  },
  {
    name: "a mask moves",
    change: { mask: [{ name: "window", polygon: square(0.1, 0, 0.5) }] },
    tightened: ["mask.window"],
    widened: ["mask.window"],
  },
  {
    name: "a mask is only called something else",
    change: { mask: [{ name: "pane", polygon: square(0, 0, 0.5) }] },
    neutral: ["mask"],
  },
  {
    name: "a mask is added",
    change: { mask: [...(BASE["mask"] as Tree[]), { name: "street", polygon: square(0.5, 0, 0.2) }] },
    tightened: ["mask.street"],
  },
  {
    name: "only one's own ground is shown",
    change: { property: [{ name: "own", polygon: square(0, 0.5, 0.5) }] },
    tightened: ["property.own"],
  },
  {
    name: "a zone grows",
    change: { zone: [{ name: "path", polygon: square(0, 0, 1) }] },
    widened: ["zone.path.polygon"],
  },
  {
    name: "the camera is another one",
    change: { camera: { source: "v4l2", device: "/dev/video0" } },
    widened: ["camera.source"],
  },
  {
    name: "the pre-roll grows",
    change: { camera: { source: "libcamera", pre_roll: "10s" } },
    widened: ["camera.pre_roll"],
  },
  {
    name: "the camera sleeps",
    change: { camera: { source: "libcamera", mode: "asleep" } },
    tightened: ["camera.mode"],
  },
  { name: "the light goes", change: { trigger: { pir: { gpio: 17 }, light: "none" } }, widened: ["trigger.light"] },
  {
    name: "the sensor moves to another line",
    change: { trigger: { pir: { gpio: 18 }, light: { gpio: 22 } } },
    widened: ["trigger.pir"],
  },
  { name: "the sensor goes", change: { trigger: { light: { gpio: 22 } } }, tightened: ["trigger.pir"] },
  {
    name: "a privacy switch is wired",
    change: { trigger: { ...(BASE["trigger"] as Tree), privacy_switch: { gpio: 23 } } },
    tightened: ["trigger.privacy_switch"],
  },
  {
    name: "motion starts recordings",
    change: { trigger: { ...(BASE["trigger"] as Tree), video: true } },
    widened: ["trigger.video"],
  },
  {
    name: "recordings must be confirmed",
    change: { trigger: { ...(BASE["trigger"] as Tree), confirm: "motion" } },
    tightened: ["trigger.confirm"],
  },
  {
    name: "a new way to approve",
    change: { approvals: { channels: ["page", "cli", "home_assistant"] } },
    widened: ["approvals.channels"],
  },
  {
    name: "an owner's key",
    change: { approvals: { owner_key: `${"A".repeat(43)}=` } },
    widened: ["approvals.owner_key"],
  },
  { name: "requests are accepted", change: { requests: { accept: true } }, widened: ["requests.accept"] },
  { name: "recordings are kept longer", change: { retention: { keep: "8d" } }, widened: ["retention.keep"] },
  { name: "recordings are kept shorter", change: { retention: { keep: "6d" } }, tightened: ["retention.keep"] },
  {
    name: "the page answers on the network",
    change: { review: { lan: true, password_file: "/p" } },
    widened: ["review.password_file", "review.lan"],
  },
  {
    name: "the broker is another one",
    change: { mqtt: { url: "mqtts://other.lan" } },
    tightened: ["mqtt.url"],
    widened: ["mqtt.url"],
  },
  {
    name: "the broker is spoken to in the open",
    change: { mqtt: { url: "mqtt://broker.lan" } },
    widened: ["mqtt.url"],
  },
  {
    name: "the clock is assumed",
    change: { device: { ...(BASE["device"] as Tree), clock: "assume" } },
    widened: ["device.clock"],
  },
  { name: "another time zone", change: { device: { name: "porch", timezone: "UTC" } }, widened: ["device.timezone"] },
  {
    name: "the notice is worded otherwise",
    change: { notice: { controller: "a", contact: "b", purpose: "c" } },
    neutral: ["notice"],
  },
  { name: "the chime is another one", change: { chime: { sound: "/srv/ding.wav" } }, neutral: ["chime"] },
];
