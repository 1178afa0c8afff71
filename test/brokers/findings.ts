// What a broker was found to do: the rows of docs/reference/brokers.md. Each column is a file below test/golden/brokers.

/** In the order of the table, each with what is asked. */
export const QUESTIONS = {
  spoken: "Speaks",
  clip: "A clip of 300 kB",
  large: "A clip of 5 MB",
  unheard: "A clip while nobody is subscribed",
  away: "A clip while the receiver is away",
  broken: "The connection breaks in the middle of a clip",
  killed: "The broker is killed while a clip waits",
  still: "The latest still, for who asks for its topic later",
  wildcard: "The same, asked for with a wildcard",
  discovery: "Home Assistant comes later",
  retracted: "What is taken back",
  will: "The doorbell's cable is pulled",
  password: "A wrong password",
  forbidden: "A topic that the broker's rules forbid",
} as const;

export type Question = keyof typeof QUESTIONS;

/** One column: a broker, how it was set up, and the version of MQTT it was spoken to in. */
export interface Findings {
  /** "mosquitto". */
  readonly broker: string;
  /** "2.0.11". */
  readonly version: string;
  /** "capped"; "" for as the guide does it. */
  readonly note: string;
  /** "MQTT 5". */
  readonly protocol: string;
  readonly found: Readonly<Record<Question, string>>;
}

/** "mosquitto-2.0.11-capped-mqtt-5.json". */
export const goldenName = ({ broker, version, note, protocol }: Omit<Findings, "found">): string =>
  `${[broker, version, note, protocol].filter(Boolean).join("-").toLowerCase().replaceAll(" ", "-")}.json`;
