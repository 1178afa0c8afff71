// Cutting a byte stream into pictures: against ffmpeg's own parser, and by properties over every way it can be cut.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AnnexBSplitter, type SplitterOptions } from "../../../drivers/camera/annex-b.ts";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import { nalType, nalUnits } from "../../../drivers/camera/nal-unit.ts";
import type { Uptime } from "../../../drivers/clock/clock.ts";
import { h264, packetsOf, picturesOf } from "./footage.ts";

const at = (ms: number): Uptime => ms as Uptime;

function split(chunks: readonly Uint8Array[], options?: SplitterOptions): AccessUnit[] {
  const units: AccessUnit[] = [];
  const splitter = new AnnexBSplitter((unit) => units.push(unit), options);
  chunks.forEach((chunk, index) => splitter.push(chunk, at(index)));
  splitter.end();
  return units;
}

/** `cuts` are fractions of the stream, in any order. */
function cut(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = cuts.map((fraction) => Math.floor(fraction * stream.length)).sort((a, b) => a - b);
  return [0, ...places].map((start, index) => stream.subarray(start, places[index] ?? stream.length));
}

const bytesOf = (units: readonly AccessUnit[]): Buffer => Buffer.concat(units.map(({ data }) => data));
const hex = (units: readonly AccessUnit[]): string[] => units.map(({ data }) => Buffer.from(data).toString("hex"));
const nal = (type: number, ...payload: number[]): Buffer => Buffer.from([0, 0, 0, 1, 0x60 | type, ...payload]);
const typesOf = ({ data }: AccessUnit): number[] => Array.from(nalUnits(data), (unit) => nalType(unit[0]!));

const STREAMS = [
  { name: "one slice a picture", x264: "slices=1" },
  { name: "four slices a picture, as a Pi 5 writes them", x264: "slices=4" },
  { name: "access unit delimiters", x264: "aud=1" },
  { name: "delimiters and four slices", x264: "aud=1:slices=4" },
] as const;

for (const { name, x264 } of STREAMS) {
  describe(`a stream with ${name}`, () => {
    const stream = h264({ x264 });

    test("comes apart into the pictures that ffmpeg finds, bit for bit", () => {
      const units = split([stream]);

      expect(units.map(({ data, key }) => ({ size: data.length, key }))).toEqual(packetsOf(stream));
      expect(bytesOf(units).equals(stream)).toBe(true);
    });

    test("gives the same pictures however it is cut into chunks", () => {
      const whole = hex(split([stream]));
      fc.assert(
        fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 }), (cuts) => {
          expect(hex(split(cut(stream, cuts)))).toEqual(whole);
        }),
        { numRuns: 60 },
      );
    });

    test("gives the same pictures when every byte comes alone", () => {
      const single = Array.from(stream, (_, index) => stream.subarray(index, index + 1));

      expect(hex(split(single))).toEqual(hex(split([stream])));
    });

    test("joined in the middle, it starts with the next key picture and decodes without a fault", () => {
      const packets = packetsOf(stream);
      const firstSize = packets[0]!.size;
      const units = split([stream.subarray(firstSize + 7)]);
      const expected = packets.findIndex(({ key }, index) => index > 0 && key);

      expect(units[0]!.key).toBe(true);
      expect(units.length).toBe(packets.length - expected);
      expect(picturesOf(bytesOf(units))).toEqual(picturesOf(stream).slice(expected));
    });
  });
}

test("every key picture carries the parameter sets, even if the stream told them only once", () => {
  const stream = h264({ x264: "aud=1" });
  const [first, ...rest] = split([stream]);
  // x264 repeats them at every key picture: take them out again after the first.
  const bare = Buffer.concat([
    first!.data,
    ...rest.flatMap(({ data }) =>
      Array.from(nalUnits(data))
        .filter((unit) => ![7, 8].includes(nalType(unit[0]!)))
        .flatMap((unit) => [Buffer.from([0, 0, 0, 1]), unit]),
    ),
  ]);
  const keys = split([bare]).filter(({ key }) => key);

  expect(keys.length).toBe(3);
  for (const unit of keys) expect(typesOf(unit).slice(0, 3)).toEqual([9, 7, 8]);
  expect(picturesOf(bytesOf(split([bare])))).toEqual(picturesOf(stream));
  expect(picturesOf(keys[2]!.data).length).toBe(1);
});

test("a picture is stamped with the arrival of its first byte", () => {
  const stream = h264({ frames: 3 });
  const [first, second] = packetsOf(stream).map(({ size }) => size) as [number, number];
  const units: AccessUnit[] = [];
  const splitter = new AnnexBSplitter((unit) => units.push(unit));

  splitter.push(stream.subarray(0, first + 2), at(10));
  splitter.push(stream.subarray(first + 2, first + 3), at(20));
  splitter.push(stream.subarray(first + 3, first + second), at(30));
  splitter.push(stream.subarray(first + second), at(40));
  splitter.end();

  expect(units.map((unit) => unit.at)).toEqual([10, 10, 40]);
});

describe("when the writer pauses after a picture", () => {
  const stream = h264({ frames: 12, x264: "slices=4" });
  const sizes = packetsOf(stream).map(({ size }) => size);
  const ends = sizes.map((_, index) => sizes.slice(0, index + 1).reduce((sum, size) => sum + size, 0));

  test("it comes out at once instead of with the next one", () => {
    const units: AccessUnit[] = [];
    const splitter = new AnnexBSplitter((unit) => units.push(unit));

    ends.forEach((end, index) => {
      splitter.push(stream.subarray(ends[index - 1] ?? 0, end), at(index));
      splitter.idle();
      expect(units.length).toBe(index + 1);
    });

    expect(bytesOf(units).equals(stream)).toBe(true);
  });

  test("a pause in the middle of a picture costs at most that one picture, once", () => {
    const units: AccessUnit[] = [];
    const splitter = new AnnexBSplitter((unit) => units.push(unit));

    splitter.push(stream.subarray(0, ends[1]! + 40), at(0));
    splitter.idle();
    splitter.push(stream.subarray(ends[1]! + 40, ends[4]! + 40), at(1));
    splitter.idle();
    splitter.push(stream.subarray(ends[4]! + 40), at(2));
    splitter.end();

    expect(units.length).toBe(sizes.length);
    const damaged = units.flatMap(({ data }, index) => (data.length === sizes[index] ? [] : [index]));
    expect(damaged).toEqual([2]);
  });

  test("nothing comes out early before a picture's first slice is there", () => {
    const units: AccessUnit[] = [];
    const splitter = new AnnexBSplitter((unit) => units.push(unit));

    splitter.push(stream.subarray(0, 20), at(0));

    expect(splitter.waiting).toBe(false);
    splitter.idle();
    expect(units).toEqual([]);
  });
});

test("trailing zeros between pictures belong to none of them", () => {
  const stream = h264({ frames: 2 });
  const [first] = packetsOf(stream).map(({ size }) => size) as [number];
  const padded = Buffer.concat([Buffer.alloc(5), stream.subarray(0, first), Buffer.alloc(9), stream.subarray(first)]);

  expect(hex(split([padded, Buffer.alloc(3)]))).toEqual(hex(split([stream])));
});

test("a picture that never ends is refused before it fills the memory", () => {
  const [key] = split([h264({ frames: 1 })]);
  const endless = [key!.data, ...Array.from({ length: 70 }, () => Buffer.alloc(1024, 0x55))];

  expect(() => split(endless, { maxBytes: 64 * 1024 })).toThrow("CAMERA_STREAM_BROKEN");
});

test("bytes that are no video at all are refused before they fill the memory", () => {
  const noise = Array.from({ length: 70 }, () => Buffer.alloc(1024, 0x55));

  expect(() => split(noise, { maxBytes: 64 * 1024 })).toThrow("CAMERA_STREAM_BROKEN");
});

test("a change of picture size in the middle is an error, after the pictures before it", () => {
  const small = h264({ frames: 3 });
  const large = h264({ frames: 3, size: "320x240" });
  const units: AccessUnit[] = [];
  const splitter = new AnnexBSplitter((unit) => units.push(unit));

  expect(() => {
    splitter.push(Buffer.concat([small, large]), at(0));
    splitter.end();
  }).toThrow("CAMERA_PICTURE_CHANGED: from 160x120 to 320x240");
  expect(hex(units)).toEqual(hex(split([small])));
});

test("a key picture whose slices follow an ordinary picture starts a new one even without its first slice", () => {
  const [key] = split([h264({ frames: 1 })]);
  const units = split([Buffer.concat([key!.data, nal(1, 0x9a, 0x11), nal(5, 0x40, 0x12), nal(5, 0x41, 0x13)])]);

  expect(units.map((unit) => unit.key)).toEqual([true, false, true]);
});

test("whatever bytes arrive, it yields key pictures first and only coded errors", () => {
  const stream = h264({ frames: 8, gop: 4 });
  const damage = fc.array(fc.tuple(fc.nat(stream.length - 1), fc.nat(255)), { maxLength: 30 });
  fc.assert(
    fc.property(damage, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }), (edits, cuts) => {
      const broken = Buffer.from(stream);
      for (const [place, byte] of edits) broken[place] = byte;
      const units: AccessUnit[] = [];
      const splitter = new AnnexBSplitter((unit) => units.push(unit));
      try {
        for (const chunk of cut(broken, cuts)) splitter.push(chunk, at(0));
        splitter.end();
      } catch (error) {
        expect(String(error)).toMatch(/CAMERA_(STREAM_BROKEN|PICTURE_CHANGED)/);
      }
      if (units[0]) expect(units[0].key).toBe(true);
      for (const unit of units) expect(unit.data.buffer.byteLength - unit.data.length).toBeLessThan(64);
    }),
    { numRuns: 300 },
  );
});
