// The layer rules of the house (docs/design/0001-rooms.md): who may import whom, and what only a few may touch.
import { expect, test } from "vitest";
import { code, reachable, sources, type Source } from "./sources.ts";

const all = sources();
const ROOTS = [
  "agent/main.ts",
  "agent/both-roles.ts",
  "agent/recorder.ts",
  "agent/recorder-hardware.ts",
  "agent/publisher.ts",
  "agent/picture-worker.ts",
];
const isRoot = (path: string): boolean =>
  ROOTS.includes(path) || path.startsWith("agent/cli/demo") || path === "agent/cli/doctor-machine.ts";

const offenders = (rule: (source: Source) => readonly string[]): string[] =>
  all.flatMap((source) => rule(source).map((what) => `${source.path}: ${what}`));

test("drivers import only drivers and libraries, never the agent or its configuration", () => {
  const found = offenders(({ path, imports }) =>
    path.startsWith("drivers/")
      ? imports.map(({ target }) => target).filter((t) => /^(agent|config|test)\//.test(t))
      : [],
  );
  expect(found).toEqual([]);
});

test("the configuration imports nothing of the agent and no driver", () => {
  const found = offenders(({ path, imports }) =>
    path.startsWith("config/") ? imports.map(({ target }) => target).filter((t) => /^(agent|drivers)\//.test(t)) : [],
  );
  expect(found).toEqual([]);
});

test("the agent sees driver interfaces only, except where everything is put together", () => {
  const isInterface = (path: string): boolean => {
    const [, folder, file] = /^drivers\/(?:([a-z-]+)\/)?([a-z-]+)\.ts$/.exec(path) ?? [];
    return file === "error" || folder === file;
  };
  const found = offenders(({ path, imports }) =>
    path.startsWith("agent/") && !isRoot(path)
      ? imports
          .filter(({ target, type }) => target.startsWith("drivers/") && !type && !isInterface(target))
          .map(({ target }) => target)
      : [],
  );
  expect(found).toEqual([]);
});

test("a file that calls itself pure imports no module of Node's", () => {
  const found = offenders(({ text, imports }) =>
    /^\/\/.*\bPure\b/.test(text.split("\n")[0]!)
      ? imports.filter(({ target }) => target.startsWith("node:")).map(({ target }) => target)
      : [],
  );
  expect(found).toEqual([]);
});

test("time comes only from the clock driver, whatever the file", () => {
  const found = offenders(({ path, text }) =>
    path.startsWith("drivers/clock/")
      ? []
      : (code(text).match(
          /\bDate\.now\(|\bnew Date\(\)|\bsetTimeout\(|\bsetInterval\(|\bperformance\.now\(|\bprocess\.hrtime|timers\/promises/g,
        ) ?? []),
  );
  expect(found).toEqual([]);
});

test("environment and arguments are read only where everything is put together", () => {
  const found = offenders(({ path, text }) =>
    isRoot(path) ? [] : (code(text).match(/\bprocess\.(env|argv)\b/g) ?? []),
  );
  expect(found).toEqual([]);
});

test("only drivers start child processes, apart from the launcher of the two roles", () => {
  const found = offenders(({ path, imports }) =>
    path.startsWith("drivers/") || isRoot(path)
      ? []
      : imports.filter(({ target }) => target === "node:child_process").map(({ target }) => target),
  );
  expect(found).toEqual([]);
});

test("nothing the recorder runs can speak to a network", () => {
  const speaks = /^(mqtt|aedes|ws|undici|node:(https|tls|dns|dgram|http2))(\/|$)/;
  const found = Array.from(reachable("agent/recorder.ts").values()).flatMap(({ path, imports, text }) => [
    ...imports.filter(({ target, type }) => !type && speaks.test(target)).map(({ target }) => `${path}: ${target}`),
    ...(code(text).match(/\bfetch\(|\bnet\.connect\(|\bcreateConnection\(|\bhttp\.(get|request)\(/g) ?? []).map(
      (call) => `${path}: ${call}`,
    ),
  ]);
  expect(found).toEqual([]);
});

test("nothing the publisher runs can see: no vault, policy, ledger, capture or device driver", () => {
  const forbidden =
    /^(agent\/(vault|consent|capture|ledger|motion|review)|drivers\/(?!clock\/|error\.ts|service-manager\/))/;
  const found = Array.from(reachable("agent/publisher.ts").keys()).filter((path) => forbidden.test(path));
  expect(found).toEqual([]);
});

test("mediabunny is loaded in one place, and only when it is needed", () => {
  const found = offenders(({ path, imports }) =>
    path === "drivers/mp4/mp4.ts"
      ? []
      : imports.filter(({ target, type }) => target === "mediabunny" && !type).map(({ target }) => target),
  );
  expect(found).toEqual([]);
});

/** What is loaded with `root` before anything happens, and is not the house's own, by who asks for it. */
function heldFromStart(root: string): { readonly path: string; readonly target: string }[] {
  return Array.from(reachable(root, false).values()).flatMap(({ path, imports }) =>
    imports
      .filter(({ target, type, dynamic }) => !type && !dynamic && !/^(agent|drivers|config)\//.test(target))
      .map(({ target }) => ({ path, target })),
  );
}

test("what a role holds from its start knows no HTTP, no TLS and nothing it may never need", () => {
  // node:http and node:util bring along, when they are imported, whatever else they have on offer.
  const heavy = /^node:(http|https|tls|util)$/;
  const libraries: Record<string, readonly string[]> = {
    "agent/main.ts": [],
    "agent/recorder.ts": ["better-sqlite3", "smol-toml", "ulid", "valibot"],
    "agent/publisher.ts": ["mqtt", "mqtt-packet"],
  };
  for (const [root, wanted] of Object.entries(libraries)) {
    const held = heldFromStart(root);
    expect(held.filter(({ target }) => heavy.test(target))).toEqual([]);
    expect(new Set(held.filter(({ target }) => !target.startsWith("node:")).map(({ target }) => target))).toEqual(
      new Set(wanted),
    );
  }
});

test("nobody but the consent gate can put anything into the door", () => {
  const found = offenders(({ path, imports }) =>
    path === "agent/consent/gate.ts" || path === "agent/recorder.ts"
      ? []
      : imports.filter(({ target, type }) => target === "agent/spool/writer.ts" && !type).map(({ target }) => target),
  );
  expect(found).toEqual([]);
});
