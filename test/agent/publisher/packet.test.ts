// A PUBLISH is measured to the byte before it is sent, and what comes in is measured before it is kept.
import * as fc from "fast-check";
import mqttPacket, { type IPublishPacket, type Packet } from "mqtt-packet";
import { expect, test } from "vitest";
import { InboundGuard } from "../../../agent/publisher/inbound-guard.ts";
import { packetBytes, publishHead, pubackFor, type Outgoing, type Protocol } from "../../../agent/publisher/packet.ts";

const topic = fc.stringMatching(/^[a-z0-9_-]{1,40}(\/[a-z0-9_-]{1,40}){0,5}$/);
const outgoing: fc.Arbitrary<Outgoing> = fc.record({
  topic,
  retain: fc.boolean(),
  contentType: fc.constantFrom("video/mp4", "application/json"),
  text: fc.boolean(),
  expiresS: fc.integer({ min: 1, max: 700_000 }),
  userProperties: fc.dictionary(fc.stringMatching(/^[a-z]{1,10}$/), fc.stringMatching(/^[a-z0-9]{0,64}$/), {
    maxKeys: 5,
  }),
});
const protocol = fc.constantFrom<Protocol[]>(4, 5);

function parse(bytes: Uint8Array, protocolVersion: Protocol): Packet[] {
  const parser = mqttPacket.parser({ protocolVersion });
  const packets: Packet[] = [];
  parser.on("packet", (packet) => packets.push(packet));
  parser.on("error", (error) => {
    throw error;
  });
  parser.parse(Buffer.from(bytes));
  return packets;
}

test("head and payload together are the packet that MQTT knows, and weigh what was said", () => {
  fc.assert(
    fc.property(
      outgoing,
      fc.uint8Array({ maxLength: 40_000 }),
      protocol,
      fc.integer({ min: 1, max: 65_535 }),
      (message, payload, version, id) => {
        const bytes = Buffer.concat([publishHead(message, payload.length, version, id), payload]);
        expect(bytes.length).toBe(packetBytes(message, payload.length, version));
        const [packet, ...more] = parse(bytes, version) as IPublishPacket[];
        expect(more).toEqual([]);
        expect(packet).toMatchObject({
          cmd: "publish",
          topic: message.topic,
          qos: 1,
          retain: message.retain,
          messageId: id,
          dup: false,
        });
        expect(Buffer.compare(packet!.payload as Buffer, payload)).toBe(0);
        if (version === 5)
          expect(packet!.properties).toMatchObject({
            contentType: message.contentType,
            messageExpiryInterval: message.expiresS,
          });
      },
    ),
  );
});

test("a payload of a quarter of a gigabyte has a head of a few bytes", () => {
  const message: Outgoing = { topic: "doorstep/porch/anna/clip/x/data", retain: false };
  expect(publishHead(message, 268_000_000, 5, 1).length).toBeLessThan(60);
  expect(packetBytes(message, 268_000_000, 4)).toBeGreaterThan(268_000_000);
});

const LIMIT = 300;
const inbound = fc.oneof(
  fc
    .record({
      topic,
      payload: fc.uint8Array({ maxLength: 900 }),
      qos: fc.constantFrom<(0 | 1)[]>(0, 1),
      id: fc.integer({ min: 1, max: 65_535 }),
    })
    .map(({ topic, payload, qos, id }) =>
      mqttPacket.generate({
        cmd: "publish",
        topic,
        payload: Buffer.from(payload),
        qos,
        dup: false,
        retain: false,
        messageId: id,
      }),
    ),
  fc.integer({ min: 1, max: 65_535 }).map((messageId) => mqttPacket.generate({ cmd: "puback", messageId })),
  fc.constant(mqttPacket.generate({ cmd: "pingresp" })),
);

test("what is small passes untouched, what is large never reaches the memory, however the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.array(inbound, { maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 400 })),
      (packets, sizes) => {
        const guard = new InboundGuard(LIMIT);
        const stream = Buffer.concat(packets);
        const passed: Uint8Array[] = [];
        const swallowed: number[] = [];
        for (let at = 0; at < stream.length;) {
          const size = sizes.next().value as number;
          const result = guard.pass(stream.subarray(at, at + size));
          if (!result) throw new Error("hung up");
          passed.push(...result.bytes);
          swallowed.push(...result.swallowed);
          at += size;
        }
        const all = packets.map((bytes) => parse(bytes, 4)[0] as IPublishPacket & { length: number });
        const small = packets.filter((_, at) => all[at]!.length <= LIMIT);
        expect(Buffer.concat(passed).equals(Buffer.concat(small))).toBe(true);
        expect(swallowed).toEqual(
          all.filter(({ length, qos }) => length > LIMIT && qos === 1).map(({ messageId }) => messageId),
        );
      },
    ),
  );
});

test("a message of a quarter of a gigabyte is counted and not collected", () => {
  const guard = new InboundGuard(20_000);
  const head = Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f, 0, 1, 0x61, 0x12, 0x34]);
  const swallowed: number[] = [];
  const pass = (chunk: Uint8Array): void => {
    const { bytes, swallowed: ids } = guard.pass(chunk)!;
    expect(bytes).toEqual([]);
    swallowed.push(...ids);
  };
  pass(head);
  const chunk = new Uint8Array(1_048_576);
  let left = 268_435_455 - 5;
  for (; left >= chunk.length; left -= chunk.length) pass(chunk);
  pass(chunk.subarray(0, left));
  expect(swallowed).toEqual([0x1234]);
  expect(Buffer.concat(guard.pass(Buffer.from([0xd0, 0]))!.bytes)).toEqual(Buffer.from([0xd0, 0]));
});

test("a length that never ends, and a large packet that is no message, end the connection", () => {
  expect(new InboundGuard(100).pass(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]))).toBeUndefined();
  expect(new InboundGuard(100).pass(Buffer.from([0x90, 0xff, 0x7f]))).toBeUndefined();
});

test("an acknowledgement carries its reason on MQTT 5 and none on 3.1.1", () => {
  expect(parse(pubackFor(7, 0x97, 5), 5)[0]).toMatchObject({ cmd: "puback", messageId: 7, reasonCode: 0x97 });
  expect(pubackFor(7, 0x97, 4)).toEqual(Buffer.from([0x40, 2, 0, 7]));
});
