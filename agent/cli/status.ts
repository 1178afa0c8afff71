// `doorstep status`: one line a thing, in words.
import type { Command } from "commander";
import type { Status } from "../review/owner.ts";
import { agentCommand } from "./command.ts";
import { json, type Io } from "./io.ts";
import { bytes } from "./table.ts";

/** Adds the command to `program`. */
export function registerStatus(program: Command, io: Io): void {
  agentCommand(
    program.command("status").description("how camera, sharing, broker and clock are").option("--json"),
    io,
    async (call) => {
      const status = await call.agent.get<Status>("/status");
      io.out(call.json ? json(status) : words(status));
    },
  );
}

/** The status as a person reads it. */
export function words(status: Status): string {
  const { camera, microphone, light, recording, sharing, broker, clock, config, clips } = status;
  const rows: [string, string][] = [
    ["camera", state(camera.state, `${camera.source}${camera.detail && `: ${camera.detail}`}`)],
    ["microphone", state(microphone.state, microphone.detail)],
    ["light", state(light.state, light.detail)],
    ["recording", state(recording.state, recording.clip ?? "")],
    ["sharing", state(sharing.state, sharing.detail)],
    ["broker", state(broker.state, broker.detail)],
    ["clock", state(clock.trusted ? "trusted" : "not trusted", clock.detail)],
    ["clips", `${clips.count}, ${bytes(clips.bytes)}; ${clips.waiting} waiting for you`],
    ["config", `${config.file} (${config.digest.slice(0, 12)})`],
  ];
  const faults = config.faults.map(
    ({ line, path, found, expected, hint }) =>
      `  config ${line ? `line ${line}: ` : ""}${path}: found ${found}, expected ${expected}${hint ? ` (${hint})` : ""}\n`,
  );
  const alarms = status.alarms.map(({ code, detail, at }) => `  alarm  ${at} ${code}: ${detail}\n`);
  return `${status.device}\n${rows.map(([name, text]) => `  ${name.padEnd(11)} ${text}\n`).join("")}${faults.join("")}${alarms.join("")}`;
}

const state = (word: string, detail: string): string => (detail ? `${word} (${detail})` : word);
