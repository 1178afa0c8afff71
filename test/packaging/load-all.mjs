// Loads every module of an installed agent with the Node that came with it, and starts each compiled part once.
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";

const home = process.argv[2] ?? "/usr/lib/doorstep";
const require = createRequire(join(home, "agent/main.js"));
const failures = [];
let loaded = 0;

/** Entries, which act when they are loaded, and what is the browser's. */
const apart = /^agent\/main\.js$|-worker\.js$|^agent\/review\/page\//;
for (const room of ["config", "drivers", "agent"])
  for (const entry of readdirSync(join(home, room), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !path.endsWith(".js") || apart.test(relative(home, path))) continue;
    try {
      await import(path);
      loaded += 1;
    } catch (error) {
      failures.push(`${relative(home, path)}: ${error.message.split("\n")[0]}`);
    }
  }

const attempt = async (name, work) => {
  try {
    await work();
  } catch (error) {
    failures.push(`${name}: ${error.message.split("\n")[0]}`);
  }
};
await attempt("better-sqlite3", () => {
  const Database = require("better-sqlite3");
  new Database(":memory:").exec("create table t (a any) strict");
});
await attempt("sharp", async () => {
  const sharp = require("sharp");
  await sharp({ create: { width: 16, height: 16, channels: 3, background: "#334" } })
    .jpeg()
    .toBuffer();
});
await attempt("onoff", () => {
  const { Epoll } = require("epoll");
  new Epoll(() => {}).close();
  if (typeof require("onoff").Gpio !== "function") throw new TypeError("no Gpio in it");
});

process.stdout.write(`${process.arch}, Node ${process.versions.node}: ${loaded} modules loaded\n`);
for (const failure of failures) process.stdout.write(`  failed: ${failure}\n`);
process.exitCode = failures.length ? 1 : 0;
