// The repository's own sources, read once, for the tests that hold them to the house rules.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

export const ROOT = new URL("../../", import.meta.url).pathname;

export interface Source {
  /** Relative to the root: "agent/main.ts". */
  readonly path: string;
  readonly text: string;
  /** Relative paths of ours, or bare module names; `type` for what disappears at run time. */
  readonly imports: readonly { readonly target: string; readonly type: boolean; readonly dynamic: boolean }[];
}

/** Every file git knows or would know, so that a new file is held to the rules before it is committed. */
export function files(pattern: RegExp): string[] {
  return execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  })
    .split("\n")
    .filter((path) => pattern.test(path) && existsSync(join(ROOT, path)))
    .sort();
}

export const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

export function sources(pattern = /^(agent|drivers|config)\/.*\.ts$/): Source[] {
  return files(pattern).map((path) => {
    const text = read(path);
    return { path, text, imports: importsOf(path, text) };
  });
}

function importsOf(path: string, text: string): Source["imports"] {
  const found = text.matchAll(
    /^\s*(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|(?<!typeof )\b(?:import|require|getBuiltinModule)\(\s*"([^"]+)"\s*\)/gm,
  );
  return Array.from(found, ([, type, from, dynamic]) => {
    const name = (from ?? dynamic)!;
    const target = name.startsWith(".") ? normalize(join(dirname(path), name)) : name;
    return { target, type: type !== undefined, dynamic: dynamic !== undefined };
  });
}

/** Everything that is loaded with `root`: its imports, theirs, and so on; types left out. `later`: what is imported on demand too. */
export function reachable(root: string, later = true): Map<string, Source> {
  const all = new Map(sources().map((source) => [source.path, source]));
  const seen = new Map<string, Source>();
  const queue = [root];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const source = all.get(path);
    if (!source || seen.has(path)) continue;
    seen.set(path, source);
    queue.push(
      ...source.imports.filter(({ type, dynamic }) => !type && (later || !dynamic)).map(({ target }) => target),
    );
  }
  return seen;
}

/** The text without comments and string contents, for rules about code. */
export const code = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "$1")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
