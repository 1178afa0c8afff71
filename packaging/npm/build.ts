// Run by `npm pack`: the agent as JavaScript, for programs that use the receiver as a library and for `doorstep receive` from
// npm, into dist/npm. Node strips no types below node_modules, so a package cannot bring its sources as they are.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { sources } from "../deb/stage.ts";

const SOURCE = resolve(import.meta.dirname, "../..");
const OUT = join(SOURCE, "dist/npm");

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
for (const room of ["agent", "config", "drivers"]) sources(join(SOURCE, room), join(OUT, room));
execFileSync(join(SOURCE, "node_modules/.bin/tsc"), ["-p", join(SOURCE, "packaging/npm")], { stdio: "inherit" });
for (const entry of readdirSync(OUT, { recursive: true, withFileTypes: true }))
  if (entry.name.endsWith(".d.ts")) {
    const file = join(entry.parentPath, entry.name);
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace(/(from |import\()(["'])(\.{1,2}\/[^"']*)\.ts\2/g, "$1$2$3.js$2"),
    );
  }
const { version } = JSON.parse(readFileSync(join(SOURCE, "package.json"), "utf8")) as { version: string };
writeFileSync(join(OUT, "package.json"), `${JSON.stringify({ version, private: true, type: "module" })}\n`);
writeFileSync(join(OUT, "doorstep.js"), '#!/usr/bin/env node\nimport "./agent/main.js";\n', { mode: 0o755 });
