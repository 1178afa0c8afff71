// The encoder's arguments. The hardware one has run on no board yet: what it is asked for is all that can be checked here.
import { expect, test } from "vitest";
import { maskedH264 } from "../../../drivers/camera/software-encoder.ts";

const option = (args: readonly string[], name: string): string | undefined => args[args.indexOf(name) + 1];

test("libx264 is the encoder unless the owner names the hardware", () => {
  expect(option(maskedH264(15, 2_500_000), "-c:v")).toBe("libx264");
  expect(maskedH264(15, 2_500_000, "h264_v4l2m2m")).toEqual(
    "-c:v h264_v4l2m2m -b:v 2500000 -g 30 -bf 0 -fps_mode passthrough -flush_packets 1 -f h264 pipe:1".split(" "),
  );
});

test.each([1, 5, 15, 30])("at %d pictures a second both make a key picture every two seconds", (fps) => {
  const both = (["libx264", "h264_v4l2m2m"] as const).map((encoder) =>
    option(maskedH264(fps, 1_000_000, encoder), "-g"),
  );

  expect(both).toEqual([String(2 * fps), String(2 * fps)]);
});
