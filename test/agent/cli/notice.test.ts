// The sign for the door says what the configuration says, in both languages, in letters and in squares.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, onTestFinished, test } from "vitest";
import { noticeFacts, noticeLines, noticeLink, noticeSvg, type NoticeFacts } from "../../../agent/cli/notice-sign.ts";
import type { PolicyView } from "../../../agent/review/owner.ts";
import type { Config } from "../../../config/config.ts";
import { parseConfig } from "../../../config/parse.ts";
import { config } from "../../configs.ts";
import { type AgentStand, standing } from "./agent-stand.ts";

const FACTS: NoticeFacts = {
  ...{ device: "porch", controller: "A. Martin", contact: "a@example.org", purpose: "safety of our entrance" },
  ...{ keepS: 7 * 86_400, sound: false, recipients: [], objection: false },
};
const NOTICE = `[notice]\ncontroller = "A. <b>Martin</b>"\ncontact = "a@example.org"\npurpose = "safety & peace"`;

function read(more: string, sharing = true): Config {
  const recipients = [{ name: "anna" }, { name: "ben", clips: "never" as const }];
  const parsed = parseConfig(config({ recording: "yard.mp4", broker: "mqtt://broker.lan", sharing, recipients, more }));
  if ("faults" in parsed) expect.fail(JSON.stringify(parsed.faults));
  return parsed.config;
}
const inForce = (config: Config | undefined): Promise<AgentStand> =>
  standing(
    {
      policy: async (): Promise<PolicyView> => ({
        ...{ file: "/etc/doorstep/doorstep.toml", digest: "", text: "", faults: [], pendingWidening: [] },
        ...(config && { config }),
      }),
    },
    onTestFinished,
  );

test("the sign names who gets recordings while anything is shared, and says so when nobody does", async () => {
  const shared = JSON.parse((await (await inForce(read(NOTICE))).run("notice", "--json")).stdout) as unknown;
  const closed = JSON.parse((await (await inForce(read(NOTICE, false))).run("notice", "--json")).stdout) as unknown;

  expect([shared, closed]).toMatchObject([{ notice: { recipients: ["anna"] } }, { notice: { recipients: [] } }]);
  expect(noticeLines(FACTS, "en")).toContain("Shown to nobody else.");
  expect(noticeLines({ ...FACTS, recipients: ["anna"] }, "fr")).toContain("Peut être montré à : anna.");
});

test("sound, span and the right to object are said as the configuration has them, in both languages", () => {
  const english = noticeLines({ ...FACTS, sound: true, keepS: 3600, objection: true }, "en").join("\n");
  const french = noticeLines({ ...FACTS, keepS: 2 * 86_400 }, "fr").join("\n");

  expect(english).toContain("With sound.");
  expect(english).toContain("at most 1 hour.");
  expect(english).toContain("hold the button to object");
  expect(french).toContain("Sans le son.");
  expect(french).toContain("2 jours au plus");
});

const CONTACTS = [
  ["a letter", "a@example.org", "mailto:a@example.org?subject=Camera%20porch"],
  ["a call", "+33 1 23 45 67 89", "tel:+33123456789"],
  ["a page", "https://example.org/door", "https://example.org/door"],
  ["words", "ring at number 5", "ring at number 5"],
] as const;
for (const [name, contact, link] of CONTACTS)
  test(`the code on the sign opens ${name} where the contact is one`, () => {
    expect(noticeLink({ contact, device: "porch" })).toBe(link);
  });

test("the written sign is a picture that programs can draw, whatever is in its words", async () => {
  const stand = await inForce(read(NOTICE));
  const file = join(stand.state, "sign.svg");

  const { code } = await stand.run("notice", "--out", file);

  const svg = readFileSync(file, "utf8");
  const { width, height } = await sharp(Buffer.from(svg)).metadata();
  expect([code, svg.includes("<b>"), width > height]).toEqual([0, false, true]);
});

test("the printed sign says in letters, and its code in squares, what the configuration in force says", async () => {
  const stand = await inForce(read(NOTICE));
  const file = join(stand.state, "sign.pdf");

  const { code } = await stand.run("notice", "--out", file);

  const words = execFileSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8" });
  const picture = execFileSync("pdftoppm", ["-r", "150", "-png", file], { maxBuffer: 2 ** 26 });
  const squares = execFileSync("zbarimg", ["-q", "--raw", "-"], { input: picture, encoding: "utf8", stdio: "pipe" });
  const said = words.replaceAll(/\s+/g, " ");
  const wanted = ["fr", "en"] as const;
  const facts = noticeFacts(read(NOTICE))!;
  expect(wanted.flatMap((each) => noticeLines(facts, each)).filter((line) => !said.includes(line))).toEqual([]);
  expect([code, squares.trim()]).toEqual([0, "mailto:a@example.org?subject=Camera%20porch"]);
  expect(execFileSync("pdfinfo", [file], { encoding: "utf8" })).toMatch(/Pages: +1\n[^]*Page size: +595[.\d]* x 419/);
});

test("a long purpose and many names shrink the letters rather than run off the sheet", () => {
  const long = {
    ...FACTS,
    purpose: "safety of our entrance ".repeat(12),
    recipients: Array.from({ length: 20 }, (_, n) => `person-${n}`),
  };

  const lowest = Math.max(
    ...Array.from(noticeSvg(long, [[true]], "both").matchAll(/<text [^>]*y="([\d.]+)"/g), ([, y]) => Number(y)),
  );

  expect(lowest).toBeLessThan(148);
});

test("without [notice] there is no sign, and the owner hears what to write", async () => {
  const { code, stderr } = await (await inForce(read(""))).run("notice");

  expect([code, stderr.split(":")[0]]).toEqual([1, "NOTICE_MISSING"]);
});
