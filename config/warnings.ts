// What is allowed but may not be meant: whom a setting trusts, what can be overheard, what never happens. Pure.
import { type Config, isPainted, type Recipient } from "./config.ts";
import { covers } from "./geometry.ts";
import { isEncrypted, isLoopback, parseMqttUrl } from "./mqtt-url.ts";

export interface Warning {
  /** Dotted path, as in Config.lines. */
  readonly path: string;
  readonly line?: number;
  /** One sentence without its full stop. */
  readonly text: string;
}

/** Everything an owner should know about a valid configuration. `today` is the local day, "2027-06-30". */
export function warningsOf(config: Config, today: string): readonly Warning[] {
  const warnings = [
    ...trustWarnings(config),
    ...cameraWarnings(config),
    ...config.recipients.flatMap((recipient) => recipientWarnings(recipient, config, today)),
  ];
  return warnings.map(({ path, text }) => {
    const line = config.lines[path] ?? config.lines[path.slice(0, path.lastIndexOf("."))];
    return { path, ...(line !== undefined && { line }), text };
  });
}

type Unplaced = Omit<Warning, "line">;

const when = (condition: boolean, path: string, text: string): readonly Unplaced[] =>
  condition ? [{ path, text }] : [];

function trustWarnings({ device, mqtt, approvals, recipients, review }: Config): readonly Unplaced[] {
  const url = mqtt && parseMqttUrl(mqtt.url);
  const overheard = Boolean(url && !isEncrypted(url) && !isLoopback(url));
  const plain = recipients.filter(({ encryption }) => encryption.kind === "plain").map(({ name }) => name);
  const asked = recipients.some(({ clips, stills, previews }) => [clips, stills, previews].includes("ask"));
  return [
    ...when(
      approvals.channels.includes("home_assistant"),
      "approvals.channels",
      `home_assistant trusts everyone who may write doorstep/${device.name}/approval at the broker: each of them can approve in the owner's name`,
    ),
    ...when(
      overheard && plain.length > 0,
      "mqtt.url",
      `without TLS, what goes to ${plain.join(", ")} can be read by anyone on the network between here and the broker`,
    ),
    ...when(
      overheard && mqtt?.passwordFile !== undefined,
      "mqtt.url",
      "without TLS, the broker's password can be read by anyone on the network between here and the broker",
    ),
    ...when(
      approvals.channels.length === 0 && asked,
      "approvals.channels",
      "nobody can approve anything: what asks is never sent",
    ),
    ...when(
      approvals.ownerKey !== undefined && !approvals.channels.includes("mqtt_signed"),
      "approvals.owner_key",
      "is not used: approvals.channels does not name mqtt_signed",
    ),
    ...when(
      device.clock === "assume" && recipients.some(isTimed),
      "device.clock",
      "hours, last days and daily limits go by a clock that nothing confirms",
    ),
    ...when(review.lan, "review.lan", "everyone on the local network can try the page's password"),
  ];
}

function cameraWarnings(config: Config): readonly Unplaced[] {
  const { camera, trigger, masks, zones, audio, sharing, recipients } = config;
  const painted = isPainted(config);
  return [
    ...when(
      trigger.light === "none",
      "trigger.light",
      "there is no light: nobody at the door can see whether the camera is open",
    ),
    ...when(
      !trigger.pir && !trigger.button && !trigger.video,
      "trigger",
      "nothing starts a recording but the owner: there is no sensor, no bell, and video is false",
    ),
    ...when(
      painted && camera.width * camera.height > 1280 * 720,
      "camera.width",
      "with masks or property, more than 1280×720 is too much for a small board",
    ),
    ...zones.flatMap(({ name, polygon }) =>
      when(
        masks.some((mask) => covers(mask.polygon, polygon)),
        `zone.${name}`,
        "a mask covers all of it: nothing can be seen to move there",
      ),
    ),
    ...when(
      camera.encoder !== "libx264" && !painted,
      "camera.encoder",
      "is not used: there is neither mask nor property",
    ),
    ...when(
      trigger.confirm === "motion" && !trigger.pir,
      "trigger.confirm",
      "has nothing to confirm: there is no sensor",
    ),
    ...when(
      audio.record,
      "audio.record",
      "recording speech without the speaker's knowledge is a crime in places: say so at the door",
    ),
    ...when(sharing.enabled && recipients.length === 0, "sharing.enabled", "there is no recipient: nothing leaves"),
  ];
}

function recipientWarnings(
  recipient: Recipient,
  { audio, trigger, lines }: Config,
  today: string,
): readonly Unplaced[] {
  const { name, clips, stills, previews, events, triggers, until } = recipient;
  const path = (key: string): string =>
    `recipient.${name}.${key}` in lines ? `recipient.${name}.${key}` : `recipient.${name}`;
  const never = (name: string, there: boolean): readonly Unplaced[] =>
    when(
      triggers !== "all" && triggers.some((trigger) => trigger === name) && !there,
      path("triggers"),
      `${name} never happens here`,
    );
  const told = recipient.toldOfAsks || recipient.toldOfState;
  const nothing = [clips, stills, previews, events].every((grant) => grant === "never") && !told;
  return [
    ...when(nothing, path("clips"), `${name} gets nothing: clips, stills, previews and events are all never`),
    ...when(
      clips === "ask" && previews === "auto",
      path("previews"),
      `${name} is shown what happened before you are asked about the clip: previews go by themselves`,
    ),
    ...when(until !== "forever" && until < today, path("until"), `${name} gets nothing any more since ${until}`),
    ...when(recipient.audio && !audio.record, path("audio"), "there is no sound to get: audio.record is false"),
    ...never("pir", Boolean(trigger.pir)),
    ...never("button", Boolean(trigger.button)),
    ...never("motion", trigger.video),
  ];
}

const isTimed = ({ hours, until, maxPerDay }: Recipient): boolean =>
  hours !== "always" || until !== "forever" || maxPerDay !== "unlimited";
