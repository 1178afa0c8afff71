// What a size may look like in the file, and what is refused.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { byteSizeKind, formatByteSize, parseByteSize } from "../../config/byte-size.ts";

const CASES = [
  { name: "single bytes when nothing else divides them", text: "1023B", bytes: 1023 },
  { name: "kilobytes with a small k", text: "1kB", bytes: 1000 },
  { name: "megabytes in powers of ten", text: "500MB", bytes: 500_000_000 },
  { name: "gigabytes in powers of ten", text: "4GB", bytes: 4_000_000_000 },
  { name: "terabytes in powers of ten", text: "2TB", bytes: 2_000_000_000_000 },
  { name: "mebibytes in powers of two", text: "512MiB", bytes: 536_870_912 },
  { name: "gibibytes in powers of two", text: "1GiB", bytes: 1_073_741_824 },
];

for (const { name, text, bytes } of CASES) {
  test(`a size is read as written: ${name}`, () => expect(parseByteSize(text)).toBe(bytes));
  test(`a size is written as read: ${name}`, () => expect(formatByteSize(bytes)).toBe(text));
}

for (const text of ["", "GB", "4", "4G", "4gb", "4 GB", "-4GB", "0.5GB", "4GBs", "1e9B", "99999999999TB", "4KB"])
  test(`no size is read from ${JSON.stringify(text)}`, () => expect(parseByteSize(text)).toBeUndefined());

test("whatever size it reads, it can write and read again", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const bytes = parseByteSize(text);
      return bytes === undefined || parseByteSize(formatByteSize(bytes)) === bytes;
    }),
  );
  fc.assert(fc.property(fc.maxSafeNat(), (bytes) => bytes >= 1e15 || parseByteSize(formatByteSize(bytes)) === bytes));
});

test("a size that is almost right is shown the right way", () => {
  const kind = byteSizeKind("10MB", "100TB");
  expect(kind.read("4gb")).toEqual({ refusals: [{ hint: 'did you mean "4GB"?' }] });
  expect(kind.read("9MB")).toEqual({ refusals: [{ hint: "that is too small" }] });
  expect(kind.read(4)).toEqual({ refusals: [{ hint: "write the unit too, in quotes: MB, GB, MiB or GiB" }] });
});
