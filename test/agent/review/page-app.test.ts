// Who gets an answer from page.sock: nobody without a session, no other site, no frame, no foreign name.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Owner } from "../../../agent/review/owner.ts";
import { pageApp } from "../../../agent/review/page-app.ts";
import type { SignIn } from "../../../agent/review/sign-in.ts";
import { isLocalHost } from "../../../agent/review/page-guard.ts";
import { everyRoute } from "../../../packaging/openapi.ts";
import { ABOUT, HOST, OWN, pageRig } from "./page-rig.ts";

const ID = "01m8198c6dadaw831f9gm820rh";
/** Every route there is, the command line's too, out of the routers themselves: a new one cannot be forgotten. */
const ROUTES = everyRoute().map((route) => {
  const [method = "", path = ""] = route.split(" ");
  return { method, path: path.replace(":id", ID).replace(":sequence", "3") };
});
const SIGNING_IN = ({ method, path }: { method: string; path: string }): boolean =>
  method === "POST" && path === "/api/session";

test.each(ROUTES.filter((route) => !SIGNING_IN(route)))(
  "$method $path without a session is 401 and says nothing",
  async ({ method, path }) => {
    const rig = await pageRig();
    const body = method === "GET" ? undefined : "{}";

    const response = await rig.ask(method, path, OWN, body);

    expect([response.status, await response.text(), rig.asked]).toEqual([401, "", []]);
  },
);

test("whatever is asked for without a session, nothing but the page's own files comes back", async () => {
  const rig = await pageRig();
  const word = fc.string({ unit: fc.constantFrom(...Array.from("abcz09/.-_%~:;=&?")), maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"),
      fc.oneof(
        word.map((text) => `/${text}`),
        word.map((text) => `/api/${text}`),
        fc.constantFrom(...ROUTES.map(({ path }) => path)),
      ),
      fc.option(fc.string({ maxLength: 200 }), { nil: undefined }),
      fc.option(fc.base64String({ maxLength: 60 }), { nil: "" }),
      async (method, path, body, token) => {
        fc.pre(!SIGNING_IN({ method, path }));
        const headers = { ...OWN, cookie: `doorstep_session=${token}` };
        const given = method === "GET" || method === "HEAD" ? undefined : body;
        const response = await rig.ask(method, path, headers, given);
        const text = await response.text();
        const isFile = response.status === 200 && ["GET", "HEAD"].includes(method);
        expect(
          isFile || ([401, 413].includes(response.status) && text === ""),
          `${method} ${path}: ${response.status} ${text.slice(0, 99)}`,
        ).toBe(true);
        expect(text).not.toContain("porch");
      },
    ),
    { numRuns: 400 },
  );
  expect(rig.asked).toEqual([]);
});

test.each(ROUTES)(
  "$method $path is refused to other sites, to frames and to names that are not ours",
  async ({ method, path }) => {
    const rig = await pageRig();
    const cookie = await rig.cookie();
    const body = method === "GET" || method === "DELETE" ? undefined : "{}";
    const status = async (given: Readonly<Record<string, string>>): Promise<number> =>
      (await rig.ask(method, path, { ...OWN, cookie, ...given }, body)).status;

    expect(await status({ origin: "https://evil.example", "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await status({ origin: "http://porch.local:9000", "sec-fetch-site": "same-site" })).toBe(403);
    expect(await status({ "sec-fetch-dest": "iframe" })).toBe(403);
    expect(await status({ host: "evil.example" })).toBe(421);
    expect(rig.asked).toEqual([]);
  },
);

test("the page's server has no route of its own but a session's: whatever else is added to it belongs to this list", () => {
  const own = pageApp({ owner: {} as Owner, signIn: {} as SignIn, lan: () => false, about: () => ABOUT }).routes;

  expect(own.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /api/session",
  ]);
});

test("the command line's routes are not there for a session of the page", async () => {
  const rig = await pageRig();
  const headers = { ...OWN, cookie: await rig.cookie() };

  expect((await rig.ask("POST", "/api/review/code", headers, "{}")).status).toBe(404);
  expect((await rig.ask("PUT", "/api/review/password", headers, '{"password":"12345678"}')).status).toBe(404);
});

test("whatever a route is sent, as body, query or name, it answers in its own words and does not fail", async () => {
  const rig = await pageRig();
  const cookie = await rig.cookie();
  const word = fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => encodeURIComponent(text));
  const query = fc.dictionary(fc.oneof(word, fc.constantFrom("limit", "from", "to", "before", "after", "zone")), word);
  const asked = ROUTES.filter((route) => !route.path.includes("/review/") && !route.path.endsWith("/session"));
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      ...([fc.constantFrom(...asked), fc.oneof(fc.string(), fc.json()), query, fc.option(word)] as const),
      async ({ method, path }, body, search, name) => {
        reached.add(`${method} ${path}`);
        const at = name ? path.replace(ID, name) : path;
        const text = new URLSearchParams(search).toString();
        const given = method === "GET" ? undefined : body;
        const response = await rig.ask(method, `${at}?${text}`, { ...OWN, cookie }, given);
        expect(response.status).not.toBe(500);
        if (response.status >= 400)
          expect(await response.json()).toMatchObject({ error: { code: expect.any(String) } });
      },
    ),
    { numRuns: 1000 },
  );
  expect([...reached].sort()).toEqual(asked.map(({ method, path }) => `${method} ${path}`).sort());
});

test("a body of more than 16 kB is not read to its end", async () => {
  const rig = await pageRig();
  const headers = { ...OWN, cookie: await rig.cookie() };

  expect((await rig.ask("POST", "/api/trigger", headers, "x".repeat(20_000))).status).toBe(413);
});

test.each([
  ["another site", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
  ["another port of the same machine", { origin: "http://porch.local:9000", "sec-fetch-site": "same-site" }],
  ["a sandboxed frame", { origin: "null" }],
  ["a page whose Origin alone gives it away", { origin: "https://evil.example", "sec-fetch-site": "same-origin" }],
])("%s can change nothing, even with the owner's cookie", async (_, given) => {
  const rig = await pageRig();
  const headers = { ...OWN, ...given, cookie: await rig.cookie() };

  expect((await rig.ask("POST", "/api/sharing/pause", headers, "{}")).status).toBe(403);
  expect((await rig.ask("POST", "/api/session", headers, '{"code":"x"}')).status).toBe(403);
  expect(rig.asked).toEqual([]);
});

test.each(["origin", "x-doorstep"])(
  "a change without the header %s is refused: forms and old browsers send none",
  async (name) => {
    const rig = await pageRig();
    const { [name]: _, ...rest } = { ...OWN, cookie: await rig.cookie() } as Record<string, string>;

    expect((await rig.ask("POST", "/api/sharing/pause", rest, "{}")).status).toBe(403);
  },
);

test("another site's pictures and scripts cannot load a clip, although browsers would send the cookie within a site", async () => {
  const rig = await pageRig();
  const headers = { host: HOST, cookie: await rig.cookie(), "sec-fetch-site": "same-site", "sec-fetch-dest": "image" };

  expect((await rig.ask("GET", `/api/clips/${ID}/still`, headers)).status).toBe(403);
});

test.each(["iframe", "frame", "embed", "object"])("the page is not put into an %s", async (dest) => {
  const rig = await pageRig();

  const response = await rig.ask("GET", "/", { host: HOST, "sec-fetch-dest": dest });

  expect(response.status).toBe(403);
});

test("every answer forbids frames, foreign scripts and guessing of types", async () => {
  const rig = await pageRig();
  for (const response of [
    await rig.ask("GET", "/"),
    await rig.ask("GET", "/api/status"),
    await rig.ask("GET", "/", { host: "evil.example" }),
  ]) {
    expect(response.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(response.headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("cross-origin-resource-policy")).toBe("same-origin");
  }
});

test.each([
  "evil.example",
  "porch.local.evil.example",
  "localhost.evil.example",
  "192.168.1.5.evil.example",
  "porch.local:8470@evil.example",
  "fritz.box",
  "10.0.0",
  "",
])("a name that somebody else may own (%j) is not answered: it may be rebound to this device", (host) => {
  expect(isLocalHost(host, true)).toBe(false);
});

test.each([
  "127.0.0.1:8470",
  "[::1]:8470",
  "192.168.1.5",
  "[fe80::1]",
  "localhost:8470",
  "porch",
  "porch.local",
  "PORCH.LAN:80",
  "porch.home.arpa.",
])("%s is this device and nobody else", (host) => {
  expect(isLocalHost(host, true)).toBe(true);
});

test("while review.lan is false the page answers to this machine's own names alone", async () => {
  const rig = await pageRig();
  rig.lan = false;
  const status = async (host: string): Promise<number> => (await rig.ask("GET", "/", { host })).status;

  for (const host of ["127.0.0.1:8470", "localhost", "[::1]:1"]) expect(await status(host), host).toBe(200);
  for (const host of ["porch.local", "192.168.1.5", "porch", "[fe80::1]"]) expect(await status(host), host).toBe(421);
});

test("a foreign name is not even given the page", async () => {
  const rig = await pageRig();

  const response = await rig.ask("GET", "/", { host: "evil.example" });

  expect([response.status, await response.text()]).toEqual([421, ""]);
});

test("the cookie is for this page alone, and signing out takes it away", async () => {
  const rig = await pageRig();
  const { code } = rig.signIn.issueCode();
  const opened = await rig.ask("POST", "/api/session", OWN, JSON.stringify({ code }));
  const set = opened.headers.get("set-cookie")!;
  const headers = { ...OWN, cookie: set.split(";")[0]! };

  expect([opened.status, await opened.text()]).toEqual([204, ""]);
  expect(set).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(await (await rig.ask("GET", "/api/session", headers)).json()).toEqual({
    device: "porch",
    timezone: "UTC",
    version: "0",
    expires: "2026-11-29T12:00:00.000Z",
  });
  expect((await rig.ask("DELETE", "/api/session", headers)).status).toBe(204);
  expect((await rig.ask("GET", "/api/session", headers)).status).toBe(401);
});
