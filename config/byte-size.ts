// Sizes as people write them: "500MB" and "4GB" in powers of ten, "512MiB" in powers of two. Pure.
import type { Kind } from "./kind.ts";
import { read, refuse } from "./kind.ts";

const UNITS = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;

/** Bytes, or undefined unless `text` is a whole number and one unit, without a space. */
export function parseByteSize(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,15})(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const bytes = Number(digits) * UNITS[unit as keyof typeof UNITS];
  return bytes <= Number.MAX_SAFE_INTEGER ? bytes : undefined;
}

/** The shortest text that {@link parseByteSize} reads as `bytes`; powers of ten where both would do. */
export function formatByteSize(bytes: number): string {
  const fitting = Object.entries(UNITS).filter(([, size]) => bytes > 0 && bytes % size === 0);
  const [unit, size] = fitting.reduce<[string, number]>(
    (best, next) => (String(bytes / next[1]).length < String(bytes / best[1]).length ? next : best),
    ["B", 1],
  );
  return `${bytes / size}${unit}`;
}

/** A size between two others, both included and written as text. */
export function byteSizeKind(min: string, max: string): Kind<number> {
  const [least, most] = [parseByteSize(min)!, parseByteSize(max)!];
  return {
    expected: `a size from "${min}" to "${max}", such as "500MB" or "4GB"`,
    read(value) {
      if (typeof value === "number") return refuse({ hint: "write the unit too, in quotes: MB, GB, MiB or GiB" });
      const bytes = typeof value === "string" ? parseByteSize(value) : undefined;
      if (bytes !== undefined && bytes >= least && bytes <= most) return read(bytes);
      if (bytes !== undefined) return refuse({ hint: bytes < least ? "that is too small" : "that is too large" });
      const spelt = typeof value === "string" ? /^(\d+)\s*([kmgt])b?$/i.exec(value) : null;
      if (spelt) return refuse({ hint: `did you mean "${spelt[1]}${spelt[2]!.toUpperCase().replace("K", "k")}B"?` });
      return refuse();
    },
    write: formatByteSize,
  };
}
