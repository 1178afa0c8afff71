// docs/reference/config.md, written from the same fields the parser reads by. Pure.
import { stringify } from "smol-toml";
import type { Field } from "./field.ts";
import { SECTIONS, type Section } from "./keys.ts";

const HEAD = `# The configuration file

One TOML file, \`/etc/doorstep/doorstep.toml\`. [doorstep.example.toml](doorstep.example.toml) shows every key in place.
\`doorstep check FILE\` says what a file means, or every line that is wrong. This page is written from the program itself.

* **An absent grant is no; an absent restriction is an error.** A recipient gets only what its section names, and its
  section must say how far: \`triggers\`, \`zones\`, \`hours\`, \`until\`, \`max_per_day\`, and \`key\` or \`plain\`.
* **Tightening holds at once**, widening only after the file has been left alone for two seconds. What cannot be
  compared (another camera, another broker) counts as widening. Shorter retention also waits: what it deletes is gone.
* **An invalid edit** keeps the recording settings of the last valid file and closes sharing and audio until it is
  mended. Invalid from the start: camera and microphone stay closed.
* **Secrets are never in this file**: it names the files they are in.
* Spans of time are a whole number and a unit: \`250ms\`, \`5s\`, \`2m\`, \`72h\`, \`7d\`. Sizes: \`500MB\`, \`4GB\` in
  powers of ten, \`512MiB\`, \`4GiB\` in powers of two. Relative paths start at the folder of the file.
* At most 1 MiB of UTF-8; a byte order mark and Windows line ends are fine.
`;

/** The whole page. */
export function referencePage(): string {
  return [HEAD, ...SECTIONS.map(sectionText)].join("\n");
}

function sectionText({ name, many, means, fields }: Section): string {
  const rows = fields.map(
    (field) => `| \`${field.key}\` | ${cell(field.kind.expected)} | ${absentText(field)} | ${cell(field.means)} |`,
  );
  return [
    `## ${many ? `[[${name}]]` : `[${name}]`}\n`,
    `${means}\n`,
    "| Key | Value | If absent | Meaning |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function absentText({ absent }: Field<unknown>): string {
  switch (absent.is) {
    case "required":
      return "**required**";
    case "restriction":
      return "**required**, so that leaving it out never lifts it";
    case "optional":
      return cell(absent.otherwise);
    case "default":
      return `\`${tomlText(absent.value)}\``;
  }
}

/** The value as it would stand in the file. */
export const tomlText = (value: unknown): string => stringify({ value }).trim().replace("value = ", "");

const cell = (text: string): string => text.replaceAll("|", "\\|");
