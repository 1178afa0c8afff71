// docs/guide/home-assistant.md and its blueprint against what they speak of: the block is accepted and grants what the page says, and an
// answer laid out as they lay it out is one.
import { expect, test } from "vitest";
import { readUnsignedAnswer } from "../../agent/consent/inbound-answer.ts";
import { discoveryOf } from "../../agent/door-session.ts";
import { parseConfig } from "../../config/parse.ts";
import { config } from "../configs.ts";
import { read } from "../repository/sources.ts";
import { asRead } from "./publisher/home-assistant-rules.ts";

const GUIDE = read("docs/guide/home-assistant.md");
const BLUEPRINT = read("docs/guide/home-assistant/doorstep.blueprint.yaml");

test("the guide's recipient is accepted, and appears with every entity of the guide's table", () => {
  const blocks = Array.from(GUIDE.matchAll(/```toml\n(.*?)```/gs), ([, text]) => text!);
  const parsed = parseConfig(config({ broker: "mqtts://broker.lan" }) + blocks.join("\n"));
  expect("faults" in parsed ? parsed.faults : []).toEqual([]);
  const [document] = discoveryOf((parsed as Extract<typeof parsed, { config: unknown }>).config, "1.0.0");
  const names = Object.values(asRead(JSON.stringify(document!.document)).components).map(({ name }) => String(name));
  const table = GUIDE.slice(GUIDE.indexOf("| entity |"), GUIDE.indexOf("**Pausing"));
  // Clips go to a recipient of their own there, so the clip event is there for what waits.
  expect(names.filter((name) => !table.includes(name))).toEqual([]);
  expect(names).toHaveLength(13);
});

test("an answer is laid out as the agent reads it, in the guide and in the blueprint", () => {
  const clip = "01m81j18g0jbm5k07fhfbdt5ay";
  const guide = /payload: '(.*)'/.exec(GUIDE)![1]!.replace(/\{\{.*?\}\}/, clip);
  expect(readUnsignedAnswer(Buffer.from(guide))).toEqual({ clip, recipient: "anna", answer: "approved" });
  const keys = Array.from(/\{\{ (\{'v'.*?\}) \| to_json/s.exec(BLUEPRINT)![1]!.matchAll(/'(\w+)':/g), ([, key]) => key);
  expect(keys).toEqual(Object.keys(JSON.parse(guide) as object));
  expect(BLUEPRINT).toContain('topic: "doorstep/{{ device }}/approval"');
});
