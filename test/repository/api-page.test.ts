// docs/reference/api.md against the routes themselves.
import { expect, test } from "vitest";
import { ownerApi } from "../../agent/review/api.ts";
import type { Channel, Owner } from "../../agent/review/owner.ts";
import { read } from "./sources.ts";

const [, both = "", cli = "", page = ""] = read("docs/reference/api.md").split(/^## /m);
const listed = (section: string): string[] =>
  Array.from(section.matchAll(/^\| `([A-Z]+) ([^`?]+)/gm), ([, method, path]) => `${method} ${path}`).sort();
const routes = (channel: Channel): string[] =>
  ownerApi({} as Owner, channel)
    .routes.filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path}`)
    .sort();

test("the API's page lists every route of the page, and no other", () => {
  expect(listed(both)).toEqual(routes("page"));
});

test("the API's page lists what only the command line may do, and no other", () => {
  expect(listed(cli)).toEqual(routes("cli").filter((route) => !routes("page").includes(route)));
});

test("the API's page lists the three routes of a session", () => {
  expect(listed(page)).toEqual(["DELETE /api/session", "GET /api/session", "POST /api/session"]);
});
