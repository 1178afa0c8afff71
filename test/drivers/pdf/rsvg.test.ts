// A drawing becomes a page of PDF, with letters in it and nothing of this machine.
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { RsvgPdfMaker } from "../../../drivers/pdf/rsvg.ts";

const clock = new SystemClock();
const svg = (words: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="50mm" viewBox="0 0 100 50"><text y="20" font-size="6">${words}</text></svg>`;

test("a drawing becomes one page of its own size, whose words are words in any script", async () => {
  const pdf = await new RsvgPdfMaker(clock).fromSvg(svg("Élan, Ωμέγα, Щука"));

  const words = execFileSync("pdftotext", ["-", "-"], { input: pdf, encoding: "utf8" });
  const facts = execFileSync("pdfinfo", ["-"], { input: pdf, encoding: "utf8" });
  expect(words).toContain("Élan, Ωμέγα, Щука");
  expect(facts).toMatch(/Pages: +1\n[^]*Page size: +283[.\d]* x 141/);
});

test("a drawing that names a file of this machine gets nothing of it", async () => {
  const image = '</text><image href="file:///etc/hostname" width="9" height="9"/><text y="30" font-size="6">';

  const pdf = await new RsvgPdfMaker(clock).fromSvg(svg(`before${image}after`));

  expect(execFileSync("pdftotext", ["-", "-"], { input: pdf, encoding: "utf8" })).toMatch(/^before\s+after\s*$/);
});

test("without the program, and for what is no drawing, the owner hears what to do instead", async () => {
  await expect(new RsvgPdfMaker(clock, "no-such-program").fromSvg(svg(""))).rejects.toThrow(/^PDF_MAKER_MISSING/);
  await expect(new RsvgPdfMaker(clock).fromSvg("this is no drawing")).rejects.toThrow(/^PDF_NOT_MADE/);
  await expect(new RsvgPdfMaker(clock, "cat").fromSvg(svg(""))).rejects.toThrow(/^PDF_NOT_MADE/);
});
