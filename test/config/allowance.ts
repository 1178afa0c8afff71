// How much a configuration allows in one situation, worked out from its meaning alone: the judge of compare and narrowest.
// Deliberately not made of the code it judges; each question is answered with a number, and more means wider.
import * as fc from "fast-check";
import type { Config, Point, Recipient } from "../../config/config.ts";
import type { Trigger } from "../../config/trigger.ts";
import { AGE_KEYS } from "./arbitrary.ts";

/** Something that may happen. */
export interface Situation {
  readonly recipient: string;
  readonly kind: "clips" | "stills" | "previews" | "events";
  readonly trigger: Trigger;
  readonly zone: string;
  /** Local minute, in `timezone`. */
  readonly minute: number;
  readonly timezone: string;
  readonly day: string;
  readonly clipOfTheDay: number;
  /** Who tries to open what arrives: the holder of a key, or anyone who reads the broker. */
  readonly reader: string;
  readonly place: string;
  readonly overheard: boolean;
  readonly withSound: boolean;
  readonly channel: string;
  readonly ownerKey: string | undefined;
  readonly microphone: string;
  readonly pixel: Point;
}

const coordinate = fc.integer({ min: 0, max: 15 });

export const situation: fc.Arbitrary<Situation> = fc.record({
  recipient: fc.constantFrom("anna", "ben"),
  kind: fc.constantFrom("clips", "stills", "previews", "events"),
  trigger: fc.constantFrom("pir", "button", "motion", "owner"),
  zone: fc.constantFrom("path", "gate", "step", "elsewhere"),
  minute: fc.integer({ min: 0, max: 1439 }),
  timezone: fc.constantFrom("Europe/Paris", "UTC"),
  day: fc.constantFrom("2026-06-01", "2026-12-31", "2027-01-01", "2030-01-01"),
  clipOfTheDay: fc.constantFrom(1, 2, 5, 6, 20, 21, 1000),
  reader: fc.constantFrom(...AGE_KEYS, "anyone"),
  place: fc.constantFrom("broker.lan", "broker.lan/mqtt", "other.example:8884"),
  overheard: fc.boolean(),
  withSound: fc.boolean(),
  channel: fc.constantFrom("page", "cli", "mqtt_signed", "home_assistant"),
  ownerKey: fc.constantFrom(undefined, `${"A".repeat(43)}=`, `${"B".repeat(42)}A=`),
  microphone: fc.constantFrom("default", "hw:1,0"),
  // Off the eighths on which corners lie, and off every line between them.
  pixel: fc.tuple(coordinate, coordinate).map(([x, y]): Point => [(x + 0.4142) / 16, (y + 0.7321) / 16]),
});

/** Everything a configuration allows in a situation. Every entry is ordered: more is wider. */
export function allowance(config: Config, now: Situation): Record<string, number> {
  const recipient = config.recipients.find(({ name }) => name === now.recipient);
  const leaves = recipient ? level(config, recipient, now) : 0;
  const { trigger, camera } = config;
  const counts = config.zones.length === 0 || config.zones.some(({ polygon }) => inside(polygon, now.pixel));
  const shown =
    !config.masks.some(({ polygon }) => inside(polygon, now.pixel)) &&
    (config.property.length === 0 || config.property.some(({ polygon }) => inside(polygon, now.pixel)));
  return {
    leaves,
    waitingTold: Number(config.sharing.enabled && Boolean(recipient?.toldOfAsks)),
    stateTold: Number(config.sharing.enabled && Boolean(recipient?.toldOfState)),
    announced: Number(config.sharing.enabled && Boolean(recipient?.homeAssistant)),
    pixelShown: Number(shown),
    startsByVideo: Number(trigger.video && counts),
    startsBySensor: Number(Boolean(trigger.pir) && (trigger.confirm === "none" || counts)),
    startsByBell: Number(Boolean(trigger.button)),
    sensitivity: trigger.sensitivity,
    withoutLight: Number(trigger.light === "none"),
    withoutSwitch: Number(!trigger.privacySwitch),
    withoutObjection: Number(!trigger.objection),
    microphoneOpen: Number(config.audio.record && config.audio.device === now.microphone),
    approvedBy: Number(
      config.approvals.channels.some((channel) => channel === now.channel) &&
        (now.channel !== "mqtt_signed" || config.approvals.ownerKey === now.ownerKey),
    ),
    askStands: config.approvals.askExpiresMs,
    requestsHeard: Number(config.requests.accept),
    pageOnLan: Number(config.review.lan),
    cameraReady: Number(camera.mode === "ready"),
    fps: camera.fps,
    preRoll: camera.preRollMs,
    postRoll: camera.postRollMs,
    maxClip: camera.maxClipMs,
    clockAssumed: Number(config.device.clock === "assume"),
  };
}

/** What is kept, which is never cut short before the file has settled. */
export const keeping = ({ retention }: Config): Record<string, number> => ({ ...retention });

function level(config: Config, recipient: Recipient, now: Situation): number {
  const url = new URL(config.mqtt?.url ?? "mqtt://nowhere");
  const place = `${url.host}${url.pathname === "/" ? "" : url.pathname}`;
  const bound = recipient.hours !== "always" || recipient.until !== "forever" || recipient.maxPerDay !== "unlimited";
  const possible =
    config.sharing.enabled &&
    place === now.place &&
    !(now.overheard && /^(mqtts|wss):/.test(url.href)) &&
    (recipient.encryption.kind === "plain" || recipient.encryption.keys.includes(now.reader)) &&
    (recipient.triggers === "all" || recipient.triggers.includes(now.trigger)) &&
    (recipient.zones === "all" || recipient.zones.includes(now.zone)) &&
    (!bound || config.device.timezone === now.timezone) &&
    during(recipient.hours, now.minute) &&
    (recipient.until === "forever" || now.day <= recipient.until) &&
    (recipient.maxPerDay === "unlimited" || now.clipOfTheDay <= recipient.maxPerDay) &&
    (!now.withSound || (recipient.audio && config.audio.record));
  return possible ? ["never", "ask", "auto"].indexOf(recipient[now.kind]) : 0;
}

function during(hours: Recipient["hours"], minute: number): boolean {
  if (hours === "always") return true;
  if (hours.from < hours.to) return minute >= hours.from && minute < hours.to;
  return minute >= hours.from || minute < hours.to;
}

/** Even-odd rule. */
function inside(polygon: readonly Point[], [x, y]: Point): boolean {
  let crossings = 0;
  for (const [index, [ax, ay]] of polygon.entries()) {
    const [bx, by] = polygon[(index + 1) % polygon.length]!;
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) crossings++;
  }
  return crossings % 2 === 1;
}
