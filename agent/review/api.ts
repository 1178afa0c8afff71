// The owner's API as routes over an Owner: the same for the CLI (control.sock) and the page (page.sock). docs/reference/api.md lists it.
import { Hono } from "hono";
import type { Context } from "hono";
import { z } from "zod";
import { AgentError } from "../error.ts";
import { mediaResponse } from "./media.ts";
import type { Channel, Owner } from "./owner.ts";

const answerBody = z.strictObject({
  recipient: z.string().max(40),
  answer: z.enum(["approved", "denied", "withdrawn"]),
});
const ledgerQuery = z.strictObject({
  after: z.coerce.number().int().min(-1).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).optional(),
  type: z.string().max(40).optional(),
  ref: z.string().max(64).optional(),
});
const triggerBody = z.strictObject({ input: z.enum(["pir", "button"]) });

/** Routes below /api for whoever `channel` says is asking. Authentication is the server's business, and comes first. */
export function ownerApi(owner: Owner, channel: Channel): Hono {
  const api = new Hono().basePath("/api");
  api.onError((error, c) => failure(c, error));
  api.notFound((c) => failure(c, new AgentError("ROUTE_NOT_FOUND", c.req.path)));

  api.get("/status", (c) => c.json(owner.status()));
  api.get("/clips", (c) => c.json({ clips: owner.clips() }));
  api.get("/clips/:id", (c) => c.json(owner.clip(c.req.param("id"))));
  api.get("/clips/:id/media", async (c) => mediaResponse(c, await owner.play(c.req.param("id"), channel), "video/mp4"));
  api.get("/clips/:id/storyboard", (c) => mediaResponse(c, owner.storyboard(c.req.param("id")), "image/jpeg"));
  api.get("/clips/:id/explain", (c) => c.json(owner.explain(c.req.param("id"), c.req.query("to") ?? "")));
  api.post("/clips/:id/answers", async (c) => {
    const { recipient, answer } = answerBody.parse(await c.req.json());
    return c.json(await owner.answer(c.req.param("id"), recipient, answer, channel));
  });
  api.delete("/clips/:id", async (c) => {
    await owner.remove(c.req.param("id"), channel);
    return c.body(null, 204);
  });
  api.post("/trigger", async (c) => {
    await owner.trigger(triggerBody.parse(await c.req.json()).input, channel);
    return c.body(null, 204);
  });
  api.get("/ledger/list", (c) => c.json(owner.ledger.list(ledgerQuery.parse(c.req.query()))));
  api.get("/ledger/verify", async (c) => c.json(await owner.ledger.verify()));
  api.get("/ledger/key", async (c) => c.json(await owner.ledger.key(c.req.query("terminal") === "true")));
  api.get("/ledger/prove/:sequence", (c) => c.json(owner.ledger.prove(Number(c.req.param("sequence")))));
  api.get("/ledger/report", (c) => c.json(owner.ledger.report()));
  api.get("/ledger/export", (c) =>
    c.body(linesOf(owner.ledger.export()), 200, { "content-type": "application/jsonl" }),
  );
  api.post("/sharing/pause", async (c) => {
    await owner.pause(channel);
    return c.body(null, 204);
  });
  api.post("/sharing/resume", async (c) => {
    await owner.resume(channel);
    return c.body(null, 204);
  });
  return api;
}

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

function failure(c: Context, error: unknown): Response {
  if (error instanceof AgentError) {
    const body: ApiFailure = { error: { code: error.code, detail: error.detail, remedy: error.remedy } };
    return c.json(body, error.code.endsWith("_NOT_FOUND") ? 404 : 409);
  }
  if (error instanceof z.ZodError || error instanceof SyntaxError) {
    return failure(c, new AgentError("REQUEST_MALFORMED", error.message.slice(0, 200)));
  }
  const body: ApiFailure = { error: { code: "INTERNAL", detail: "the agent failed", remedy: "see the agent's log" } };
  return c.json(body, 500);
}
