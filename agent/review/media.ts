// Answers with a file, whole or the one byte range a player asks for (RFC 9110 §14), streamed.
import { createReadStream, statSync } from "node:fs";
import { Readable } from "node:stream";
import type { Context } from "hono";
import type { HandedOver } from "../consent/hand-over.ts";

/** Streams `file` as `type`: 200, 206 for a satisfiable single range, 416 otherwise. */
export function mediaResponse(c: Context, file: string, type: string): Response {
  const { size } = statSync(file);
  const range = parseRange(c.req.header("range"), size);
  if (range === "unsatisfiable") return c.body(null, 416, { "content-range": `bytes */${size}` });
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const headers: Record<string, string> = {
    "content-type": type,
    "content-length": String(end - start + 1),
    "accept-ranges": "bytes",
    "cache-control": "private, no-store",
    ...(range && { "content-range": `bytes ${start}-${end}/${size}` }),
  };
  const body = Readable.toWeb(createReadStream(file, { start, end })) as ReadableStream;
  return c.body(body, range ? 206 : 200, headers);
}

/** Streams what is handed over, and closes it; its receipt goes before it. */
export const handedOver = ({ id, media, bytes, sha256, receipt }: HandedOver): Response =>
  new Response(Readable.toWeb(media.createReadStream()) as ReadableStream, {
    headers: {
      "content-type": "application/age",
      "content-length": String(bytes),
      "cache-control": "private, no-store",
      "doorstep-disclosure": id,
      "doorstep-sha256": sha256,
      "doorstep-receipt": receipt,
    },
  });

/** A picture out of memory. */
export const pictureResponse = (c: Context, jpeg: Uint8Array): Response =>
  c.body(new Uint8Array(jpeg), 200, { "content-type": "image/jpeg", "cache-control": "private, no-store" });

function parseRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (!first && !last) return undefined;
  const start = first ? Number(first) : Math.max(0, size - Number(last));
  const end = first && last ? Math.min(Number(last), size - 1) : size - 1;
  return start <= end && start < size ? { start, end } : "unsatisfiable";
}
