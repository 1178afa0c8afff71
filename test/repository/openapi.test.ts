// docs/reference/openapi.json: made of the code as it is, valid, complete.
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { everyRoute, openApiText } from "../../packaging/openapi.ts";
import { read } from "./sources.ts";

const text = read("docs/reference/openapi.json");
const document = JSON.parse(text) as {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly summary: string; readonly responses: object }>>>
  >;
};

test(
  "the API's document is what the routes, their validators and their types say: make docs writes it",
  { timeout: 60_000 },
  () => {
    expect(text).toBe(openApiText());
  },
);

test("the API's document is valid OpenAPI", async () => {
  expect(await new Validator().validate(document)).toMatchObject({ valid: true });
});

test("every route is in the API's document, and no other, each with what it is for", () => {
  const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary }]) => {
      expect(summary, `${method} ${path}`).not.toBe("");
      return `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`;
    }),
  );

  expect(listed.sort()).toEqual(everyRoute().sort());
});
