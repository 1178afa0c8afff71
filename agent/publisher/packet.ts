// One PUBLISH, measured to the byte before it is sent: everything but the payload, which may be streamed behind it. Pure.
import mqttPacket, { type IPublishPacket } from "mqtt-packet";

// A table of 65,536 small buffers would otherwise be made at the first packet: 8 MB on a machine that has 512.
(mqttPacket as unknown as { writeToStream: { cacheNumbers: boolean } }).writeToStream.cacheNumbers = false;

/** 4 is what the standard calls 3.1.1. */
export type Protocol = 4 | 5;

/** A message before its payload. QoS is 1, always. */
export interface Outgoing {
  readonly topic: string;
  readonly retain: boolean;
  /** The rest is for MQTT 5 and left out on 3.1.1. */
  readonly contentType?: string;
  /** Whether the payload is UTF-8 text. */
  readonly text?: boolean;
  /** How long the broker may keep it for somebody who is away, in seconds. */
  readonly expiresS?: number;
  readonly userProperties?: Readonly<Record<string, string>>;
}

/** The largest packet MQTT knows, in bytes: five of fixed header and a remaining length of 268,435,455. */
export const LARGEST_PACKET = 268_435_460;

/** Everything of the packet that stands before a payload of `bytes` bytes. */
export function publishHead(message: Outgoing, bytes: number, protocol: Protocol, messageId: number): Buffer {
  const packet = {
    cmd: "publish",
    topic: message.topic,
    payload: "",
    qos: 1,
    dup: false,
    retain: message.retain,
    messageId,
    ...(protocol === 5 && { properties: propertiesOf(message) }),
  } as const;
  const empty = mqttPacket.generate(packet, { protocolVersion: protocol });
  const variable = empty.subarray(1 + lengthBytes(empty));
  return Buffer.concat([empty.subarray(0, 1), variableByteInteger(variable.length + bytes), variable]);
}

/** What the whole packet will weigh, in bytes; found without making it. */
export function packetBytes(message: Outgoing, bytes: number, protocol: Protocol): number {
  let rest = 2 + Buffer.byteLength(message.topic) + 2 + bytes;
  if (protocol === 5) {
    const properties = propertyBytes(message);
    rest += lengthOfInteger(properties) + properties;
  }
  return 1 + lengthOfInteger(rest) + rest;
}

/** MQTT 5 §3.3.2.3: an identifier each, text with two bytes of length. */
function propertyBytes({ contentType, expiresS, userProperties = {} }: Outgoing): number {
  let sum = 2;
  if (contentType !== undefined) sum += 3 + Buffer.byteLength(contentType);
  if (expiresS !== undefined) sum += 5;
  for (const [name, value] of Object.entries(userProperties))
    sum += 5 + Buffer.byteLength(name) + Buffer.byteLength(value);
  return sum;
}

/** A PUBACK for a message of theirs. */
export const pubackFor = (messageId: number, reasonCode: number, protocol: Protocol): Buffer =>
  mqttPacket.generate(
    { cmd: "puback", messageId, ...(protocol === 5 && { reasonCode }) },
    { protocolVersion: protocol },
  );

function propertiesOf({
  contentType,
  text,
  expiresS,
  userProperties,
}: Outgoing): NonNullable<IPublishPacket["properties"]> {
  return {
    payloadFormatIndicator: text ?? false,
    ...(contentType !== undefined && { contentType }),
    ...(expiresS !== undefined && { messageExpiryInterval: expiresS }),
    ...(userProperties && Object.keys(userProperties).length > 0 && { userProperties }),
  };
}

function lengthBytes(packet: Uint8Array): number {
  let count = 1;
  while ((packet[count]! & 0x80) !== 0) count++;
  return count;
}

const lengthOfInteger = (value: number): number => (value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4);

function variableByteInteger(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}
