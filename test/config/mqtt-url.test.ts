// Which addresses of a broker are read, how they are normalised, and that none can carry a secret.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatMqttUrl, isEncrypted, isLoopback, mqttUrlKind, parseMqttUrl } from "../../config/mqtt-url.ts";

const CASES = [
  ["mqtt://broker.lan", { scheme: "mqtt", host: "broker.lan", port: undefined, path: "" }],
  ["mqtts://broker.lan:8884", { scheme: "mqtts", host: "broker.lan", port: 8884, path: "" }],
  ["mqtts://192.168.1.4", { scheme: "mqtts", host: "192.168.1.4", port: undefined, path: "" }],
  ["mqtt://[fd00::1]:1883", { scheme: "mqtt", host: "[fd00::1]", port: 1883, path: "" }],
  ["wss://example.org/mqtt", { scheme: "wss", host: "example.org", port: undefined, path: "/mqtt" }],
  ["ws://localhost:9001/a/b", { scheme: "ws", host: "localhost", port: 9001, path: "/a/b" }],
] as const;

for (const [text, url] of CASES) {
  test(`the address ${text} is read into its parts`, () => expect(parseMqttUrl(text)).toEqual(url));
  test(`the address ${text} is written as it was read`, () => expect(formatMqttUrl(url)).toBe(text));
}

test("a slash at the end and capital letters make no other broker", () => {
  expect(mqttUrlKind(false).read("mqtts://Broker.LAN/")).toEqual({ value: "mqtts://broker.lan" });
});

for (const text of [
  "",
  "broker.lan",
  "mqtt:broker",
  "mqtt://",
  "mqtt:///x",
  "http://broker.lan",
  "MQTT://broker.lan",
  "mqtt://broker.lan:0",
  "mqtt://broker.lan:65536",
  "mqtt://broker.lan/path",
  "mqtt://user@broker.lan",
  "mqtt://user:pw@broker.lan",
  "mqtt://broker.lan?x=1",
  "wss://broker.lan/#x",
  "mqtt://brökér.lan",
  "mqtt://broker lan",
  "mqtt://[zz]",
  "mqtt://[1.2.3.4]",
  "mqtt://-x",
  "embedded",
])
  test(`no address is read from ${JSON.stringify(text)}`, () => expect(parseMqttUrl(text)).toBeUndefined());

test("a password in an address is refused and never repeated", () => {
  const reading = mqttUrlKind(false).read("mqtt://porch:hunter2@broker.lan");
  expect(JSON.stringify(reading)).toContain("CONFIG_SECRET_INLINE");
  expect(JSON.stringify(reading)).not.toContain("hunter2");
});

test("the broker of the demo can be named in the demo alone", () => {
  expect(mqttUrlKind(true).read("embedded")).toEqual({ value: "embedded" });
  expect(mqttUrlKind(false).read("embedded")).toHaveProperty("refusals");
});

test("an almost right address is shown the right way", () => {
  const hint = (text: string): string | undefined => {
    const reading = mqttUrlKind(false).read(text);
    return "refusals" in reading ? reading.refusals[0]!.hint : undefined;
  };
  expect(hint("tcp://broker.lan:1883")).toBe('write "mqtt://broker.lan:1883"');
  expect(hint("broker.lan")).toBe('did you mean "mqtts://broker.lan"?');
  expect(hint("ssl://broker.lan")).toBe("write mqtts:// in front of the name");
});

test("whatever address it reads, it can write and read again", () => {
  const host = fc.domain();
  const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
  fc.assert(
    fc.property(fc.constantFrom("mqtt", "mqtts", "ws", "wss"), host, port, (scheme, name, number) => {
      const url = parseMqttUrl(`${scheme}://${name}${number === undefined ? "" : `:${number}`}`)!;
      expect(parseMqttUrl(formatMqttUrl(url))).toEqual(url);
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      const url = parseMqttUrl(text);
      return url === undefined || parseMqttUrl(formatMqttUrl(url)) !== undefined;
    }),
  );
});

test("it is known which addresses can be overheard and which never leave the machine", () => {
  const known = (text: string): [boolean, boolean] => [
    isEncrypted(parseMqttUrl(text)!),
    isLoopback(parseMqttUrl(text)!),
  ];
  expect(known("mqtts://a.lan")).toEqual([true, false]);
  expect(known("wss://a.lan")).toEqual([true, false]);
  expect(known("mqtt://a.lan")).toEqual([false, false]);
  expect(known("mqtt://127.0.0.1")).toEqual([false, true]);
  expect(known("ws://[::1]:9001")).toEqual([false, true]);
});
