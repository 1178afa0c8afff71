// Whom the page's server answers at all: no foreign host names, no other sites, no frames. Pure. The session comes after this.

/** What a request says about where it comes from. */
export interface Provenance {
  readonly method: string;
  /** As header lookups give them. */
  readonly header: (name: string) => string | undefined;
}

/** Sent with every answer. Nothing comes from elsewhere, nothing is framed, nothing is kept by caches, no text becomes script. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
};

/** Names nobody outside can make point at this machine; anything else may be DNS rebinding. */
const LOCAL_SUFFIXES = ["local", "lan", "home", "internal", "home.arpa"];

/**
 * Whether `host` (name and port) can only mean this device: an address, a name without dots, or one below a local suffix. While
 * the page is not for the network, `lan` is false, only this machine's own names count.
 */
export function isLocalHost(host: string | undefined, lan: boolean): boolean {
  const [, address6, name = ""] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host ?? "") ?? [];
  if (address6 !== undefined) return lan || address6 === "::1";
  const bare = name.toLowerCase().replace(/\.$/, "");
  if (bare === "localhost" || bare.endsWith(".localhost") || /^127(\.\d{1,3}){3}$/.test(bare)) return true;
  if (!lan) return false;
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(bare)) return true;
  if (bare === "" || /^\d+$/.test(bare.split(".").at(-1)!)) return false;
  return !bare.includes(".") || LOCAL_SUFFIXES.some((suffix) => bare.endsWith(`.${suffix}`));
}

/** Browsers say what a request is for: the page is nobody's frame, and nothing of it is embedded elsewhere. */
export const isFramed = ({ header }: Provenance): boolean =>
  ["iframe", "frame", "embed", "object", "fencedframe"].includes(header("sec-fetch-dest") ?? "");

/**
 * Whether a request comes from the page itself. What changes something must say so twice: the Origin that browsers add, and a
 * header that no form and no other site can send without being asked first (CORS), which is never granted.
 */
export function isOwnRequest({ method, header }: Provenance): boolean {
  const site = header("sec-fetch-site");
  const origin = header("origin");
  const own = origin === undefined || sameHost(origin, header("host"));
  if (method === "GET") return own && (site === undefined || site === "same-origin" || site === "none");
  return own && origin !== undefined && (site === undefined || site === "same-origin") && header("x-doorstep") === "1";
}

function sameHost(origin: string, host: string | undefined): boolean {
  const [, of] = /^https?:\/\/([^/]+)$/.exec(origin) ?? [];
  return of !== undefined && of.toLowerCase() === host?.toLowerCase();
}
