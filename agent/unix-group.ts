// The number of a group of this machine, by its name: Node knows none.
import { readFileSync } from "node:fs";

/** Undefined if there is no such group, or no telling. `file` is group(5). */
export function groupNumber(name: string, file = "/etc/group"): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  const row = text.split("\n").find((line) => line.startsWith(`${name}:`));
  const number = row?.split(":")[2];
  return number !== undefined && /^\d+$/.test(number) ? Number(number) : undefined;
}
