// docs/reference/api.md against the routes themselves.
import { expect, test } from "vitest";
import { ownerApi } from "../../agent/review/api.ts";
import type { Owner } from "../../agent/review/owner.ts";
import { read } from "./sources.ts";

test("the API's page lists every route, and no other", () => {
  const routes = ownerApi({} as Owner, "cli").routes.filter(({ method }) => method !== "ALL");
  const listed = Array.from(
    read("docs/reference/api.md").matchAll(/^\| `([A-Z]+) ([^`?]+)/gm),
    ([, method, path]) => `${method} ${path}`,
  );

  expect(listed.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
});
