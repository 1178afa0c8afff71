// The closed set of messages on door.sock (DESIGN §2): JSON lines of at most 4 KiB, never content. Pure.
// The publisher connects; a lost connection means closed. docs/spec/spool.md is normative.

/** With its newline. */
export const DOOR_LINE_BYTES = 4096;

/** What the publisher needs to speak at all: no rules, no secret. */
export interface SessionDocument {
  readonly type: "session";
  readonly v: 1;
  readonly device: string;
  readonly broker: {
    readonly url: string;
    readonly username?: string;
    /** Read by the publisher alone; a systemd credential named mqtt-password comes first. */
    readonly password_file?: string;
    readonly ca_file?: string;
    readonly cert_file?: string;
    readonly key_file?: string;
  };
  /** Below doorstep/{device}/. */
  readonly subscriptions: readonly string[];
}

/** Retained and complete: Home Assistant discovery, sent one a line because each must fit a line. */
export interface RetainedDocument {
  readonly type: "retained";
  readonly topic: string;
  /** JSON, not text: quotes within quotes would be half of the line. Absent: what stands there is taken back. */
  readonly document?: Readonly<Record<string, unknown>>;
}

export type RecorderToPublisher =
  | SessionDocument
  | RetainedDocument
  /** Sharing is enabled: the publisher may send. */
  | { readonly type: "open" }
  /** Send nothing more but these retractions (empty retained payloads, motion OFF), then `offline`. */
  | { readonly type: "closed"; readonly retract: readonly string[] }
  /** Something new stands in spool/out/new. */
  | { readonly type: "spooled"; readonly id: string }
  /** Stop sending it. Answered by taken_down. */
  | { readonly type: "take_down"; readonly id: string }
  /** The inbound message `ref` is safe: it may be acknowledged. */
  | { readonly type: "stored"; readonly ref: number }
  /** Ask the broker whether the ACL lets this device's own messages through (doctor). */
  | { readonly type: "selftest"; readonly ref: number };

export type BrokerState = "idle" | "connecting" | "connected" | "refused" | "unreachable";

export type DeliveryState = "unheard" | "accepted" | "confirmed" | "unconfirmed" | "failed" | "expired";

/** How much of a disclosure's media can have reached anybody when its sending was stopped (docs/spec/spool.md §4). */
export interface HowMuchLeft {
  readonly sent: "none" | "part" | "all";
  /** Of a clip that goes in parts: those that the broker has, of how many. */
  readonly parts?: number;
  readonly of?: number;
}

export type PublisherToRecorder =
  | { readonly type: "hello"; readonly v: 1; readonly version: string }
  | {
      readonly type: "broker";
      readonly state: BrokerState;
      readonly protocol?: 4 | 5;
      readonly code?: string;
      readonly detail?: string;
    }
  /** unheard: the broker took it, and nobody was subscribed. accepted: the broker took it (PUBACK 0). confirmed: the receiver said so. unconfirmed: no word within a day. */
  | {
      readonly type: "delivery";
      readonly id: string;
      readonly state: DeliveryState;
      readonly code?: string;
      readonly detail?: string;
    }
  | ({ readonly type: "taken_down"; readonly id: string } & HowMuchLeft)
  /** An inbound MQTT message, below doorstep/{device}/. Not acknowledged to the broker until `stored`. */
  | { readonly type: "inbound"; readonly ref: number; readonly topic: string; readonly payload_base64: string }
  | { readonly type: "retracted" }
  | { readonly type: "selftest"; readonly ref: number; readonly outcome: string };
