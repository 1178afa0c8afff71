// Which way the broker, and who may answer through it, change. Pure.
import type { Config } from "../config.ts";
import { formatMqttUrl, isEncrypted, parseMqttUrl } from "../mqtt-url.ts";
import type { Weighing } from "./weighing.ts";

type Broker = Config["mqtt"];

export interface BrokerMeeting {
  readonly mqtt: Broker;
  /** Both speak to one broker. If not, nothing may be sent to either until it is settled. */
  readonly agreed: boolean;
}

/** One broker for both, or none. */
export function weighBroker(weighing: Weighing, old: Broker, now: Broker): BrokerMeeting {
  if (!old || !now) {
    weighing.mark("mqtt", Boolean(old && !now), Boolean(now && !old));
    return { mqtt: undefined, agreed: false };
  }
  const keep = <K extends keyof typeof old>(key: string, property: K): Pick<typeof old, K> | undefined => {
    weighing.unknown(`mqtt.${key}`, old[property], now[property]);
    return old[property] === undefined ? undefined : ({ [property]: old[property] } as Pick<typeof old, K>);
  };
  const url = weighUrl(weighing, old.url, now.url);
  const mqtt = {
    url: url ?? old.url,
    ...keep("username", "username"),
    ...keep("password_file", "passwordFile"),
    ...keep("ca_file", "caFile"),
    ...keep("cert_file", "certFile"),
    ...keep("key_file", "keyFile"),
    discoveryPrefix: weighing.unknown("mqtt.discovery_prefix", old.discoveryPrefix, now.discoveryPrefix),
  };
  return { mqtt, agreed: url !== undefined };
}

/** The encrypted one of two addresses of one place; undefined for two places. */
function weighUrl(weighing: Weighing, old: string, now: string): string | undefined {
  if (old === now) return now;
  const [before, after] = [parseMqttUrl(old), parseMqttUrl(now)];
  const place = (url: typeof before): string | undefined =>
    url && formatMqttUrl({ ...url, scheme: url.scheme.startsWith("ws") ? "ws" : "mqtt" });
  const onePlace = before && after && place(before) === place(after);
  if (!onePlace) {
    weighing.mark("mqtt.url", true, true);
    return undefined;
  }
  weighing.mark("mqtt.url", isEncrypted(after), isEncrypted(before));
  return isEncrypted(after) ? now : old;
}

/** Channels of both, but for signed approvals when the keys differ. */
export function weighApprovals(
  weighing: Weighing,
  old: Config["approvals"],
  now: Config["approvals"],
): Config["approvals"] {
  const channels = weighing.subset("approvals.channels", old.channels, now.channels);
  const oneKey = old.ownerKey === now.ownerKey;
  if (!oneKey) weighing.mark("approvals.owner_key", old.ownerKey !== undefined, now.ownerKey !== undefined);
  return {
    channels: channels === "all" ? [] : channels.filter((channel) => oneKey || channel !== "mqtt_signed"),
    ...(oneKey && old.ownerKey !== undefined && { ownerKey: old.ownerKey }),
    askExpiresMs: weighing.least("approvals.ask_expires", old.askExpiresMs, now.askExpiresMs),
  };
}

/** A microphone that both open. */
export function weighAudio(weighing: Weighing, old: Config["audio"], now: Config["audio"]): Config["audio"] {
  const record = weighing.both("audio.record", old.record, now.record);
  if (!record) return { record, device: weighing.harmless("audio.device", old.device, now.device) };
  const another = old.device !== now.device;
  weighing.mark("audio.device", another, another);
  return { record: !another, device: now.device };
}
