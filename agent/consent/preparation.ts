// Makes the bytes that will leave: the obligations of a decision, carried out on a clip whose hash still holds, or on a picture of it.
import { open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { AgentError } from "../error.ts";
import type { MediaKind, MediaType, PictureKind } from "../spool/disclosure.ts";
import type { Clip } from "../vault/clip.ts";
import { PREVIEW_BYTES, STILL_BYTES } from "../vault/image.ts";
import { hashFile } from "../vault/integrity.ts";
import type { Obligation } from "./decision.ts";
import type { ClipSource, SealFile, StripAudio, WrittenFile } from "./ports.ts";

interface Form {
  readonly name: string;
  readonly type: MediaType;
  /** Of what is inside the encryption: a picture goes in one message. */
  readonly maxBytes: number;
}

const FORMS: Readonly<Record<MediaKind, Form>> = {
  clip: { name: "clip.mp4", type: "video/mp4", maxBytes: Infinity },
  still: { name: "still.jpg", type: "image/jpeg", maxBytes: STILL_BYTES },
  preview: { name: "preview.webp", type: "image/webp", maxBytes: PREVIEW_BYTES },
};

/** Where clips come from, and what obligations are carried out with. */
export interface Workshop {
  readonly clips: ClipSource;
  readonly seal: SealFile;
  readonly stripAudio: StripAudio;
}

/** The media of a disclosure: exactly what will be sent. */
export interface PreparedMedia extends WrittenFile {
  readonly file: string;
  readonly type: MediaType;
  readonly encrypted: boolean;
  readonly audio: boolean;
}

/** What is not yet encrypted, between two steps. It stands in tmp/, which only the recorder can read, and is gone after. */
const ASIDE = "aside.mp4";

/**
 * Writes the media of one disclosure into `folder`. The caller fsyncs the folder.
 *
 * @throws AgentError CLIP_MISSING or CLIP_ALTERED when the clip is not the one that was recorded; NOT_RELEASED for
 *   everything else. What was written so far is left for the caller to remove with the folder.
 */
export async function prepareMedia(
  workshop: Workshop,
  clip: Clip,
  kind: MediaKind,
  obligations: readonly Obligation[],
  folder: string,
): Promise<PreparedMedia> {
  const { name, type, maxBytes } = FORMS[kind];
  const source =
    kind === "clip" ? await intact(workshop.clips, clip) : await pictureOf(workshop.clips, clip, kind, maxBytes);
  const keys = obligations.find((obligation) => obligation.kind === "encrypt")?.keys;
  const strip = obligations.some((obligation) => obligation.kind === "strip-audio");
  const file = keys ? `${name}.age` : name;
  const destination = join(folder, file);
  const aside = join(folder, ASIDE);
  try {
    const written = await carryOut(workshop, { source, destination, aside, strip, ...(keys ? { keys } : {}) });
    // A plain copy is held to the clip's own hash: what changed while it was copied does not go.
    if (kind === "clip" && !keys && !strip && written.sha256 !== clip.sha256)
      throw new AgentError("CLIP_ALTERED", `${clip.id} changed while it was copied`);
    return {
      ...written,
      file,
      type,
      encrypted: keys !== undefined,
      audio: kind === "clip" && clip.hasAudio && !strip,
    };
  } catch (error) {
    throw error instanceof AgentError ? error : notReleased(clip, error);
  } finally {
    await rm(aside, { force: true });
  }
}

interface Job {
  readonly source: string;
  readonly destination: string;
  readonly aside: string;
  readonly strip: boolean;
  readonly keys?: readonly string[];
}

async function carryOut({ seal, stripAudio }: Workshop, job: Job): Promise<WrittenFile> {
  if (!job.keys) return job.strip ? stripAudio(job.source, job.destination) : copy(job.source, job.destination);
  if (!job.strip) return seal(job.source, job.destination, job.keys);
  await stripAudio(job.source, job.aside);
  return seal(job.aside, job.destination, job.keys);
}

/** Of a file at once. */
const COPIED_BYTES = 256 * 1024;

/**
 * Not by copyFile: libuv gives a copy to the original's group, which the publisher is not of, and it could not read it. Nor by
 * streams: what they have read and dropped lies in memory until V8 looks, 15 MB of five clips that go out at once.
 */
async function copy(source: string, destination: string): Promise<WrittenFile> {
  await using input = await open(source);
  await using output = await open(destination, "w", 0o600);
  const buffer = Buffer.allocUnsafe(COPIED_BYTES);
  for (;;) {
    const { bytesRead } = await input.read(buffer, 0, COPIED_BYTES, null);
    if (bytesRead === 0) return hashFile(destination);
    await output.writeFile(buffer.subarray(0, bytesRead));
  }
}

async function intact(clips: ClipSource, clip: Clip): Promise<string> {
  const file = clips.file(clip.id);
  const found = await hashFile(file).catch((cause: unknown) => {
    throw new AgentError("CLIP_MISSING", `${clip.id} cannot be read`, cause);
  });
  if (found.sha256 !== clip.sha256)
    throw new AgentError("CLIP_ALTERED", `${clip.id}: ${found.bytes} bytes of ${clip.bytes}, and another hash`);
  return file;
}

async function pictureOf(clips: ClipSource, clip: Clip, kind: PictureKind, maxBytes: number): Promise<string> {
  const file = clips.picture(clip.id, kind);
  if (file === undefined) throw new AgentError("NOT_RELEASED", `${clip.id} has no ${kind}`);
  const { size } = await stat(file);
  if (size > maxBytes) throw new AgentError("NOT_RELEASED", `the ${kind} of ${clip.id} has ${size} bytes`);
  return file;
}

const notReleased = (clip: Clip, cause: unknown): AgentError =>
  new AgentError("NOT_RELEASED", `${clip.id}: ${(cause as Error).message}`, cause);
