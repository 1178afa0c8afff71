// What the reason codes of CONNACK and DISCONNECT mean for us (MQTT 5 §2.4, MQTT 3.1.1 §3.2.2.3). Pure.
import type { AgentErrorCode } from "../error.ts";
import type { Protocol } from "./packet.ts";

/** Why a connection ended. */
export interface Cause {
  readonly why:
    | "closed by us"
    | "refused"
    | "other protocol"
    | "taken over"
    | "too large"
    | "untrusted"
    | "unreachable"
    | "broken";
  readonly code: AgentErrorCode;
  readonly detail: string;
}

/** CONNACK codes of 3.1.1 and 5 that say "not this protocol"; those that trying again soon does not mend. */
const OTHER_PROTOCOL = new Set([1, 0x84]);
const REFUSED = new Set([2, 4, 5, 0x85, 0x86, 0x87, 0x8a, 0x8c]);

/** How a connection ends that the broker did not admit: CONNACK with this reason. */
export function refusal(reason: number, protocol: Protocol): Cause {
  const detail = `CONNACK ${hex(reason)}`;
  if (protocol === 5 && OTHER_PROTOCOL.has(reason)) return { why: "other protocol", code: "BROKER_REFUSED", detail };
  if (REFUSED.has(reason)) return { why: "refused", code: "BROKER_REFUSED", detail };
  return { why: "broken", code: "BROKER_CLOSED", detail };
}

/** How a connection ends that the broker dismissed: DISCONNECT with this reason. */
export function dismissal(reason: number): Cause {
  const detail = `DISCONNECT ${hex(reason)}`;
  if (reason === 0x8e) return { why: "taken over", code: "BROKER_TAKEN_OVER", detail };
  if (reason === 0x95) return { why: "too large", code: "BROKER_CLOSED", detail };
  return { why: "broken", code: "BROKER_CLOSED", detail };
}

/** As the standard writes reasons. */
export const hex = (reason: number): string => `0x${reason.toString(16).padStart(2, "0")}`;
