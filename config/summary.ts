// What a valid configuration means, in plain words: what is recorded, who may get what and when. Pure.
import { formatByteSize } from "./byte-size.ts";
import { formatClockHours } from "./clock-hours.ts";
import type { CameraSource, Config, GpioLine, Grant, Recipient } from "./config.ts";
import { formatDuration } from "./duration.ts";
import type { Trigger } from "./trigger.ts";

export interface Line {
  /** One or two words: "Records". */
  readonly title: string;
  /** A sentence without its full stop. */
  readonly text: string;
}

/** The whole configuration, most important first. */
export function summaryOf(config: Config): readonly Line[] {
  const { recipients, sharing } = config;
  return [
    { title: "Sharing", text: sharingText(config) },
    ...recipients.map((recipient) => ({ title: `  ${recipient.name}`, text: recipientText(recipient, config) })),
    ...(recipients.some(asks) ? [{ title: "Approvals", text: approvalsText(config) }] : []),
    {
      title: "Requests",
      text: config.requests.accept ? "third parties may leave one; the owner decides" : "are not accepted",
    },
    { title: "Camera", text: cameraText(config) },
    { title: "Records", text: recordsText(config) },
    { title: "Sound", text: config.audio.record ? `is recorded, from ${config.audio.device}` : "is never recorded" },
    { title: "Hidden", text: hiddenText(config) },
    { title: "Light", text: lightText(config) },
    { title: "Keeps", text: keepsText(config) },
    {
      title: "Page",
      text: config.review.lan ? "answers on the local network, with a password" : "answers on this machine only",
    },
    ...(sharing.enabled && config.mqtt ? [{ title: "Broker", text: brokerText(config.mqtt) }] : []),
  ];
}

/** What one recipient may get, in one sentence. */
export function recipientText(recipient: Recipient, config: Config): string {
  const granted = grantsText(recipient, config.audio.record);
  if (granted === "") return "gets nothing";
  const { triggers, zones, hours, until, maxPerDay, encryption } = recipient;
  const limits = [
    triggers === "all"
      ? ""
      : `only when started by ${list(
          triggers.map((trigger) => TRIGGER_NAMES[trigger]),
          "or",
        )}`,
    zones === "all" ? "" : `only from ${list(zones, "or")} (a press of the bell passes)`,
    hours === "always" ? "" : `begun ${formatClockHours(hours)} ${config.device.timezone}`,
    until === "forever" ? "" : `until ${until}`,
    maxPerDay === "unlimited" ? "" : `at most ${counted(maxPerDay, "clip")} a day`,
  ].filter(Boolean);
  const lock =
    encryption.kind === "age"
      ? `encrypted to ${counted(encryption.keys.length, "key")}`
      : "not encrypted: whoever can read the broker can read it";
  return [granted, limits.length ? limits.join(", ") : "without any limit", lock].join("; ");
}

const TRIGGER_NAMES: Readonly<Record<Trigger, string>> = {
  pir: "the sensor",
  button: "the bell",
  motion: "motion in the picture",
  owner: "the owner",
};

const GRANT_WORDS: Readonly<Record<Exclude<Grant, "never">, string>> = {
  ask: "if the owner agrees each time",
  auto: "without asking",
};

const asks = ({ clips, stills, previews }: Recipient): boolean => [clips, stills, previews].includes("ask");

function grantsText(recipient: Recipient, recorded: boolean): string {
  const { clips, stills, previews, events, audio, toldOfAsks, toldOfState, homeAssistant } = recipient;
  const sound = audio && recorded ? "with sound" : "without sound";
  return [
    clips === "never" ? "" : `clips ${sound} ${GRANT_WORDS[clips]}`,
    stills === "never" ? "" : `pictures ${GRANT_WORDS[stills]}`,
    previews === "never" ? "" : `moving pictures without sound ${GRANT_WORDS[previews]}`,
    events === "never" ? "" : "when somebody moves or rings",
    toldOfAsks ? "that something waits" : "",
    toldOfState ? "whether camera and microphone are open" : "",
    homeAssistant ? "in Home Assistant" : "",
  ]
    .filter(Boolean)
    .join(", ");
}

function sharingText({ sharing, recipients }: Config): string {
  if (!sharing.enabled)
    return recipients.length
      ? "is off: nothing leaves. If it were on, this is who would get what:"
      : "is off: nothing leaves";
  return recipients.length
    ? `is on, with ${counted(recipients.length, "recipient")}:`
    : "is on, but nobody is granted anything";
}

function approvalsText({ approvals }: Config): string {
  const where = approvals.channels.length
    ? list(approvals.channels, "or")
    : "nowhere, so nothing that asks is ever sent";
  return `by ${where}; a question stands for ${formatDuration(approvals.askExpiresMs)}, then nothing goes by itself`;
}

function cameraText({ camera }: Config): string {
  const upright = camera.rotation === 0 ? "" : ", turned upside down";
  const mode = camera.mode === "ready" ? "is kept ready" : "sleeps until something happens";
  return `${sourceText(camera.source)} ${mode}; ${camera.width}×${camera.height}, ${camera.fps} pictures a second${upright}`;
}

function sourceText(source: CameraSource): string {
  switch (source.kind) {
    case "libcamera":
      return `Raspberry Pi camera ${source.index}`;
    case "v4l2":
      return source.device;
    case "replay":
      return `the recording ${source.file}${source.loop ? ", again and again," : ""}`;
    case "simulated":
      return "a drawn doorstep";
  }
}

function recordsText({ camera, trigger }: Config): string {
  const starters = [
    trigger.pir &&
      `the sensor (${gpio(trigger.pir)})${trigger.confirm === "motion" ? " if something moves in the picture" : ""}`,
    trigger.button && `the bell (${gpio(trigger.button)})`,
    trigger.video && "motion in the picture",
  ].filter((starter) => typeof starter === "string");
  const before =
    camera.mode === "ready" && camera.preRollMs > 0 ? `${formatDuration(camera.preRollMs)} before to ` : "until ";
  const span = `${before}${formatDuration(camera.postRollMs)} after, at most ${formatDuration(camera.maxClipMs)}`;
  return starters.length ? `on ${list(starters, "or")}; ${span}` : `only when the owner starts it; ${span}`;
}

function hiddenText({ masks, property }: Config): string {
  const hidden = masks.length
    ? list(
        masks.map(({ name }) => name),
        "and",
      )
    : "nothing";
  return property.length
    ? `${hidden}, and everything outside ${list(
        property.map(({ name }) => name),
        "and",
      )}`
    : hidden;
}

function lightText({ trigger }: Config): string {
  const light =
    trigger.light === "none" ? "there is none: nobody can see whether the camera is open" : gpio(trigger.light);
  return trigger.privacySwitch ? `${light}; privacy switch on ${gpio(trigger.privacySwitch)}` : light;
}

function keepsText({ retention }: Config): string {
  const { keepMs, keepUnsharedMs, keepObjectedMs, maxBytes, ledgerMs } = retention;
  return [
    `recordings ${formatDuration(keepMs)}`,
    `unshared ones ${formatDuration(Math.min(keepMs, keepUnsharedMs))}`,
    `objected ones ${formatDuration(Math.min(keepMs, keepObjectedMs))}`,
    `at most ${formatByteSize(maxBytes)}`,
    `the ledger's details ${formatDuration(ledgerMs)}`,
  ].join(", ");
}

const brokerText = ({ url, username }: NonNullable<Config["mqtt"]>): string =>
  username === undefined ? url : `${url} as ${username}`;

const gpio = ({ gpio, driver }: GpioLine): string => (driver === "simulated" ? "simulated" : `GPIO ${gpio}`);

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;

/** "a", "a or b", "a, b or c". */
const list = (items: readonly string[], joint: "and" | "or"): string =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} ${joint} ${items.at(-1)}`;
