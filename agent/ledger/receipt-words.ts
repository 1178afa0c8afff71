// A receipt in plain words: who approved what, for whom, why and until when. Pure. Say only what the claims say.
import type { ReceiptClaims } from "./receipt.ts";

const HOW: Record<ReceiptClaims["owner_authorisation"]["how"], string> = {
  policy: "the owner's standing rule, without asking again",
  page: "the owner, on the device's own page",
  cli: "the owner, on the command line",
  mqtt_signed: "the owner, with a signed message",
  home_assistant: "somebody who may use the owner's Home Assistant",
};

/**
 * The receipt as lines of at most about 100 characters, without colour.
 *
 * @param timeZone IANA name for the times; UTC by default.
 */
export function receiptWords(claims: ReceiptClaims, timeZone = "UTC"): string {
  const time = (at: string): string => `${format(at, timeZone)} (${timeZone})`;
  const { clip, sent, log } = claims;
  const rows: [string, string][] = [
    ["filmed", `${time(clip.started)}, ${clip.duration_s} seconds`],
    ["sent", `${article(sent)}, ${sent.bytes.toLocaleString("en-GB")} bytes`],
    ["", `SHA-256 ${sent.sha256}`],
    ["made of", `clip ${clip.id}`],
    ["", `SHA-256 ${clip.sha256}`],
    ["approved by", HOW[claims.owner_authorisation.how]],
    ["", time(claims.owner_authorisation.at)],
    ...claims.decision.reasons.map(({ rule, text }, n): [string, string] => [n ? "" : "because", `${text} (${rule})`]),
    ["not sent after", time(claims.not_after)],
    ["written down", `as number ${log.index + 1} of everything sent to ${claims.sub}, ${time(iso(claims.iat))}`],
    ["policy", `SHA-256 ${claims.policy_sha256}`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `Receipt ${claims.jti}: the doorbell "${claims.iss}" sent ${sent.kind === "clip" ? "a recording" : "a picture"} to ${claims.sub}.`,
    "",
    ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`),
    "",
    "This is the owner's authorisation to send it. It is not the consent of the people in it.",
    "",
  ].join("\n");
}

const PICTURES = { still: "still picture", preview: "small pictures of the recording that move" } as const;

const article = ({ kind, encrypted, audio }: ReceiptClaims["sent"]): string => {
  const what = kind === "clip" ? `video ${audio ? "with sound" : "without sound"}` : PICTURES[kind];
  return encrypted ? `${what}, encrypted for the recipient` : `${what}, not encrypted`;
};

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** 22 November 2026, 12:00:05 */
function format(at: string, timeZone: string): string {
  const text = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "medium", timeZone });
  return text.format(new Date(at)).replace(" at ", ", ");
}
