// The owner's API as routes over an Owner: the same for the CLI (control.sock) and the page (page.sock). docs/reference/api.md lists it.
import { Hono } from "hono";
import type { Context } from "hono";
import * as v from "valibot";
import { AgentError } from "../error.ts";
import {
  answerBody,
  clipsQuery,
  closeBody,
  eraseBody,
  exportBody,
  ledgerQuery,
  muteBody,
  passwordBody,
  pinBody,
  requestBody,
  triggerBody,
} from "./api-input.ts";
import { handedOver, mediaResponse, pictureResponse } from "./media.ts";
import type { Channel, Owner } from "./owner.ts";

/** What the server says of a request besides the request: when the session that makes it ends. */
export interface ApiEnv {
  readonly Bindings: { readonly ended?: AbortSignal };
}
type Call = Context<ApiEnv>;

/** Everything above what any route takes. */
export const LARGEST_BODY = 16_384;

/**
 * Routes for whoever `channel` says is asking. Authentication is the server's business, and comes first. What would let a
 * session make itself another one is there for the CLI alone.
 */
export function ownerApi(owner: Owner, channel: Channel): Hono<ApiEnv> {
  const root = new Hono<ApiEnv>();
  root.onError((error, c) => failure(c, error));
  root.notFound((c) => failure(c, new AgentError("ROUTE_NOT_FOUND", c.req.path)));
  const api = root.basePath("/api");

  root.get("/metrics", (c) => c.body(owner.metrics(), 200, { "content-type": "text/plain; version=0.0.4" }));
  api.get("/status", (c) => c.json(owner.status()));
  api.get("/events", (c) => streamed(c, owner.changes(c.env?.ended), { "content-type": "text/event-stream" }));
  api.get("/live", (c) => {
    if (c.req.raw.method !== "GET") return c.body(null, 405);
    const { body, type, startedAt } = owner.live(channel, c.env?.ended);
    return streamed(c, body, { "content-type": type, "x-started-at": startedAt });
  });
  api.get("/scene", async (c) => pictureResponse(c, await owner.scene(channel)));
  clipRoutes(api, owner, channel);
  ledgerRoutes(api, owner, channel);
  requestRoutes(api, owner);
  api.get("/policy", async (c) => c.json(await owner.policy()));
  api.post("/erase", async (c) => {
    const { from, to } = v.parse(eraseBody, await c.req.json());
    return c.json(await owner.erase(from, to));
  });
  api.post("/trigger", async (c) => {
    await owner.trigger(v.parse(triggerBody, await c.req.json()).input, channel);
    return c.body(null, 204);
  });
  api.post("/sharing/pause", async (c) => {
    await owner.pause(channel);
    return c.body(null, 204);
  });
  api.post("/sharing/resume", async (c) => {
    await owner.resume(channel);
    return c.body(null, 204);
  });
  if (channel === "cli") {
    api.post("/broker/selftest", async (c) => c.json({ outcome: await owner.selfTest() }));
    api.post("/review/code", (c) => c.json(owner.issueCode()));
    api.put("/review/password", async (c) => {
      await owner.setPassword(v.parse(passwordBody, await c.req.json()).password);
      return c.body(null, 204);
    });
  }
  return api;
}

function clipRoutes(api: Hono<ApiEnv>, owner: Owner, channel: Channel): void {
  api.get("/clips", (c) => c.json({ clips: owner.clips(v.parse(clipsQuery, c.req.query())) }));
  api.get("/days", (c) => c.json({ days: owner.days(v.parse(clipsQuery, c.req.query())) }));
  api.get("/waiting", (c) => c.json({ clips: owner.waiting() }));
  api.get("/clips/:id", (c) => c.json(owner.clip(c.req.param("id"))));
  api.get("/clips/:id/details", (c) => c.json(owner.details(c.req.param("id"))));
  api.get("/clips/:id/media", async (c) => mediaResponse(c, await owner.play(c.req.param("id"), channel), "video/mp4"));
  api.get("/clips/:id/download", async (c) => {
    const id = c.req.param("id");
    const response = mediaResponse(c, await owner.download(id, channel), "video/mp4");
    response.headers.set("content-disposition", `attachment; filename="${id}.mp4"`);
    return response;
  });
  api.get("/clips/:id/storyboard", (c) => mediaResponse(c, owner.storyboard(c.req.param("id"), channel), "image/jpeg"));
  api.get("/clips/:id/still", (c) => mediaResponse(c, owner.picture(c.req.param("id"), "still"), "image/jpeg"));
  api.get("/clips/:id/preview", (c) => mediaResponse(c, owner.picture(c.req.param("id"), "preview"), "image/webp"));
  api.get("/clips/:id/explain", (c) => c.json(owner.explain(c.req.param("id"), c.req.query("to") ?? "")));
  api.post("/clips/:id/answers", async (c) => {
    const { recipient, answer } = v.parse(answerBody, await c.req.json());
    return c.json(await owner.answer(c.req.param("id"), recipient, answer, channel));
  });
  api.post("/clips/:id/exports", async (c) => {
    const { to, keys, audio, purpose, request } = v.parse(exportBody, await c.req.json());
    const why = { ...(purpose && { purpose }), ...(request && { request }) };
    return handedOver(await owner.handOver(c.req.param("id"), { to, keys, audio, via: channel, ...why }));
  });
  api.post("/clips/:id/pin", async (c) => {
    owner.pin(c.req.param("id"), v.parse(pinBody, await c.req.json()).pinned);
    return c.body(null, 204);
  });
  api.delete("/clips/:id", async (c) => {
    await owner.remove(c.req.param("id"), channel);
    return c.body(null, 204);
  });
}

function ledgerRoutes(api: Hono<ApiEnv>, owner: Owner, channel: Channel): void {
  api.get("/ledger/list", (c) => c.json(owner.ledger.list(v.parse(ledgerQuery, c.req.query()))));
  api.get("/ledger/verify", async (c) => c.json(await owner.ledger.verify()));
  api.get("/ledger/key", async (c) => c.json(await owner.ledger.key(c.req.query("terminal") === "true")));
  api.get("/ledger/prove/:sequence", (c) => c.json(owner.ledger.prove(Number(c.req.param("sequence")))));
  api.get("/ledger/report", (c) => c.json(owner.ledger.report()));
  api.post("/ledger/accept", async (c) => c.json(await owner.ledger.accept(channel)));
  api.get("/ledger/export", (c) =>
    c.body(linesOf(owner.ledger.export()), 200, { "content-type": "application/jsonl" }),
  );
}

function requestRoutes(api: Hono<ApiEnv>, owner: Owner): void {
  api.get("/requests", (c) => c.json({ requests: owner.requests(c.req.query("muted") === "true") }));
  api.post("/requests", async (c) => {
    const { request, due } = v.parse(requestBody, await c.req.json());
    return c.json(owner.addRequest(request, due));
  });
  api.post("/requests/mute", async (c) => {
    const { from, muted } = v.parse(muteBody, await c.req.json());
    owner.muteRequester(from, muted);
    return c.body(null, 204);
  });
  api.post("/requests/:id/answer", async (c) => {
    const { state, answer } = v.parse(closeBody, await c.req.json());
    return c.json(owner.closeRequest(c.req.param("id"), state, answer));
  });
}

const streamed = (c: Call, body: ReadableStream<Uint8Array>, headers: Readonly<Record<string, string>>): Response =>
  c.body(body, 200, { ...headers, "cache-control": "no-store", "x-accel-buffering": "no" });

/** Pulled line by line, so that a ledger of any size goes out in flat memory. */
function linesOf(lines: Iterable<string>): ReadableStream<Uint8Array> {
  const iterator = lines[Symbol.iterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: () => void iterator.return?.(),
  });
}

/** What every failing route answers: `{ "error": { code, detail, remedy } }`. */
export interface ApiFailure {
  readonly error: { readonly code: string; readonly detail: string; readonly remedy: string };
}

/** An error as the API says it. */
export function failure(c: Context, error: unknown): Response {
  if (error instanceof AgentError) {
    const body: ApiFailure = { error: { code: error.code, detail: error.detail, remedy: error.remedy } };
    return c.json(body, error.code.endsWith("_NOT_FOUND") ? 404 : 409);
  }
  if (error instanceof v.ValiError || error instanceof SyntaxError) {
    return failure(c, new AgentError("REQUEST_MALFORMED", error.message.slice(0, 200)));
  }
  const body: ApiFailure = { error: { code: "INTERNAL", detail: "the agent failed", remedy: "see the agent's log" } };
  return c.json(body, 500);
}
