// page.sock: the page's files for everybody, and behind a session the owner's API. Without one every route is 401 and says nothing.
import { Hono } from "hono";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { parse } from "valibot";
import { rfc3339 } from "../../drivers/clock/clock.ts";
import { failure, LARGEST_BODY, ownerApi } from "./api.ts";
import { secretBody } from "./api-input.ts";
import type { Owner } from "./owner.ts";
import { pageFiles, wordsAhead, type PageFile } from "./page-files.ts";
import { isFramed, isLocalHost, isOwnRequest, SECURITY_HEADERS, type Provenance } from "./page-guard.ts";
import { LONGEST, type Session } from "./sessions.ts";
import type { SignIn } from "./sign-in.ts";

const COOKIE = "doorstep_session";
const COOKIE_TERMS = { httpOnly: true, sameSite: "Strict", path: "/" } as const;

export interface PageAppOptions {
  readonly owner: Owner;
  readonly signIn: SignIn;
  /** `review.lan`: whether the page is for the local network, or for this machine alone. */
  readonly lan: () => boolean;
  /** What the page says of itself to whoever is signed in. */
  readonly about: () => { readonly device: string; readonly timezone: string; readonly version: string };
}

/** The application behind page.sock. */
export function pageApp({ owner, signIn, lan, about }: PageAppOptions): Hono {
  const app = new Hono();
  const answer = ownerApi(owner, "page").fetch;
  const files = pageFiles();

  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.res.headers.set(name, value);
  });
  app.use(async (c, next) => {
    const from: Provenance = { method: c.req.method, header: (name) => c.req.header(name) };
    if (!isLocalHost(from.header("host"), lan())) return c.body(null, 421);
    if (isFramed(from)) return c.body(null, 403);
    const file = ["GET", "HEAD"].includes(from.method) ? files.get(c.req.path) : undefined;
    if (file) return send(c, file, c.req.path === "/" ? wordsAhead(from.header("accept-language"), files) : undefined);
    if (!["GET", "POST", "PUT", "DELETE"].includes(from.method)) return c.body(null, 401);
    if (!isOwnRequest(from)) return c.body(null, 403);
    return next();
  });
  app.use(bodyLimit({ maxSize: LARGEST_BODY, onError: (c) => c.body(null, 413) }));

  app.post("/api/session", async (c) => {
    try {
      const token = await signIn.signIn(parse(secretBody, await c.req.json()));
      setCookie(c, COOKIE, token, { ...COOKIE_TERMS, maxAge: LONGEST / 1000 });
      return c.body(null, 204);
    } catch (error) {
      return failure(c, error);
    }
  });
  app.all("*", async (c) => {
    const session = signIn.session(getCookie(c, COOKIE) ?? "");
    if (!session) return c.body(null, 401);
    if (c.req.path === "/api/session") return sessionRoute(c, session);
    return answer(c.req.raw, { ended: session.ended });
  });

  async function sessionRoute(c: Context, session: Session): Promise<Response> {
    if (c.req.method === "GET") return c.json({ ...about(), expires: rfc3339(session.expires) });
    if (c.req.method !== "DELETE") return c.body(null, 405);
    await signIn.signOut(session.id);
    deleteCookie(c, COOKIE, COOKIE_TERMS);
    return c.body(null, 204);
  }
  return app;
}

/** Asked for anew each time, answered with "not modified" most times: a new version is seen at once. */
function send(c: Context, file: PageFile, ahead?: string): Response {
  const headers = {
    ...{ "content-type": file.type, etag: file.etag, "cache-control": "no-cache", vary: "accept-encoding" },
    ...(ahead !== undefined && { link: ahead, vary: "accept-encoding, accept-language" }),
  };
  if (c.req.header("if-none-match") === file.etag) return c.body(null, 304, headers);
  const packed = /\bgzip\b/.test(c.req.header("accept-encoding") ?? "");
  return c.body(packed ? file.gzip : file.bytes, 200, { ...headers, ...(packed && { "content-encoding": "gzip" }) });
}
