// The language of door.sock: what is said is understood, and nothing else is.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { PublisherToRecorder, RecorderToPublisher } from "../../../agent/spool/door.ts";
import { LineSplitter, readFromPublisher, readFromRecorder, writeLine } from "../../../agent/spool/door-lines.ts";
import { newId } from "./samples.ts";

const id = newId();
const FROM_RECORDER: readonly RecorderToPublisher[] = [
  {
    type: "session",
    v: 1,
    device: "porch",
    broker: {
      url: "mqtts://broker.lan",
      username: "porch",
      password_file: "/etc/doorstep/mqtt-password",
      ca_file: "/etc/doorstep/ca.pem",
    },
    subscriptions: ["anna/ack", "anna/command", "approval"],
  },
  { type: "session", v: 1, device: "porch", broker: { url: "mqtt://127.0.0.1:1883" }, subscriptions: [] },
  { type: "retained", topic: "homeassistant/device/porch_anna/config", document: { o: { name: "doorstep" } } },
  { type: "retained", topic: "homeassistant/device/porch_bob/config" },
  { type: "open" },
  { type: "closed", retract: ["doorstep/porch/anna/latest/still"] },
  { type: "spooled", id },
  { type: "take_down", id },
  { type: "stored", ref: 7 },
  { type: "selftest", ref: 8 },
];
const FROM_PUBLISHER: readonly PublisherToRecorder[] = [
  { type: "hello", v: 1, version: "0.1.0" },
  { type: "broker", state: "connected", protocol: 5 },
  { type: "broker", state: "refused", code: "BROKER_REFUSED", detail: "bad user name or password" },
  { type: "delivery", id, state: "accepted" },
  { type: "delivery", id, state: "failed", code: "DELIVERY_REFUSED", detail: "not authorised" },
  { type: "taken_down", id, sent: "part" },
  { type: "inbound", ref: 1, topic: "anna/command", payload_base64: "e30=" },
  { type: "retracted" },
  { type: "selftest", ref: 8, outcome: "ok" },
];

test("every message comes through as it was said, however the bytes are cut", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 200 })), (sizes) => {
      for (const [messages, read] of [
        [FROM_RECORDER, readFromRecorder],
        [FROM_PUBLISHER, readFromPublisher],
      ] as const) {
        const bytes = Buffer.from(messages.map((message) => writeLine(message)).join(""));
        const lines = new LineSplitter<RecorderToPublisher | PublisherToRecorder>(read);
        const heard: unknown[] = [];
        for (let at = 0; at < bytes.length;) {
          const size = sizes.next().value as number;
          heard.push(...lines.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(heard).toEqual(messages);
      }
    }),
    { numRuns: 30 },
  );
});

test("neither side may say what only the other may", () => {
  for (const message of FROM_RECORDER)
    if (message.type !== "selftest") expect(readFromPublisher(Buffer.from(writeLine(message)))).toBeUndefined();
  for (const message of FROM_PUBLISHER)
    if (message.type !== "selftest") expect(readFromRecorder(Buffer.from(writeLine(message)))).toBeUndefined();
});

for (const line of [
  "",
  "null",
  "[]",
  "{}",
  '{"type":"open","force":true}',
  '{"type":"toString"}',
  '{"type":"__proto__"}',
  '{"type":"open","__proto__":{}}',
  '{"type":"spooled","id":"../../etc"}',
  '{"type":"closed"}',
  '{"type":"stored","ref":-1}',
  '{"type":"session","v":1,"device":"porch","broker":{"url":"http://evil"},"subscriptions":[]}',
  '{"type":"session","v":1,"device":"porch","broker":{"url":"mqtt://b","rejectUnauthorized":false},"subscriptions":[]}',
  '{"type":"session","v":1,"device":"porch/+","broker":{"url":"mqtt://b"},"subscriptions":[]}',
  '{"type":"session","v":1,"device":"porch","broker":{"url":"mqtt://b"},"subscriptions":["#"]}',
])
  test(`the publisher hangs up on the line ${JSON.stringify(line)}`, () => {
    const lines = new LineSplitter(readFromRecorder);
    expect(() => lines.push(Buffer.from(`${line}\n`))).toThrow("DOOR_LINE_REFUSED");
  });

test("a line without end is refused before it fills the memory", () => {
  const lines = new LineSplitter(readFromPublisher);
  expect(() => {
    for (let sent = 0; sent < 4200; sent += 100) lines.push(Buffer.alloc(100, "x"));
  }).toThrow("DOOR_LINE_REFUSED");
});

test("what does not fit a line is not said, instead of being cut", () => {
  expect(() => writeLine({ type: "retained", topic: "a/b", document: { text: '"'.repeat(2100) } })).toThrow(
    "DOOR_LINE_TOO_LONG",
  );
  expect(() => writeLine({ type: "spooled", id: "nonsense" })).toThrow("DOOR_LINE_REFUSED");
});

test("no bytes make the reader throw or run away", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((json) => Buffer.from(json)),
      ),
      (noise) => {
        readFromRecorder(noise);
        readFromPublisher(noise);
      },
    ),
  );
});
