// [audio], [retention], [notice] and [review]: what is kept, and what the owner sees and shows. Pure.
import type { Config } from "../config.ts";
import { byteSizeKind } from "../byte-size.ts";
import { lineKind } from "../device-name.ts";
import { durationKind } from "../duration.ts";
import { type Values, defaulted, optional, required } from "../field.ts";
import { switchKind } from "../kind.ts";
import { fileKind, resolvedPath, soundDeviceKind } from "../path-name.ts";
import type { TableReader } from "../table-reader.ts";

export const AUDIO = {
  record: defaulted(
    "record",
    switchKind,
    false,
    "false: the microphone is never opened. Recording speech unknown to the speaker is a crime in places.",
  ),
  device: defaulted("device", soundDeviceKind, "default", "The ALSA device to record from."),
};

const span = durationKind("1m", "3650d");

export const RETENTION = {
  keepMs: defaulted("keep", span, "7d", "How long recordings are kept."),
  keepUnsharedMs: defaulted(
    "keep_unshared",
    span,
    "7d",
    "How long recordings that nobody has received are kept, if shorter.",
  ),
  keepObjectedMs: defaulted(
    "keep_objected",
    span,
    "24h",
    "How long recordings that a visitor objected to are kept, if shorter.",
  ),
  maxBytes: defaulted(
    "max_bytes",
    byteSizeKind("10MB", "100TB"),
    "4GB",
    "How much room recordings may take; the oldest make way.",
  ),
  ledgerMs: defaulted(
    "ledger",
    durationKind("1d", "36500d"),
    "400d",
    "How long the ledger's details are kept; the proof stays.",
  ),
};

const line = lineKind(200);

export const NOTICE = {
  controller: required("controller", line, "Who films."),
  contact: required("contact", line, "How to reach them."),
  purpose: required("purpose", line, "Why."),
};

export const REVIEW = {
  lan: defaulted("lan", switchKind, false, "true: the page answers on the local network, with a password."),
  passwordFile: optional(
    "password_file",
    fileKind,
    "the page answers on this machine only",
    "File with the page's password; needed when lan is true.",
  ),
};

/** Reads [notice]: all of it or none. */
export function readNotice(table: TableReader): Config["notice"] {
  if (!table.present) return undefined;
  const { controller, contact, purpose } = table.fields(NOTICE);
  table.finish();
  if (controller === undefined || contact === undefined || purpose === undefined) return undefined;
  return { controller, contact, purpose };
}

/** Reads [review]. */
export function readReview(table: TableReader, directory: string): Values<typeof REVIEW> {
  const { lan, passwordFile } = table.fields(REVIEW);
  if (lan && !table.has("password_file"))
    table.missing("password_file", "CONFIG_NEEDS_PASSWORD_FILE", fileKind.expected, "or lan = false");
  table.finish();
  return { lan, passwordFile: passwordFile === undefined ? undefined : resolvedPath(passwordFile, directory) };
}
