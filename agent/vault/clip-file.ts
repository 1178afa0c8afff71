// The files of one clip: what they are called, and what an MP4 says about itself.
import { join } from "node:path";
import type { Input } from "mediabunny";
import { decodeTime } from "ulid";
import type { WallTime } from "../../drivers/clock/clock.ts";
import { mediabunny } from "../../drivers/mp4/mp4.ts";
import { AgentError } from "../error.ts";
import type { ClipId } from "./clip.ts";

/** The two folders of the vault, out of StatePaths. */
export interface VaultFolders {
  readonly clips: string;
  readonly stills: string;
}

/** Where the recording of a clip is. */
export const clipFile = ({ clips }: VaultFolders, id: ClipId): string => join(clips, `${id}.mp4`);

/** Where the pictures of a clip are, if they have been made. */
export const pictureFiles = (
  { stills }: VaultFolders,
  id: ClipId,
): { readonly storyboard: string; readonly still: string; readonly preview: string } => ({
  storyboard: join(stills, `${id}.storyboard.jpg`),
  still: join(stills, `${id}.still.jpg`),
  preview: join(stills, `${id}.preview.webp`),
});

/** The clip a file under vault/clips belongs to; undefined for parts, copies and strangers. */
export const clipIdOf = (name: string): ClipId | undefined => /^([0-7][0-9a-hjkmnp-tv-z]{25})\.mp4$/.exec(name)?.[1];

/** When the clip with this id was begun, by the wall clock of that moment. */
export const timeOf = (id: ClipId): WallTime => decodeTime(id.toUpperCase()) as WallTime;

/** What an MP4 says about itself. */
export interface ClipMeasure {
  readonly durationMs: number;
  readonly width: number;
  readonly height: number;
  readonly hasAudio: boolean;
}

/**
 * Reads the length and the size of the picture out of a finished clip, without decoding it.
 *
 * @throws AgentError CLIP_UNREADABLE.
 */
export async function measureClip(path: string): Promise<ClipMeasure> {
  try {
    using input = openClip(path);
    const video = await input.getPrimaryVideoTrack();
    if (!video) throw new AgentError("CLIP_UNREADABLE", `${path} holds no picture`);
    return {
      durationMs: Math.round((await input.computeDuration()) * 1000),
      width: await video.getDisplayWidth(),
      height: await video.getDisplayHeight(),
      hasAudio: (await input.getPrimaryAudioTrack()) !== null,
    };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Opens an MP4 with a cache that fits a small board. The caller disposes of it. */
export function openClip(path: string): Input {
  const { FilePathSource, Input, MP4 } = mediabunny();
  // A read ahead that fails shows again in the read that wanted it.
  const source = new FilePathSource(path, { maxCacheSize: 1024 * 1024, handleUnhandledError: () => {} });
  return new Input({ source, formats: [MP4] });
}

/** What reading an MP4 throws, under our own name. */
export const unreadable = (path: string, error: unknown): unknown =>
  error instanceof AgentError ? error : new AgentError("CLIP_UNREADABLE", `${path}: ${String(error)}`, error);
