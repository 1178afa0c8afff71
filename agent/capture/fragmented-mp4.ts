// A fragmented MP4 that grows in a part file: one fragment a key interval, appended in one piece.
import type { Output } from "mediabunny";
import { mediabunny } from "../../drivers/mp4/mp4.ts";
import type { PartFile } from "./part-file.ts";

/** Keeps the packets of audio just before a key picture from becoming fragments of their own. */
const MIN_FRAGMENT_S = 0.2;

export interface FragmentedMp4 {
  readonly output: Output;
  /** The first error of the disk, or undefined. To be asked for after each packet: the output itself never tells. */
  readonly failure: () => unknown;
}

/** `part` must be open before the first packet. */
export function fragmentedMp4(part: PartFile): FragmentedMp4 {
  const { Mp4OutputFormat, Output, StreamTarget } = mediabunny();
  let failure: unknown;
  // Never rejects: the stream's own error handling would tell of it a fragment too late, or twice.
  const sink = new WritableStream<{ data: Uint8Array }>({
    write: async ({ data }) => {
      if (failure !== undefined) return;
      await part.append(data).catch((error: unknown) => {
        failure = error;
      });
    },
  });
  const format = new Mp4OutputFormat({ fastStart: "fragmented", minimumFragmentDuration: MIN_FRAGMENT_S });
  return { output: new Output({ format, target: new StreamTarget(sink) }), failure: () => failure };
}
