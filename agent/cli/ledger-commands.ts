// `doorstep ledger …`: asks the running agent; `verify FILE` works on a ledger or an export alone, offline.
import { existsSync, readFileSync } from "node:fs";
import { Argument, type Command } from "commander";
import type { Outcome } from "../review/owner.ts";
import { agentCommand, type AgentCall } from "./command.ts";
import { ENTRY_TYPES } from "../ledger/entry-words.ts";
import { json, type Io } from "./io.ts";
import { writeOut } from "./out-file.ts";
import { oneOf, wholeNumber } from "./parsed.ts";
import { entriesWithin } from "./table.ts";
import { ledgerVerifyFile } from "../ledger/answers.ts";

/** Adds the commands to `program`. */
export function registerLedger(program: Command, io: Io): void {
  const ledger = program.command("ledger").description("the record of everything: read it, verify it, take it away");
  const show = (call: AgentCall, outcome: Outcome): void => print(io, call.json, outcome);

  const list = ledger
    .command("list")
    .description("the newest entries, or those after a number")
    .option("--after <number>", "those after this entry, oldest first", wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option("--limit <count>", "at most so many", wholeNumber(1, 1_000))
    .option("--type <type>", "only entries of one type, disclosure for one", oneOf(ENTRY_TYPES))
    .option("--ref <id>", "only entries about one clip, disclosure or request")
    .option("--json");
  agentCommand(list, io, async (call) => {
    const query = new URLSearchParams(
      Object.entries(call.options).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
    const outcome = await call.agent.get<Outcome>(`/ledger/list?${query.toString()}`);
    show(call, io.terminal ? { ...outcome, text: entriesWithin(outcome.text, io.columns) } : outcome);
  });

  const key = ledger
    .command("key")
    .description("the device's public key, with a QR code on a terminal")
    .option("--json");
  agentCommand(key, io, async (call) => show(call, await call.agent.get(`/ledger/key?terminal=${io.terminal}`)));

  const prove = ledger
    .command("prove")
    .description("a proof that one entry is in the log")
    .addArgument(new Argument("<number>").argParser(wholeNumber(0, Number.MAX_SAFE_INTEGER)))
    .option("--json");
  agentCommand(prove, io, async (call) => show(call, await call.agent.get(`/ledger/prove/${call.argument}`)));

  const report = ledger
    .command("report")
    .description("a page an owner can show")
    .option("--html <file>", "as a page for a browser")
    .option("--json");
  agentCommand(report, io, async (call) => {
    const outcome = await call.agent.get<Outcome & { html: string }>("/ledger/report");
    if (call.options["html"] === undefined) return show(call, outcome);
    await writeOut(call.options["html"], outcome.html);
    io.out(`${call.options["html"]}\n`);
  });

  const accept = ledger
    .command("accept")
    .description("you have read what speaks against the ledger: open sharing again; this is written down")
    .option("--json");
  agentCommand(accept, io, async (call) => show(call, await call.agent.send("POST", "/ledger/accept")));

  const exported = ledger
    .command("export")
    .description("all of it in one file, for safe keeping and for `ledger verify FILE`")
    .requiredOption("--out <file>")
    .option("--json");
  agentCommand(exported, io, async (call) => {
    const file = call.options["out"]!;
    await writeOut(file, await call.agent.stream("/ledger/export"));
    io.out(call.json ? json({ file }) : `${file}\n`);
  });

  const verify = ledger
    .command("verify [file]")
    .description("recompute everything; name the first entry that was changed")
    .option("--key <key>", "the device's public key, or a file with it: needed for a file")
    .option("--head <file>", "a signed head that was kept elsewhere")
    .option("--json");
  agentCommand(verify, io, async (call) => {
    const [file] = verify.args;
    if (file === undefined) return show(call, await call.agent.get("/ledger/verify"));
    const { key: given, head } = call.options;
    if (given === undefined)
      return verify.error("error: a file is verified against a key: --key, as `doorstep ledger key` printed it", {
        exitCode: 2,
      });
    show(call, ledgerVerifyFile(file, textOf(given), head === undefined ? undefined : textOf(head)));
  });
}

/** A value from the command line, or the text of the file it names. */
const textOf = (value: string): string => (existsSync(value) ? readFileSync(value, "utf8") : value);

function print(io: Io, asJson: boolean, outcome: Outcome): void {
  io.out(asJson ? json(outcome.json) : outcome.text);
  io.exit(outcome.exitCode);
}
