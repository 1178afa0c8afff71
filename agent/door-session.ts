// What the publisher is told before it may speak: where, what to listen to, and the documents that stand there for good.
import { createHash } from "node:crypto";
import type { Config } from "../config/config.ts";
import { discovery, removal } from "./publisher/home-assistant.ts";
import type { RetainedDocument, SessionDocument } from "./spool/door.ts";

/** What the publisher may know: where to speak and what to listen to. Topics are below doorstep/{device}/. */
export function sessionOf(config: Config, mqtt: NonNullable<Config["mqtt"]>): SessionDocument {
  const { channels } = config.approvals;
  return {
    type: "session",
    v: 1,
    device: config.device.name,
    broker: {
      url: mqtt.url,
      ...(mqtt.username !== undefined && { username: mqtt.username }),
      ...(mqtt.passwordFile !== undefined && { password_file: mqtt.passwordFile }),
      ...(mqtt.caFile !== undefined && { ca_file: mqtt.caFile }),
      ...(mqtt.certFile !== undefined && { cert_file: mqtt.certFile }),
      ...(mqtt.keyFile !== undefined && { key_file: mqtt.keyFile }),
    },
    subscriptions: [
      // For all recipients at once: a line of the door holds few names.
      ...["+/ack", "+/command"],
      ...(channels.includes("mqtt_signed") || channels.includes("home_assistant") ? ["approval"] : []),
      ...(config.requests.accept ? ["request"] : []),
    ],
  };
}

/**
 * Home Assistant's discovery documents: one for each recipient with home_assistant = true, and an empty one for each that
 * `before` had and this configuration has not.
 */
export function discoveryOf(config: Config, version: string, before?: Config): readonly RetainedDocument[] {
  const places = households(config, version);
  const gone = before
    ? households(before, version).filter((one) => !places.some((other) => samePlace(one, other)))
    : [];
  return [...gone.map(removal), ...places.map(discovery)];
}

type Place = Parameters<typeof discovery>[0];

const households = ({ device, mqtt, recipients }: Config, version: string): readonly Place[] =>
  recipients
    .filter(({ homeAssistant }) => homeAssistant && mqtt !== undefined)
    .map(({ name, stills, previews, events, clips, toldOfAsks, toldOfState }) => ({
      prefix: mqtt!.discoveryPrefix,
      device: device.name,
      recipient: name,
      id: `doorstep_${createHash("sha256").update(`${device.name}/${name}`).digest("hex").slice(0, 12)}`,
      version,
      stills: stills !== "never",
      previews: previews !== "never",
      events: events !== "never",
      clips: clips !== "never",
      toldOfAsks,
      toldOfState,
    }));

const samePlace = (a: Place, b: Place): boolean =>
  a.prefix === b.prefix && a.device === b.device && a.recipient === b.recipient;
