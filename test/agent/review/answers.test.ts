// What the API answers, over a real catalogue and ledger: as docs/reference/openapi.json says, route by route.
import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiShapes } from "../../api-shapes.ts";
import { PageStand } from "../../page-stand.ts";

const shapes = new ApiShapes();
const READ = Object.entries(shapes.document.paths).flatMap(([path, methods]) => {
  const isJson = Object.keys(methods["get"]?.responses["200"]?.content ?? {}).includes("application/json");
  return isJson && path !== "/api/session" ? [path] : [];
});

let stand: PageStand;
let clip: string;
beforeAll(async () => {
  stand = await PageStand.open(3);
  clip = stand.catalogue.list({ limit: 1 })[0]!.id;
  const span = { from: 1000, to: 2000 };
  await stand.agent.send("POST", "/requests", { kind: "access", from: "B. Jones", due: 3000, emergency: true, span });
});
afterAll(() => stand?.close());

test.each(READ)("GET %s answers what the document says", async (path) => {
  const filled = path.replace("{id}", clip).replace("{sequence}", "0").slice("/api".length);
  const query = path.endsWith("explain") ? "?to=anna" : "";

  const { status, body } = await stand.agent.get<unknown>(filled + query).then(
    (answer) => ({ status: 200, body: answer }),
    (error: { status: number; code: string; message: string; remedy: string }) => ({
      status: error.status,
      body: { error: { code: error.code, detail: error.message, remedy: error.remedy } },
    }),
  );

  expect(shapes.faults("GET", `/api${filled}`, status, body)).toEqual([]);
  expect(status, JSON.stringify(body)).toBeLessThan(500);
});

test("an answer with more in it than the document says is found out", async () => {
  const status = await stand.agent.get<object>("/status");

  expect(shapes.faults("GET", "/api/status", 200, { ...status, secret: 1 })).toEqual([
    expect.stringContaining("must NOT have additional properties"),
  ]);
});

test("a letter that is written down and filed is answered as the document says", async () => {
  const letter = await stand.agent.send<{ id: string }>("POST", "/requests", { kind: "erasure", from: "C. Jones" });
  const filed = await stand.agent.send("POST", `/requests/${letter.id}/answer`, { state: "refused" });

  expect(shapes.faults("POST", "/api/requests", 200, letter)).toEqual([]);
  expect(shapes.faults("POST", `/api/requests/${letter.id}/answer`, 200, filed)).toEqual([]);
});
