// The newest signed head of the device tree in a file of its own, away from the database: a restored old copy of the database
// contradicts it (DESIGN §8). Written after the commit it speaks of, so that a crash leaves it older, never newer.
import { readFileSync } from "node:fs";
import { replaceNow } from "./durable.ts";

/** The note last kept in `file`, or undefined when there is none. Anything unreadable is returned as "", which no check accepts. */
export function readKeptHead(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : "";
  }
}

/** Replaces the note in `file` durably. False when the disk refused: the old one then stays, and still holds. */
export function keepHead(file: string, note: string): boolean {
  try {
    replaceNow(file, note);
    return true;
  } catch {
    return false;
  }
}
