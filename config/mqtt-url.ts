// The address of a broker: mqtt, mqtts, ws or wss. Pure.
import { type Kind, type Refusal, read, refuse } from "./kind.ts";

const SCHEMES = ["mqtt", "mqtts", "ws", "wss"] as const;
export type MqttScheme = (typeof SCHEMES)[number];

export interface MqttUrl {
  readonly scheme: MqttScheme;
  /** As written in lower case: a name, an IPv4 address, or an IPv6 address in brackets. */
  readonly host: string;
  /** Undefined: the scheme's own (1883, 8883, 80, 443). */
  readonly port: number | undefined;
  /** "" or a path that begins with a slash; WebSockets only. */
  readonly path: string;
}

/** Undefined unless a scheme we speak, a host, and nothing that could hold a secret (user, password, query). */
export function parseMqttUrl(text: string): MqttUrl | undefined {
  const match =
    /^(mqtts?|wss?):\/\/(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9.])?)(?::(\d{1,5}))?(\/[A-Za-z0-9._~%/-]{0,200})?$/.exec(
      text,
    );
  if (!match) return undefined;
  const [, scheme, host, digits, path = "/"] = match;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  const webSocket = scheme === "ws" || scheme === "wss";
  if (!webSocket && path !== "/") return undefined;
  if (host!.startsWith("[") && !URL.canParse(`http://${host}/`)) return undefined;
  return { scheme: scheme as MqttScheme, host: host!.toLowerCase(), port, path: path === "/" ? "" : path };
}

/** What {@link parseMqttUrl} reads back to the same. */
export const formatMqttUrl = ({ scheme, host, port, path }: MqttUrl): string =>
  `${scheme}://${host}${port === undefined ? "" : `:${port}`}${path}`;

/** Whether what travels can be read on the way. */
export const isEncrypted = ({ scheme }: MqttUrl): boolean => scheme === "mqtts" || scheme === "wss";

/** Whether it never leaves the machine. */
export const isLoopback = ({ host }: MqttUrl): boolean =>
  host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);

/** A broker's address, normalised; `"embedded"` (the broker that comes with the demo) only if `demo`. */
export const mqttUrlKind = (demo: boolean): Kind<string> => ({
  expected: 'a broker\'s address such as "mqtts://broker.lan" (mqtt, mqtts, ws or wss)',
  read(value) {
    if (value === "embedded")
      return demo ? read("embedded") : refuse({ hint: '"embedded" is for the demo: name a broker of your own' });
    const url = typeof value === "string" ? parseMqttUrl(value) : undefined;
    return url ? read(formatMqttUrl(url)) : refuse(typeof value === "string" ? refusalOf(value) : {});
  },
  write: (url) => url,
});

function refusalOf(text: string): Refusal {
  if (/^[a-z]+:\/\/[^/]*@/i.test(text))
    return {
      code: "CONFIG_SECRET_INLINE",
      found: "an address with a user name or password in it (not shown)",
      hint: "use mqtt.username and mqtt.password_file",
    };
  if (/^tcp:\/\//i.test(text)) return { hint: `write ${JSON.stringify(text.slice(0, 60).replace(/^tcp/i, "mqtt"))}` };
  if (/^(ssl|tls):\/\//i.test(text)) return { hint: "write mqtts:// in front of the name" };
  if (/^[A-Za-z0-9.-]+(:\d+)?$/.test(text)) return { hint: `did you mean "mqtts://${text.slice(0, 60)}"?` };
  return {};
}
