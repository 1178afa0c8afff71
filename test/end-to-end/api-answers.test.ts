// Every route of the owner's API, asked of a running agent on both sockets: what it answers, in success and refusal, is what
// docs/reference/openapi.json says.
import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";

import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiShapes } from "../api-shapes.ts";
import type { Household } from "./household.ts";
import { LivedIn } from "./page-house.ts";

const shapes = new ApiShapes();
let home: LivedIn;
let house: Household;
let id: string;
let key: string;

beforeAll(async () => {
  home = await LivedIn.begin();
  ({ house } = home);
  ({ id } = await house.visit("button"));
  await house.clips("its pictures", ([clip]) => clip?.pictures === true);
  key = await house.newKey("b");
}, 120_000);
afterAll(() => home?.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Parsed if it is JSON; undefined for what is not, or does not end. */
  readonly body: unknown;
}

/** What was answered well at least once. */
const succeeded = new Set<string>();

/** Asks, and holds the answer to the document. `socket`: control.sock, where the command line asks, unless said otherwise. */
async function ask(
  route: string,
  body?: unknown,
  { headers = {}, socket = house.paths.controlSocket }: { headers?: Record<string, string>; socket?: string } = {},
): Promise<Answer> {
  const [method = "", path = ""] = route.split(" ");
  const answer = await new Promise<Answer>((resolve, reject) => {
    const sent = body === undefined ? {} : { "content-type": "application/json" };
    const outgoing = request({ socketPath: socket, method, path, headers: { ...sent, ...headers } }, (response) => {
      const { statusCode: status = 0, headers: got } = response;
      if (!got["content-type"]?.endsWith("json")) {
        // Events and the live picture do not end by themselves.
        response.destroy();
        return resolve({ status, headers: got, body: undefined });
      }
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.once("end", () => resolve({ status, headers: got, body: JSON.parse(text) as unknown }));
    });
    outgoing.once("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
  const { pathname } = new URL(path, "http://doorstep");
  const type = answer.headers["content-type"]?.split(";")[0] ?? "";
  const faults =
    answer.body === undefined
      ? shapes.mediaFaults(method, pathname, answer.status, type)
      : shapes.faults(method, pathname, answer.status, answer.body);
  expect(faults).toEqual([]);
  if (answer.status < 300) succeeded.add(shapes.route(method, pathname)!);
  return answer;
}

test("reading", { timeout: 60_000 }, async () => {
  for (const route of [
    ...[
      "GET /metrics",
      "GET /api/status",
      "GET /api/clips?limit=5",
      "GET /api/days?trigger=button",
      "GET /api/waiting",
    ],
    ...["GET /api/events", "GET /api/live", "GET /api/scene", "GET /api/policy", "GET /api/requests?muted=true"],
    ...["", "/details", "/media", "/download", "/storyboard", "/still", "/preview", "/explain?to=anna"].map(
      (part) => `GET /api/clips/${id}${part}`,
    ),
    ...["list?limit=3", "verify", "key?terminal=true", "prove/0", "report", "export"].map(
      (part) => `GET /api/ledger/${part}`,
    ),
  ])
    expect((await ask(route)).status, route).toBe(200);
  const range = await ask(`GET /api/clips/${id}/media`, undefined, { headers: { range: "bytes=0-99" } });
  expect([range.status, range.headers["content-length"]]).toEqual([206, "100"]);
});

test(
  "answering, handing over, letters, sharing, and what only the command line may do",
  { timeout: 60_000 },
  async () => {
    const well = async (route: string, body?: unknown): Promise<Answer> => {
      const answer = await ask(route, body);
      expect([200, 204], `${route}: ${JSON.stringify(answer.body)}`).toContain(answer.status);
      return answer;
    };
    await well(`POST /api/clips/${id}/answers`, { recipient: "anna", answer: "denied" });
    await well(`POST /api/clips/${id}/answers`, { recipient: "anna", answer: "approved" });
    await well(`POST /api/clips/${id}/answers`, { recipient: "anna", answer: "withdrawn" });
    await well(`POST /api/clips/${id}/exports`, { to: "b_jones", keys: [key], purpose: "theirs" });
    await well(`GET /api/clips/${id}/details`);
    await well(`POST /api/clips/${id}/pin`, { pinned: true });
    const span = { from: "2026-11-22T10:00:00Z", to: "2026-11-22T11:00:00Z" };
    const letter = { kind: "access", from: "B. Jones", why: "me", contact: "b@example.org", legal_basis: "Article 15" };
    const kept = await well("POST /api/requests", { ...letter, span, emergency: true, due: span.to });
    const request = (kept.body as { id: string }).id;
    await well(`POST /api/clips/${id}/exports`, { to: "b_jones", keys: [key], request });
    await well("GET /api/requests");
    await well(`POST /api/requests/${request}/answer`, { state: "answered", answer: "sent by post" });
    await well("POST /api/requests/mute", { from: "B. Jones", muted: true });
    await well("POST /api/requests/mute", { from: "B. Jones", muted: false });
    await well("POST /api/trigger", { input: "pir" });
    await well("POST /api/sharing/pause");
    await well("GET /api/waiting");
    await well("POST /api/sharing/resume");
    // While sharing is paused there is no connection.
    await house.connected();
    expect((await well("POST /api/broker/selftest")).body).toEqual({ outcome: "ok" });
    await well("POST /api/ledger/accept");
    await well("PUT /api/review/password", { password: "correct horse battery" });
  },
);

/** What the page sends with each question of its own. */
const OWN = { host: "127.0.0.1", origin: "http://127.0.0.1", "x-doorstep": "1", "sec-fetch-site": "same-origin" };

test("a session of the page, from its code to its end", async () => {
  const socket = house.paths.pageSocket;
  const { code } = (await ask("POST /api/review/code")).body as { code: string };
  expect((await ask("POST /api/session", { code: "22222-22222" }, { socket, headers: OWN })).status).toBe(409);

  const opened = await ask("POST /api/session", { code }, { socket, headers: OWN });
  const headers = { ...OWN, cookie: opened.headers["set-cookie"]![0]!.split(";")[0]! };

  expect(opened.status).toBe(204);
  expect((await ask("GET /api/session", undefined, { socket, headers })).status).toBe(200);
  expect((await ask("GET /api/status", undefined, { socket, headers })).status).toBe(200);
  const foreign = { ...headers, "sec-fetch-site": "cross-site", origin: "https://evil.example" };
  expect((await ask("POST /api/sharing/pause", {}, { socket, headers: foreign })).status).toBe(403);
  expect(
    (await ask("GET /api/status", undefined, { socket, headers: { ...headers, host: "evil.example" } })).status,
  ).toBe(421);
  expect((await ask("POST /api/trigger", { input: "x".repeat(20_000) }, { socket, headers })).status).toBe(413);
  expect((await ask("DELETE /api/session", undefined, { socket, headers })).status).toBe(204);
  expect((await ask("GET /api/status", undefined, { socket, headers })).status).toBe(401);
});

test("every refusal", { timeout: 60_000 }, async () => {
  const nobody = "01m8198c6dadaw831f9gm820rh";
  for (const route of shapes.routes.filter((one) => one.includes("/clips/{id}") || one.includes("/requests/{id}"))) {
    const body = route.endsWith("answers")
      ? { recipient: "anna", answer: "denied" }
      : route.endsWith("exports")
        ? { to: "b", keys: [key] }
        : route.endsWith("pin")
          ? { pinned: true }
          : { state: "refused" };
    const given = route.startsWith("POST") ? body : undefined;
    expect((await ask(`${route.replace("{id}", nobody)}?to=anna`, given)).status, route).toBe(404);
  }
  // What takes nothing has nothing to refuse.
  const bare = /sharing|selftest|accept|review\/code|session/;
  for (const route of shapes.routes.filter((one) => /^(POST|PUT) /.test(one) && !bare.test(one)))
    expect((await ask(route.replace("{id}", id), { nonsense: 1 })).status, route).toBe(409);
  expect((await ask("GET /api/clips?limit=0")).status).toBe(409);
  expect((await ask("GET /api/ledger/prove/99999999")).status).toBeGreaterThanOrEqual(404);
  const beyond = { range: "bytes=999999999-" };
  expect((await ask(`GET /api/clips/${id}/media`, undefined, { headers: beyond })).status).toBe(416);
});

test("erasing, and then every route has been answered well at least once", { timeout: 60_000 }, async () => {
  await house.status("idle", ({ recording }) => recording.state !== "recording");
  expect((await ask(`DELETE /api/clips/${id}`)).status).toBe(204);
  expect((await ask("POST /api/erase", { from: 0, to: "2100-01-01T00:00:00Z" })).status).toBe(200);

  expect([...succeeded].sort()).toEqual([...shapes.routes].sort());
});
