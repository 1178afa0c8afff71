// The page's own files, the same for every Doorstep: read once, compressed once, and known by their hash.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { gzipSync } from "node:zlib";

const ROOT = new URL("./page/", import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

/** One file, ready to be sent. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

/** Everything below page/, by path; "/" is the page itself. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(ROOT, { recursive: true, encoding: "utf8" })) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const bytes = new Uint8Array(readFileSync(new URL(name, ROOT)));
    const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
    const file = { type, bytes, gzip: new Uint8Array(gzipSync(bytes)), etag };
    files.set(`/${name}`, file);
    if (name === "index.html") files.set("/", file);
  }
  return files;
}

/** As a Link header (RFC 8288): the catalogue of the first language we have among those a browser prefers. Saves it one wait. */
export function wordsAhead(
  acceptLanguage: string | undefined,
  files: ReadonlyMap<string, PageFile>,
): string | undefined {
  const wanted = (acceptLanguage ?? "")
    .split(",")
    .map((range) => `/words/${range.trim().slice(0, 2).toLowerCase()}.js`);
  const path = wanted.find((one) => files.has(one));
  return path === undefined ? undefined : `<${path}>; rel=modulepreload`;
}
