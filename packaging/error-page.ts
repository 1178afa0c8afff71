// Writes docs/reference/errors.md from the three tables of codes (`make docs`); a repository test holds the page to them.
import { writeFileSync } from "node:fs";
import { AGENT_ERRORS } from "../agent/error.ts";
import { CONFIG_FAULTS } from "../config/fault.ts";
import { DRIVER_ERRORS } from "../drivers/error.ts";

const section = (title: string, codes: Readonly<Record<string, string>>): string =>
  `## ${title}\n\n| Code | What to do |\n|---|---|\n${Object.entries(codes)
    .map(([code, remedy]) => `| ${code} | ${remedy} |\n`)
    .join("")}`;

const page = `# Errors, each with its remedy

Every error that Doorstep reports on purpose has a code, today's detail (which pin, which file) and one of these remedies.

${[section("The agent's", AGENT_ERRORS), section("The configuration's", CONFIG_FAULTS), section("The drivers'", DRIVER_ERRORS)].join("\n")}`;

writeFileSync(new URL("../docs/reference/errors.md", import.meta.url), page);
