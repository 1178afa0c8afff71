// A running agent as the command line sees it: the owner's API on a real control.sock, over whatever owner a test makes up.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommanderError } from "commander";
import { program } from "../../../agent/cli/program.ts";
import { ownerApi } from "../../../agent/review/api.ts";
import type { Owner } from "../../../agent/review/owner.ts";
import { SocketServer } from "../../../agent/review/socket.ts";
import { statePaths } from "../../../agent/state-directory.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { RsvgPdfMaker } from "../../../drivers/pdf/rsvg.ts";
import { FfmpegPictureDecoder } from "../../../drivers/picture/ffmpeg.ts";
import { FfmpegLuma } from "../../../drivers/luma/ffmpeg.ts";
import { CapturedIo } from "./captured-io.ts";

/** Runs `doorstep ARGS`, usage errors as exit code 2, without a process of its own. */
export async function doorstep(...args: string[]): Promise<CapturedIo> {
  const io = new CapturedIo();
  const clock = new SystemClock();
  const setting = {
    io,
    clock,
    version: "0",
    launch: async () => {},
    recordings: async () => new FfmpegLuma(clock),
    pictures: async () => new FfmpegPictureDecoder(clock),
    pdfs: async () => new RsvgPdfMaker(clock),
    light: () => Promise.resolve(undefined),
  };
  try {
    await (await program(setting, args)).parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    io.exit(error.exitCode === 0 ? 0 : 2);
  }
  return io;
}

/** Call {@link close} whatever happened. */
export class AgentStand {
  readonly state = mkdtempSync(join(tmpdir(), "doorstep-"));
  readonly #socket: SocketServer;

  constructor(owner: Partial<Owner>) {
    const { controlSocket } = statePaths(this.state);
    const answer = ownerApi(owner as Owner, "cli").fetch;
    this.#socket = new SocketServer({
      name: "control",
      path: controlSocket,
      mode: 0o600,
      answer: () => Promise.resolve(answer),
    });
  }

  start(): Promise<void> {
    return this.#socket.start();
  }

  /** Runs a command against this agent. */
  run(...args: string[]): Promise<CapturedIo> {
    return doorstep(...args, "--state", this.state);
  }

  async close(): Promise<void> {
    await this.#socket.stop();
    rmSync(this.state, { recursive: true });
  }
}

/** A stand that is open, and closed when the test is over. */
export async function standing(
  owner: Partial<Owner>,
  finished: (close: () => Promise<void>) => void,
): Promise<AgentStand> {
  const stand = new AgentStand(owner);
  await stand.start();
  finished(() => stand.close());
  return stand;
}
