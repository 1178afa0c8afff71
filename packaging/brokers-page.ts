// Writes docs/reference/brokers.md from what the brokers were found to do (`make docs`); a repository test holds the page to it.
import { writeFileSync } from "node:fs";
import { brokersPage } from "../test/brokers/page.ts";

writeFileSync(new URL("../docs/reference/brokers.md", import.meta.url), brokersPage());
