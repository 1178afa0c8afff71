// Answers of the owner's API against docs/reference/openapi.json: what a route gives must be what the document says, and no more.
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const FILE = new URL("../docs/reference/openapi.json", import.meta.url);

/** The document, ready to judge answers. */
export class ApiShapes {
  readonly document = JSON.parse(readFileSync(FILE, "utf8")) as Document;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #patterns: readonly { readonly path: string; readonly matches: RegExp }[];

  constructor() {
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(this.document, "api");
    this.#patterns = Object.keys(this.document.paths)
      // "/api/requests/mute" before "/api/requests/{id}".
      .sort((a, b) => a.split("{").length - b.split("{").length)
      .map((path) => ({ path, matches: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`) }));
  }

  /** "GET /api/clips/{id}" of a path; undefined when the document has no such route. */
  route(method: string, pathname: string): string | undefined {
    const path = this.#patterns.find(({ matches }) => matches.test(pathname))?.path;
    return path !== undefined && this.document.paths[path]?.[method.toLowerCase()] ? `${method} ${path}` : undefined;
  }

  /** Every route of the document. */
  get routes(): string[] {
    return Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }

  /** What is wrong with an answer that is not JSON, by its status and media type ("" for nothing at all): empty when it is as documented. */
  mediaFaults(method: string, pathname: string, status: number, type: string): string[] {
    const [, path = ""] = this.route(method, pathname)?.split(" ") ?? [];
    const answer = this.document.paths[path]?.[method.toLowerCase()]?.responses[status];
    const name = `${method} ${pathname} ${status}`;
    if (!answer) return [`${name}: no such answer in the document`];
    const types = Object.keys(answer.content ?? {});
    return (types.length === 0 ? type === "" : types.includes(type)) ? [] : [`${name}: ${type} is not ${types.join()}`];
  }

  /** What is wrong with an answer in JSON: empty when it is as documented. */
  faults(method: string, pathname: string, status: number, body: unknown): string[] {
    const [, path] = this.route(method, pathname)?.split(" ") ?? [];
    const name = `${method} ${pathname} ${status}`;
    if (path === undefined) return [`${name}: no such route in the document`];
    const where = `api#/paths/${path.replaceAll("/", "~1")}/${method.toLowerCase()}/responses/200`;
    const schema =
      status < 400
        ? `${where}/content/application~1json/schema`
        : "api#/components/responses/refused/content/application~1json/schema";
    const check = this.#ajv.getSchema(encodeURI(schema)) ?? this.#ajv.getSchema(schema);
    if (!check) return [`${name}: the document says nothing of its JSON`];
    return check(body)
      ? []
      : (check.errors ?? []).map(
          (error) => `${name}: ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
        );
  }
}
