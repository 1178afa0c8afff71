// Raw streams cut into pictures: whole, in order, whatever chunks they come in, and never out of step.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type CutPicture, RawCutter, Y4mCutter } from "../../../drivers/camera/raw-cutter.ts";
import type { Uptime } from "../../../drivers/clock/clock.ts";

const AT = 7 as Uptime;
const picture = (n: number, bytes: number): Buffer => Buffer.alloc(bytes, n + 1);
const bytesOf = ({ pieces }: CutPicture): Buffer => Buffer.concat(pieces);

/** `stream` in chunks that end at `places`. */
const chunks = (stream: Buffer, places: readonly number[]): Buffer[] => {
  const cuts = [0, ...places.toSorted((a, b) => a - b), stream.length];
  return cuts.slice(1).map((end, index) => stream.subarray(cuts[index], end));
};

const y4m = (header: string, count: number, bytes: number): Buffer =>
  Buffer.concat([
    Buffer.from(`${header}\n`),
    ...Array.from({ length: count }, (_, n) => [
      Buffer.from(n === 1 ? "FRAME Ip\n" : "FRAME\n"),
      picture(n, bytes),
    ]).flat(),
  ]);
const HEADER = "YUV4MPEG2 W16 H8 F15:1 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2";

test("pictures of a known size come out whole and in order, however the stream is cut", () => {
  const format = { width: 10, height: 4, stride: 16 };
  const stream = Buffer.concat([0, 1, 2].map((n) => picture(n, 96)));
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (places) => {
      const cut: CutPicture[] = [];
      const cutter = new RawCutter(format, (one) => cut.push(one));
      for (const chunk of chunks(stream, places)) cutter.push(chunk, AT);
      expect(cut.map(bytesOf)).toEqual([0, 1, 2].map((n) => picture(n, 96)));
      expect(cutter.within).toBe(false);
    }),
  );
});

test("pieces are the chunks' own memory: nothing is copied", () => {
  const cut: CutPicture[] = [];
  const chunk = Buffer.alloc(100, 9);
  new RawCutter({ width: 8, height: 4, stride: 8 }, (one) => cut.push(one)).push(chunk, AT);

  chunk[47] = 1;

  expect(cut.map((one) => bytesOf(one)[47])).toEqual([1, 9]);
});

test("a YUV4MPEG2 stream tells its size, and its pictures come out whole however it is cut", () => {
  const stream = y4m(HEADER, 3, 192);
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 20 }), (places) => {
      const cut: CutPicture[] = [];
      const cutter = new Y4mCutter((one) => cut.push(one));
      for (const chunk of chunks(stream, places)) cutter.push(chunk, AT);
      expect(cut.map(({ format }) => format)).toEqual(
        Array.from({ length: 3 }, () => ({ width: 16, height: 8, stride: 16 })),
      );
      expect(cut.map(bytesOf)).toEqual([0, 1, 2].map((n) => picture(n, 192)));
    }),
  );
});

test.each([
  ["no header", Buffer.from("RIFF....AVI \n")],
  ["a header without an end", Buffer.alloc(400, "Y")],
  ["another sampling", y4m("YUV4MPEG2 W16 H8 C444", 1, 192)],
  ["an odd size", y4m("YUV4MPEG2 W15 H8 C420", 1, 192)],
  ["no size", y4m("YUV4MPEG2 W0 H0 C420", 1, 192)],
  ["a giant's size", y4m("YUV4MPEG2 W99999 H99999 C420", 1, 192)],
  ["pictures longer than it says", y4m(HEADER, 2, 193)],
  ["pictures shorter than it says", y4m(HEADER, 4, 150)],
])("a stream with %s is refused, not shown out of step", (_, stream) => {
  const cutter = new Y4mCutter(() => {});

  expect(() => cutter.push(stream, AT)).toThrowError(expect.objectContaining({ code: "CAMERA_STREAM_BROKEN" }));
});

test("any bytes at all are either refused or cut into pictures of one size, in bounded memory", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 20 }), (parts) => {
      const cut: CutPicture[] = [];
      const cutter = new Y4mCutter((one) => cut.push(one));
      try {
        cutter.push(Buffer.from("YUV4MPEG2 W2 H2 C420\n"), AT);
        for (const part of parts) cutter.push(part, AT);
      } catch (error) {
        expect(error).toMatchObject({ code: "CAMERA_STREAM_BROKEN" });
      }
      for (const one of cut) expect(bytesOf(one).length).toBe(6);
    }),
  );
});
