// Opens the socket to a broker from its URL: mqtt, mqtts, ws or wss. A certificate is always verified; there is no way to switch that off.
// What TLS and WebSockets need is loaded by whoever needs it: ten megabytes for as long as the publisher runs.
import { createRequire } from "node:module";
import { connect, isIP } from "node:net";
import type { SecureVersion } from "node:tls";
import type { Duplex } from "node:stream";
import type { IClientOptions, MqttClient } from "mqtt";
import type * as WebSocketTransport from "mqtt/lib/connect/ws";

/** PEM texts, all optional: without `ca` the system's authorities are trusted. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

const require = createRequire(import.meta.url);

const MINIMUM_TLS: SecureVersion = "TLSv1.2";

/** Starts connecting; the stream says by itself when it fails. What is written before it is connected (and verified) waits. */
export function openSocket(url: string, tls: TlsFiles, client: MqttClient): Duplex {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const secure = { ...tls, rejectUnauthorized: true, minVersion: MINIMUM_TLS };
  switch (protocol) {
    case "mqtts:": {
      const { connect: connectTls } = process.getBuiltinModule("node:tls");
      return connectTls({
        ...secure,
        host,
        port: Number(port || 8883),
        // SNI takes no addresses, but the certificate's own address must still match.
        ...(isIP(host) ? {} : { servername: host }),
      }).setNoDelay(true);
    }
    case "ws:":
    case "wss:": {
      const { streamBuilder } = require("mqtt/lib/connect/ws") as typeof WebSocketTransport;
      return streamBuilder(client, webSocketOptions(new URL(url), secure));
    }
    default:
      return connect({ host, port: Number(port || 1883), noDelay: true });
  }
}

function webSocketOptions(url: URL, secure: TlsFiles & { rejectUnauthorized: boolean }): IClientOptions {
  const wss = url.protocol === "wss:";
  return {
    protocol: wss ? "wss" : "ws",
    protocolId: "MQTT",
    protocolVersion: 5,
    hostname: url.hostname,
    port: Number(url.port || (wss ? 443 : 80)),
    path: url.pathname,
    // Our own deflate of what is already compressed would only cost memory.
    wsOptions: { perMessageDeflate: false, ...(wss && secure) },
  };
}
