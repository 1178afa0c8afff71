// Makes the pictures of one clip in a process of its own, which ends afterwards: the library behind them would otherwise stay in
// the recorder's memory for good (docs/design/0002-memory.md). The recorder reads the clip: what that takes it has loaded anyway.
// A composition root: it names the decoder.
import { FfmpegPictureDecoder } from "../drivers/picture/ffmpeg.ts";
import { SystemClock } from "../drivers/clock/system.ts";
import { DriverError } from "../drivers/error.ts";
import { AgentError } from "./error.ts";
import type { KeyPicture } from "./vault/key-pictures.ts";
import type { SheetFacts } from "./vault/sheet.ts";
import { makePictures, type Pictures } from "./vault/storyboard.ts";

/** What the recorder asks, once. */
export interface PictureTask {
  readonly keys: readonly KeyPicture[];
  readonly facts: SheetFacts;
}

/** What it gets, once. */
export type PictureAnswer =
  | { readonly pictures: { readonly [P in keyof Pictures]: Uint8Array } }
  | {
      readonly error: {
        readonly from: "agent" | "driver" | "elsewhere";
        readonly code: string;
        readonly detail: string;
      };
    };

process.once("message", (task: PictureTask) => {
  void answer(task).then((reply) => process.send!(reply, () => process.disconnect()));
});
process.once("disconnect", () => process.exit());

async function answer({ keys, facts }: PictureTask): Promise<PictureAnswer> {
  try {
    return { pictures: await makePictures(keys, facts, new FfmpegPictureDecoder(new SystemClock())) };
  } catch (error) {
    if (error instanceof AgentError) return { error: { from: "agent", code: error.code, detail: error.detail } };
    if (error instanceof DriverError) return { error: { from: "driver", code: error.code, detail: error.detail } };
    return { error: { from: "elsewhere", code: "", detail: String(error) } };
  }
}
