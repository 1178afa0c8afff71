// [sharing], [approvals] and [requests]: whether anything may leave, who may say yes, and who may ask. Pure.
import type { ApprovalChannel, Config } from "../config.ts";
import { durationKind } from "../duration.ts";
import { type Values, defaulted, optional } from "../field.ts";
import { switchKind } from "../kind.ts";
import { wordsKind } from "../name-list.ts";
import { signingKeyKind } from "../signing-key.ts";
import type { TableReader } from "../table-reader.ts";

export const SHARING = {
  enabled: defaulted("enabled", switchKind, false, "false: nothing leaves, for anyone."),
};

const CHANNELS = ["page", "cli", "mqtt_signed", "home_assistant"] as const satisfies readonly ApprovalChannel[];

export const APPROVALS = {
  channels: defaulted(
    "channels",
    wordsKind(CHANNELS, true),
    ["page", "cli"],
    "Where the owner may approve: page, cli, mqtt_signed (needs owner_key), home_assistant (whoever may write its topic may approve).",
  ),
  ownerKey: optional(
    "owner_key",
    signingKeyKind,
    "no signed approvals",
    "The owner's Ed25519 public key in base64, against which mqtt_signed approvals are checked.",
  ),
  askExpiresMs: defaulted(
    "ask_expires",
    durationKind("1m", "3650d"),
    "72h",
    "How long a recipient's turn waits for the owner; then nothing goes by itself.",
  ),
};

export const REQUESTS = {
  accept: defaulted(
    "accept",
    switchKind,
    false,
    "Third parties may leave a request over MQTT for the owner to see. Nothing else changes.",
  ),
};

/** Reads [approvals]. */
export function readApprovals(table: TableReader): Values<typeof APPROVALS> {
  const approvals = table.fields(APPROVALS);
  if (approvals.channels?.includes("mqtt_signed") && !table.has("owner_key"))
    table.missing(
      "owner_key",
      "CONFIG_NEEDS_OWNER_KEY",
      signingKeyKind.expected,
      "or take mqtt_signed out of channels",
    );
  table.finish();
  return approvals;
}

/** Nothing can be asked of a broker that is not there. */
export function checkSwitches(
  sharing: TableReader,
  requests: TableReader,
  {
    enabled,
    accept,
    mqtt,
  }: { enabled: boolean | undefined; accept: boolean | undefined; mqtt: Config["mqtt"] | boolean },
): void {
  const expected = "a [mqtt] section to send through";
  if (enabled && !mqtt) sharing.fault("CONFIG_NEEDS_MQTT", "enabled", { expected });
  if (accept && !mqtt) requests.fault("CONFIG_NEEDS_MQTT", "accept", { expected: "a [mqtt] section to listen on" });
}
