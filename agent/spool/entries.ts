// What stands in a folder of the door, read as if a stranger had put it there: no link followed, nothing believed.
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { EventDisclosure, MediaDisclosure } from "./disclosure.ts";
import {
  DISCLOSURE_FILE,
  DOCUMENT_BYTES,
  isUlid,
  parseEventDisclosure,
  parseMediaDisclosure,
  RECEIPT_FILE,
} from "./documents.ts";
import { readRegular, unlessAbsent } from "./durable.ts";

/**
 * One name in a folder. "damaged": the name is ours, what it holds is not (half written, altered). "stranger": not even the name.
 * `bytes` counts every file in it.
 */
export type SpoolEntry = { readonly name: string; readonly bytes: number } & (
  | { readonly kind: "media"; readonly id: string; readonly document: MediaDisclosure; readonly hasMedia: boolean }
  | { readonly kind: "event"; readonly id: string; readonly document: EventDisclosure }
  | { readonly kind: "damaged"; readonly id: string }
  | { readonly kind: "stranger" }
);

/** Everything in `folder`, in the order of its names, which for ours is the order of time. Empty when there is no such folder. */
export async function listEntries(folder: string): Promise<SpoolEntry[]> {
  const names = (await readdir(folder).catch(unlessAbsent)) ?? [];
  const entries: SpoolEntry[] = [];
  for (const name of names.sort()) {
    const entry = await readEntry(folder, name);
    if (entry) entries.push(entry);
  }
  return entries;
}

/** What `name` in `folder` is; undefined when it is gone. */
export async function readEntry(folder: string, name: string): Promise<SpoolEntry | undefined> {
  const path = join(folder, name);
  const stat = await lstat(path).catch(unlessAbsent);
  if (!stat) return undefined;
  const id = name.endsWith(".json") ? name.slice(0, -5) : name;
  if (!isUlid(id)) return { name, kind: "stranger", bytes: stat.size };
  if (name === id && stat.isDirectory()) return mediaEntry(path, id);
  if (name !== id && stat.isFile()) return eventEntry(path, name, id, stat.size);
  return { name, kind: "stranger", bytes: stat.size };
}

async function mediaEntry(path: string, id: string): Promise<SpoolEntry> {
  const sizes = new Map<string, number>();
  for (const file of (await readdir(path).catch(unlessAbsent)) ?? []) {
    const stat = await lstat(join(path, file)).catch(unlessAbsent);
    if (stat) sizes.set(file, stat.isFile() ? stat.size : 0);
  }
  const bytes = sizes.values().reduce((sum, size) => sum + size, 0);
  const content = readRegular(join(path, DISCLOSURE_FILE), DOCUMENT_BYTES);
  const document = content && parseMediaDisclosure(content);
  if (document?.id !== id || !sizes.has(RECEIPT_FILE)) return { name: id, kind: "damaged", id, bytes };
  return {
    name: id,
    kind: "media",
    id,
    document,
    bytes,
    hasMedia: sizes.get(document.media.file) === document.media.bytes,
  };
}

function eventEntry(path: string, name: string, id: string, bytes: number): SpoolEntry {
  const content = readRegular(path, DOCUMENT_BYTES);
  const document = content && parseEventDisclosure(content);
  return document?.id === id ? { name, kind: "event", id, document, bytes } : { name, kind: "damaged", id, bytes };
}
