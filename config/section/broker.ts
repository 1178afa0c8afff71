// [mqtt]: the broker, who we are to it, and whom we trust. Pure.
import type { Config } from "../config.ts";
import { type Field, defaulted, optional, required } from "../field.ts";
import { type Kind, read, refuse } from "../kind.ts";
import { mqttUrlKind, parseMqttUrl, isEncrypted } from "../mqtt-url.ts";
import { fileKind, resolvedPath } from "../path-name.ts";
import type { TableReader } from "../table-reader.ts";

const prefixKind: Kind<string> = {
  expected: 'one or more topic levels such as "homeassistant"',
  read: (value) =>
    typeof value === "string" && value.length <= 100 && /^[\w-]+(\/[\w-]+)*$/.test(value) ? read(value) : refuse(),
  write: (prefix) => prefix,
};

const userKind: Kind<string> = {
  expected: "1 to 128 printable characters",
  read: (value) => (typeof value === "string" && /^[!-~]{1,128}$/.test(value) ? read(value) : refuse()),
  write: (name) => name,
};

const file = (key: string, otherwise: string, means: string): Field<string> =>
  optional(key, fileKind, otherwise, means);

/** The keys of [mqtt]; url = "embedded" only in the demo. */
export const brokerFields = (demo: boolean) => ({
  url: required(
    "url",
    mqttUrlKind(demo),
    "Address of the broker: mqtt, mqtts, ws or wss. With mqtts and wss its certificate is always checked.",
  ),
  username: optional("username", userKind, "the broker is asked no name", "Who the device is to the broker."),
  passwordFile: file("password_file", "no password", "File with the password; read by the publisher alone."),
  caFile: file(
    "ca_file",
    "the certificate authorities of the system",
    "File with the certificate authority that the broker's certificate is checked against.",
  ),
  certFile: file("cert_file", "no client certificate", "File with the device's own certificate; with key_file."),
  keyFile: file("key_file", "no client certificate", "File with the key to cert_file."),
  discoveryPrefix: defaulted(
    "discovery_prefix",
    prefixKind,
    "homeassistant",
    "Topic below which Home Assistant looks for devices.",
  ),
});

const FILES = ["passwordFile", "caFile", "certFile", "keyFile"] as const;

/** Reads [mqtt]; undefined when there is none or it has a fault. */
export function readBroker(table: TableReader, demo: boolean, directory: string): Config["mqtt"] {
  if (!table.present) return undefined;
  const broker = table.fields(brokerFields(demo));
  if (table.has("cert_file") !== table.has("key_file"))
    table.missing(
      table.has("cert_file") ? "key_file" : "cert_file",
      "CONFIG_NEEDS_PARTNER",
      "cert_file and key_file together",
    );
  if (table.has("password_file") && !table.has("username"))
    table.missing("username", "CONFIG_NEEDS_PARTNER", "a username to go with password_file");
  const url = broker.url === undefined ? undefined : parseMqttUrl(broker.url);
  for (const key of ["ca_file", "cert_file"])
    if (table.has(key) && url && !isEncrypted(url))
      table.fault("CONFIG_VALUE_INVALID", "url", {
        expected: `mqtts:// or wss://, since ${key} is given`,
        hint: "with this address the file would not be used",
      });
  table.finish();
  const { url: address, discoveryPrefix } = broker;
  if (address === undefined || discoveryPrefix === undefined) return undefined;
  const files = FILES.flatMap((name) =>
    broker[name] === undefined ? [] : [[name, resolvedPath(broker[name], directory)] as const],
  );
  return {
    url: address,
    ...(broker.username !== undefined && { username: broker.username }),
    ...Object.fromEntries(files),
    discoveryPrefix,
  };
}
