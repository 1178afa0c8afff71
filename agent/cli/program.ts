// The command line: every command under one name, with help that a newcomer can follow. Only what is asked for is loaded, so
// that the recorder's process never holds the code of a command that speaks.
import { Command, CommanderError } from "commander";
import type { SystemClock } from "../../drivers/clock/system.ts";
import type { LumaFile } from "../../drivers/luma/luma.ts";
import type { PdfMaker } from "../../drivers/pdf/pdf.ts";
import type { PictureDecoder } from "../../drivers/picture/picture.ts";
import type { Io } from "./io.ts";
import type { LightOf } from "./light-off.ts";
import type { Launch } from "./run.ts";
import { explainCommonWords } from "./vocabulary.ts";

const AFTER_HELP = `
Start with:
  doorstep demo                        the whole story on simulated hardware
  doorstep check doorstep.toml         is my configuration right, and what does it permit?
  doorstep run --config doorstep.toml  start the agent

Exit codes: 0 done, 1 the answer is no, 2 usage, 3 cannot reach the agent.`;

/** What commands are given. */
export interface Setting {
  readonly io: Io;
  readonly clock: SystemClock;
  readonly version: string;
  /** Starts the roles. */
  readonly launch: Launch;
  /** Makes small pictures of recordings. */
  readonly recordings: () => Promise<LumaFile>;
  /** Decodes the key pictures of clips. */
  readonly pictures: () => Promise<PictureDecoder>;
  /** Makes PDFs of drawings. */
  readonly pdfs: () => Promise<PdfMaker>;
  readonly light: LightOf;
}

interface Shelf {
  readonly commands: readonly string[];
  register(root: Command, setting: Setting): Promise<void>;
}

/** In the order of the help. */
const SHELVES: readonly Shelf[] = [
  {
    commands: ["run"],
    register: async (root, { io, launch }) => (await import("./run.ts")).registerRun(root, io, launch),
  },
  { commands: ["demo"], register: async (root, { io }) => (await import("./demo.ts")).registerDemo(root, io) },
  {
    commands: ["check"],
    register: async (root, { io, clock }) => (await import("./check-command.ts")).registerCheck(root, io, clock),
  },
  {
    commands: ["doctor"],
    register: async (root, { io, clock }) =>
      (await import("./doctor.ts")).registerDoctor(
        root,
        io,
        async () => new (await import("./doctor-machine.ts")).ThisMachine(clock),
      ),
  },
  { commands: ["status"], register: async (root, { io }) => (await import("./status.ts")).registerStatus(root, io) },
  { commands: ["clips"], register: async (root, { io }) => (await import("./clips.ts")).registerClips(root, io) },
  { commands: ["play"], register: async (root, { io }) => (await import("./play.ts")).registerPlay(root, io) },
  {
    commands: ["approve", "deny", "withdraw"],
    register: async (root, { io }) => (await import("./answers.ts")).registerAnswers(root, io),
  },
  { commands: ["explain"], register: async (root, { io }) => (await import("./explain.ts")).registerExplain(root, io) },
  {
    commands: ["rehearse"],
    register: async (root, { io }) => (await import("./rehearse.ts")).registerRehearse(root, io),
  },
  {
    commands: ["requests"],
    register: async (root, { io }) => (await import("./requests.ts")).registerRequests(root, io),
  },
  { commands: ["export"], register: async (root, { io }) => (await import("./export.ts")).registerExport(root, io) },
  {
    commands: ["pin", "erase"],
    register: async (root, { io }) => (await import("./keeping.ts")).registerKeeping(root, io),
  },
  {
    commands: ["watch"],
    register: async (root, { io, recordings }) => (await import("./watch.ts")).registerWatch(root, io, recordings),
  },
  {
    commands: ["masks"],
    register: async (root, { io, pictures }) => (await import("./masks.ts")).registerMasks(root, io, pictures),
  },
  {
    commands: ["notice"],
    register: async (root, { io, pdfs }) => (await import("./notice.ts")).registerNotice(root, io, pdfs),
  },
  {
    commands: ["trigger", "delete", "pause", "resume"],
    register: async (root, { io }) => (await import("./controls.ts")).registerControls(root, io),
  },
  {
    commands: ["ledger"],
    register: async (root, { io }) => (await import("./ledger-commands.ts")).registerLedger(root, io),
  },
  { commands: ["page"], register: async (root, { io }) => (await import("./page.ts")).registerPage(root, io) },
  { commands: ["review"], register: async (root, { io }) => (await import("./review.ts")).registerReview(root, io) },
  {
    commands: ["keygen"],
    register: async (root, { io, clock }) => (await import("./keygen.ts")).registerKeygen(root, io, clock),
  },
  {
    commands: ["invite"],
    register: async (root, { io, clock }) => (await import("./invite.ts")).registerInvite(root, io, clock),
  },
  {
    commands: ["boot"],
    register: async (root, { io, clock, version }) =>
      (await import("./boot.ts")).registerBoot(root, io, clock, version),
  },
  {
    commands: ["light-off"],
    register: async (root, { io, light }) => (await import("./light-off.ts")).registerLightOff(root, io, light),
  },
  {
    commands: ["receive"],
    register: async (root, { io, clock }) => (await import("./receive.ts")).registerReceive(root, io, clock),
  },
];

/** Reads `args` (without node and script) and does what they say; a mistake in them is exit code 2. */
export async function run(setting: Setting, args: readonly string[]): Promise<void> {
  try {
    await (await program(setting, args)).parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    setting.io.exit(error.exitCode === 0 ? 0 : 2);
  }
}

/** The program, ready to parse `args` (without node and script). Usage errors throw CommanderError. */
export async function program(setting: Setting, args: readonly string[]): Promise<Command> {
  const { io, version } = setting;
  const root = new Command("doorstep")
    .description("A doorbell camera agent that asks its owner first.")
    .version(version)
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .showSuggestionAfterError()
    .addHelpText("after", AFTER_HELP)
    .exitOverride();
  const asked = SHELVES.find(({ commands }) => commands.includes(args[0] ?? ""));
  for (const shelf of asked ? [asked] : SHELVES) await shelf.register(root, setting);
  explainCommonWords(root);
  return root;
}
