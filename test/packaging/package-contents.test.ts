// What of the npm packages goes onto a card, how our sources are put there, and what the control file says.
import { Script } from "node:vm";
import { expect, test } from "vitest";
import { changelog, control, copyright } from "../../packaging/deb/control.ts";
import { keeps } from "../../packaging/deb/keep.ts";
import { narrow } from "../../packaging/deb/narrow.ts";
import { strip } from "../../packaging/deb/strip.ts";
import { read } from "../repository/sources.ts";

test.each([
  ["better-sqlite3", "prebuilds/linux-arm64.node"],
  ["better-sqlite3", "lib/linux-arm64.js"],
  ["better-sqlite3", "lib/sqlite-error.js"],
  ["better-sqlite3", "LICENSE"],
  ["epoll", "build/Release/epoll.node"],
  ["mediabunny", "dist/bundles/mediabunny.node.cjs"],
  ["valibot", "dist/index.mjs"],
  ["debug", "src/index.js"],
])("of %s, a Raspberry Pi gets %s", (name, path) => {
  expect(keeps(name, path, "arm64")).toBe(true);
});

test.each([
  ["better-sqlite3", "prebuilds/linux-x64.node"],
  ["better-sqlite3", "prebuilds/linuxmusl-arm64.node"],
  ["better-sqlite3", "lib/darwin-arm64.js"],
  ["better-sqlite3", "deps/sqlite3/sqlite3.c"],
  ["epoll", "build/Release/obj.target/epoll.o"],
  ["@types/node", "index.d.ts"],
  ["typescript", "lib/typescript.js"],
  ["@typescript/typescript-linux-arm64", "lib/tsgo"],
  ["mqtt", "build/index.d.ts"],
  ["mqtt", "build/index.js.map"],
  ["hono", "README.md"],
  ["onoff", "integration-test/run-tests"],
  ["semver", "bin/semver.js"],
])("of %s, a Raspberry Pi does not get %s", (name, path) => {
  expect(keeps(name, path, "arm64")).toBe(false);
});

test("an installed source keeps its lines, columns and comments, and imports what is installed", () => {
  const source = `// why\nimport { a } from "./a.ts";\nconst url: URL = new URL("../b/worker.ts", import.meta.url); // note\na(url as never);\n`;

  const installed = strip(source);

  expect(installed).toBe(
    `// why\nimport { a } from "./a.js";\nconst url      = new URL("../b/worker.js", import.meta.url); // note\na(url         );\n`,
  );
});

test("what is not a module of ours is left as it is written", () => {
  expect(strip(`const name = "doorstep.ts", glob = "*.ts";\n`)).toBe(`const name = "doorstep.ts", glob = "*.ts";\n`);
});

test("what is loaded needs one byte a character, and means what it meant", () => {
  const source = "\ufeff// a – b\n[`…é`, 'ść', /^[“🜄]$/u.test('🜄')]";

  const narrowed = narrow(source);

  expect(narrowed).toMatch(/^[\0-\xff]+$/);
  expect(new Script(narrowed).runInThisContext()).toEqual(["…é", "ść", true]);
  expect(strip(narrow("let kind: '…' | 'ś' = '…';"))).toMatch(/^[\0-\xff]+$/);
});

test("a file that looks at its own raw text stays as it is", () => {
  const source = "String.raw`…`";
  expect(narrow(source)).toBe(source);
});

const MAINTAINER = "A. Martin <a.martin@example.org>";

const FACTS = { version: "1.2.3", arch: "arm64", installedKiB: 7, maintainer: MAINTAINER } as const;
const fieldsOf = (text: string): Record<string, string> =>
  Object.fromEntries(Array.from(text.matchAll(/^([A-Z][A-Za-z-]+): (.*)$/gm), ([, name, value]) => [name!, value!]));

test("a machine without Raspberry Pi's own packages can install it too", () => {
  const fields = fieldsOf(control(FACTS));

  expect(fields).toMatchObject({
    Maintainer: MAINTAINER,
    Package: "doorstep",
    Version: "1.2.3",
    Architecture: "arm64",
    "Installed-Size": "7",
  });
  expect(fields["Depends"]).not.toMatch(/rpicam|ffmpeg|nodejs/);
  expect(fields["Recommends"]).toContain("rpicam-apps-core | rpicam-apps-lite | rpicam-apps");
});

test("an ffmpeg that came along is not asked of Debian, and wants the libc it was built for", () => {
  const without = fieldsOf(control(FACTS));
  const old = fieldsOf(control({ ...FACTS, ffmpeg: { version: "7.1.5-0+deb13u1", libc: "2.9" } }));
  const recent = fieldsOf(control({ ...FACTS, ffmpeg: { version: "7.1.5-0+deb13u1", libc: "2.35" } }));

  expect([without, old, recent].map((fields) => /\bffmpeg\b/.test(fields["Recommends"]!))).toEqual([
    true,
    false,
    false,
  ]);
  expect([without, old, recent].map((fields) => /libc6 \(>= ([\d.]+)\)/.exec(fields["Depends"]!)![1])).toEqual([
    "2.34",
    "2.34",
    "2.35",
  ]);
});

test("who hands an ffmpeg out is told of its licence and its sources", () => {
  expect(copyright("MIT", [])).not.toMatch(/ffmpeg/);
  expect(copyright("MIT", [], "7.1.5-0+deb13u1")).toMatch(/7\.1\.5-0\+deb13u1[^]*GPL-2[^]*ffmpeg-source\.tar/);
});

test("the changelog is dated by the sources, not by the machine that builds", () => {
  expect(changelog({ version: "1.2.3", maintainer: MAINTAINER, at: 0 })).toMatch(
    /^doorstep \(1\.2\.3\) [^]*>  Thu, 01 Jan 1970 00:00:00 \+0000\n$/,
  );
});

test("the configuration that is installed is eight lines and shares nothing", () => {
  const lines = read("config/doorstep.toml").trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(8);
  expect(lines.join("\n")).not.toMatch(/sharing|recipient|mqtt/);
});

test("nothing a package script does asks anybody anything", () => {
  for (const script of ["postinst", "prerm", "postrm"])
    expect(read(`packaging/debian/${script}`)).not.toMatch(/debconf|db_input|\bread\b(?!y)/);
});
