// `doorstep notice`: the sign for the door, from the configuration that is in force in the running agent.
import { writeFile } from "node:fs/promises";
import { Option, type Command } from "commander";
import QRCode from "qrcode";
import type { PdfMaker } from "../../drivers/pdf/pdf.ts";
import { AgentError } from "../error.ts";
import type { PolicyView } from "../review/owner.ts";
import { agentCommand } from "./command.ts";
import { json, type Io } from "./io.ts";
import { noticeFacts, noticeLines, noticeLink, noticeSvg, type NoticeLanguage } from "./notice-sign.ts";

/** Adds the command to `program`. */
export function registerNotice(program: Command, io: Io, pdfs: () => Promise<PdfMaker>): void {
  const command = program
    .command("notice")
    .description("the sign for the door: who films, why, how long it is kept, who gets it, how to ask")
    .addOption(new Option("--lang <language>").choices(["en", "fr", "both"]).default("both"))
    .option("--out <file>", "where to write the sign (A5): .pdf, or .svg; without it, its words are printed")
    .option("--json");
  agentCommand(command, io, async (call) => {
    if (call.options["out"] !== undefined && !/\.(pdf|svg)$/i.test(call.options["out"]))
      command.error("error: --out is a file that ends in .pdf or .svg");
    const language = call.options["lang"] as NoticeLanguage;
    const { config, file } = await call.agent.get<PolicyView>("/policy");
    const facts = config && noticeFacts(config);
    if (!facts) throw new AgentError("NOTICE_MISSING", `${file} has no [notice]`);
    const { out } = call.options;
    if (out !== undefined) {
      const svg = noticeSvg(facts, squares(noticeLink(facts)), language);
      await write(out, /\.pdf$/i.test(out) ? await (await pdfs()).fromSvg(svg) : svg);
    }
    const { keepS, ...said } = facts;
    const link = noticeLink(facts);
    const words = (language === "both" ? (["fr", "en"] as const) : [language]).map((each) => noticeLines(facts, each));
    if (call.json) io.out(json({ notice: { ...said, keep_s: keepS, link }, file: out ?? null }));
    else io.out(out === undefined ? `${words.map((lines) => lines.join("\n")).join("\n\n")}\n` : `${out}\n`);
  });
}

async function write(file: string, sign: string | Buffer): Promise<void> {
  await writeFile(file, sign).catch((cause: unknown) => {
    throw new AgentError("OUT_NOT_WRITABLE", file, cause);
  });
}

function squares(text: string): readonly (readonly boolean[])[] {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: "M" });
  return Array.from({ length: modules.size }, (_, y) =>
    Array.from({ length: modules.size }, (__, x) => modules.get(y, x) === 1),
  );
}
