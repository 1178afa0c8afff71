// The owner's API as an OpenAPI 3.1 document: routes from the API itself, what each takes from its validators, what each answers
// from the types of agent/review/api-answers.ts, and what each is for from docs/reference/api.md. `make docs` writes it.
import { readFileSync, writeFileSync } from "node:fs";
import { toJsonSchema } from "@valibot/to-json-schema";
import { createGenerator } from "ts-json-schema-generator";
import type { GenericSchema } from "valibot";
import { ownerApi } from "../agent/review/api.ts";
import * as input from "../agent/review/api-input.ts";
import type { Owner } from "../agent/review/owner.ts";

const ROOT = new URL("../", import.meta.url);
const PAGE = new URL("docs/reference/openapi.json", ROOT);

type Json = Readonly<Record<string, unknown>>;

const BODIES: Readonly<Record<string, GenericSchema>> = {
  "POST /api/clips/:id/answers": input.answerBody,
  "POST /api/clips/:id/exports": input.exportBody,
  "POST /api/clips/:id/pin": input.pinBody,
  "POST /api/erase": input.eraseBody,
  "POST /api/requests": input.requestBody,
  "POST /api/requests/mute": input.muteBody,
  "POST /api/requests/:id/answer": input.closeBody,
  "POST /api/trigger": input.triggerBody,
  "PUT /api/review/password": input.passwordBody,
  "POST /api/session": input.secretBody,
};
const QUERIES: Readonly<Record<string, GenericSchema>> = {
  "GET /api/clips": input.clipsQuery,
  "GET /api/days": input.clipsQuery,
  "GET /api/ledger/list": input.ledgerQuery,
};
/** Read by the routes themselves. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "GET /api/clips/:id/explain": ["to"],
  "GET /api/requests": ["muted"],
  "GET /api/ledger/key": ["terminal"],
};

/** Every route of either socket, "GET /api/status". */
export function everyRoute(): string[] {
  const routes = ownerApi({} as Owner, "cli").routes.filter(({ method }) => method !== "ALL");
  return [...routes.map(({ method, path }) => `${method} ${path}`), ...SESSION];
}
const SESSION = ["POST /api/session", "GET /api/session", "DELETE /api/session"];

/** The document. Takes some seconds: TypeScript reads the types. */
export function openApi(): Json {
  const { definitions = {}, properties: answers = {} } = schemaOf("ApiAnswers");
  const { properties: media = {} } = schemaOf("ApiMedia");
  const said = summaries();
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of everyRoute()) {
    const [method = "", path = ""] = route.split(" ");
    const type = (media[route] as { const?: string } | undefined)?.const;
    const shape = answers[route] as { type?: string } | undefined;
    if (!type && !shape) throw new TypeError(`${route} is not in agent/review/api-answers.ts`);
    const found = type
      ? { 200: { description: "as asked", content: { [type]: {} } } }
      : shape?.type !== "null"
        ? { 200: { description: "as asked", content: { "application/json": { schema: shape } } } }
        : { 204: { description: "done" } };
    const refused = { $ref: "#/components/responses/refused" };
    const body = BODIES[route];
    const ranges = type !== undefined && route.startsWith("GET /api/clips/:id/");
    (paths[path.replaceAll(/:(\w+)/g, "{$1}")] ??= {})[method.toLowerCase()] = {
      summary: said.get(route) ?? "",
      operationId: route.toLowerCase().replaceAll(/[^a-z]+/g, "_"),
      ...parametersOf(route, path),
      ...(body && { requestBody: { required: true, content: { "application/json": { schema: taken(body) } } } }),
      responses: {
        ...found,
        ...(ranges && {
          206: { description: "the one range of bytes that was asked for", content: { [type]: {} } },
          416: { description: "no such range" },
        }),
        401: { description: "without a session, on page.sock: nothing is said" },
        403: { description: "from another site, in a frame, or without x-doorstep, on page.sock: nothing is said" },
        404: refused,
        409: refused,
        413: { description: "a body of more than 16 kB: nothing is said" },
        421: { description: "by a name that is not this device's, on page.sock: nothing is said" },
        500: refused,
      },
    };
  }
  const text = JSON.stringify({
    openapi: "3.1.1",
    info: {
      title: "Doorstep, the owner's API",
      version: "1",
      description:
        "HTTP on control.sock for the command line, and behind a session on page.sock for the page: docs/reference/api.md.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "http://doorstep", description: "any name: the socket decides" }],
    security: [{}, { session: [] }],
    paths,
    components: {
      schemas: definitions,
      responses: {
        refused: { description: "a refusal", content: { "application/json": { schema: answers["failure"] } } },
      },
      securitySchemes: { session: { type: "apiKey", in: "cookie", name: "doorstep_session" } },
    },
  });
  return JSON.parse(text.replaceAll("#/definitions/", "#/components/schemas/"), tuplesOfToday) as Json;
}

/** A tuple as draft 7 wrote it, which the generator still does, in JSON Schema 2020-12. */
function tuplesOfToday(_: string, value: unknown): unknown {
  const { items, additionalItems, ...rest } = (value ?? {}) as { items?: unknown; additionalItems?: unknown };
  return Array.isArray(items) ? { ...rest, prefixItems: items, items: additionalItems ?? false } : value;
}

function schemaOf(type: string): ReturnType<ReturnType<typeof createGenerator>["createSchema"]> {
  const path = new URL("agent/review/api-answers.ts", ROOT).pathname;
  const tsconfig = new URL("tsconfig.json", ROOT).pathname;
  return createGenerator({ path, tsconfig, type, skipTypeCheck: true, topRef: false }).createSchema(type);
}

/** What `validator` takes, before it makes something else of it. Instants are the one shape that it tells by code. */
function taken(validator: GenericSchema): Json {
  const { $schema: _, ...schema } = toJsonSchema(validator, {
    typeMode: "input",
    errorMode: "ignore",
    overrideSchema: ({ valibotSchema: { type } }) =>
      type === "custom" ? { type: "string", format: "date-time" } : undefined,
  });
  return schema;
}

function parametersOf(route: string, path: string): { readonly parameters?: readonly Json[] } {
  const inPath = Array.from(path.matchAll(/:(\w+)/g), ([, name]) => ({
    ...{ name, in: "path", required: true, schema: { type: "string" } },
  }));
  const schema = QUERIES[route] && (taken(QUERIES[route]) as { properties?: Readonly<Record<string, Json>> });
  const inQuery = Object.entries(schema?.properties ?? {}).map(([name, of]) => ({ name, in: "query", schema: of }));
  const words = (WORDS[route] ?? []).map((name) => ({ name, in: "query", schema: { type: "string" } }));
  const all = [...inPath, ...inQuery, ...words];
  return all.length ? { parameters: all } : {};
}

/** What docs/reference/api.md says of each route. */
function summaries(): ReadonlyMap<string, string> {
  const page = readFileSync(new URL("docs/reference/api.md", ROOT), "utf8");
  const rows = page.matchAll(/^\| `([A-Z]+ [^`?]+)(?:\?[^`]*)?` \| (.+) \|$/gm);
  return new Map(Array.from(rows, ([, route, what]) => [route!, what!.replaceAll("`", "")]));
}

/** The text of docs/reference/openapi.json. */
export const openApiText = (): string => `${JSON.stringify(openApi(), null, 2)}\n`;

if (import.meta.main) writeFileSync(PAGE, openApiText());
