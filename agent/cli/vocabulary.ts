// What means the same in every command is said in the same words in every help; and what one word means in which command.
import type { Command } from "commander";

/** By what stands on the command line; after the command's name where it means something else elsewhere. */
const WORDS: Readonly<Record<string, string>> = {
  "--json": "print one JSON object, for programs",
  "add --kind": "what is asked for",
  "check file": "the configuration",
  clip: "its id, as `doorstep clips` lists them",
  "close id": "the request, as `doorstep requests` lists them",
  "export --out": "where to; standard output if absent",
  "invite name": "the recipient: a–z, 0–9, _ and -",
  "mute from": "who asked, as `doorstep requests` says it",
  "notice --lang": "the language of the sign",
  "prove number": "the entry, as `doorstep ledger list` counts them",
  "unmute from": "who asked, as `doorstep requests` says it",
  "verify file": "an export of the ledger; the running agent's own if absent",
  "watch file": "the recording",
};

/** Describes what `command`, and the commands below it, left to be described. */
export function explainCommonWords(command: Command): void {
  const meaning = (word: string): string => WORDS[`${command.name()} ${word}`] ?? WORDS[word] ?? "";
  for (const option of command.options) option.description ||= meaning(option.long ?? "");
  for (const argument of command.registeredArguments) argument.description ||= meaning(argument.name());
  for (const below of command.commands) explainCommonWords(below);
}
