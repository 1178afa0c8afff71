// One message of a disclosure made ready to send: its head, and its payload from memory or from the outbox's own file.
import { rfc3339 } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import { isPicture, type MediaDisclosure, type PictureDisclosure } from "../spool/disclosure.ts";
import type { MediaFile } from "../spool/media-file.ts";
import type { SpoolReader } from "../spool/reader.ts";
import type { Job } from "./job.ts";
import { mediaPart, partHashes, wholeMedia } from "./media-source.ts";
import type { Outgoing } from "./packet.ts";
import * as transfer from "./transfer.ts";

/** What goes to {@link Line.publish}. */
export interface Parcel {
  readonly message: Outgoing;
  readonly body: Uint8Array | { readonly bytes: number; readonly chunks: () => Iterable<Uint8Array> };
  /** Closed by whoever has sent it. */
  readonly file?: MediaFile;
}

/**
 * Packs one step of a job.
 *
 * @throws AgentError SPOOL_MEDIA_GONE, SPOOL_MEDIA_ALTERED; DELIVERY_TOO_LARGE when the broker does not take it in one packet.
 */
export async function pack(
  job: Job,
  step: transfer.Step,
  reader: SpoolReader,
  setting: transfer.Setting,
): Promise<Parcel> {
  const parcel = await packed(job, step, reader, setting);
  const bytes = parcel.body instanceof Uint8Array ? parcel.body.length : parcel.body.bytes;
  if (transfer.fits(parcel.message, bytes, setting)) return parcel;
  parcel.file?.[Symbol.dispose]();
  throw new AgentError("DELIVERY_TOO_LARGE", `${step.kind} of ${bytes} bytes, the broker takes ${setting.limit}`);
}

async function packed(job: Job, step: transfer.Step, reader: SpoolReader, setting: transfer.Setting): Promise<Parcel> {
  const { document, mode } = job;
  if (document.kind === "event")
    return { message: transfer.eventMessage(document, step, setting), body: Buffer.from(document.payload) };
  switch (step.kind) {
    case "data":
      return media(document, transfer.dataMessage(document, setting), reader);
    case "picture":
      return media(document, transfer.pictureMessage(pictureOf(document), setting), reader);
    case "picture receipt":
      return {
        message: transfer.pictureReceiptMessage(pictureOf(document), setting),
        body: reader.receipt(document.id),
      };
    case "receipt":
      return { message: transfer.receiptMessage(document, setting), body: reader.receipt(document.id) };
    case "manifest": {
      const manifest = transfer.manifestOf(document, mode!, await hashesOf(job, document, reader));
      return { message: transfer.manifestMessage(document, setting), body: Buffer.from(JSON.stringify(manifest)) };
    }
    case "ready": {
      const event = transfer.readyEvent(document, rfc3339(setting.now));
      return { message: transfer.readyMessage(document, setting), body: Buffer.from(JSON.stringify(event)) };
    }
    case "part":
      return part(job, document, step.n, reader, setting);
    case "event":
      throw new AgentError("SPOOL_DOCUMENT_REFUSED", `${document.id} is no event`);
  }
}

function pictureOf(document: MediaDisclosure): PictureDisclosure {
  if (isPicture(document)) return document;
  throw new AgentError("SPOOL_DOCUMENT_REFUSED", `${document.id} is no picture`);
}

function media(document: MediaDisclosure, message: Outgoing, reader: SpoolReader): Parcel {
  const file = reader.openMedia(document);
  return { message, body: { bytes: document.media.bytes, chunks: () => wholeMedia(file, document) }, file };
}

async function part(
  job: Job,
  document: MediaDisclosure,
  n: number,
  reader: SpoolReader,
  setting: transfer.Setting,
): Promise<Parcel> {
  const mode = job.mode!;
  if (mode.mode !== "parts") throw new AgentError("SPOOL_DOCUMENT_REFUSED", `${document.id} goes in one message`);
  const hashes = await hashesOf(job, document, reader);
  const sha256 = hashes[n]!;
  const file = reader.openMedia(document);
  const { length } = transfer.partRange(document.media.bytes, mode.partBytes, n);
  const message = transfer.partMessage(document, mode, n, sha256, setting);
  return { message, body: { bytes: length, chunks: () => mediaPart(file, document, { ...mode, n, sha256 }) }, file };
}

async function hashesOf(job: Job, document: MediaDisclosure, reader: SpoolReader): Promise<readonly string[]> {
  const { mode } = job;
  if (mode?.mode !== "parts") return [];
  if (job.hashes.length === mode.count) return job.hashes;
  using file = reader.openMedia(document);
  job.hashes = await partHashes(file, document, mode.partBytes);
  return job.hashes;
}
