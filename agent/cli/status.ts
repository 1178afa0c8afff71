// `doorstep status`: one line a thing, in words.
import type { Command } from "commander";
import type { Status } from "../review/owner.ts";
import { agentCommand } from "./command.ts";
import { json, type Io } from "./io.ts";
import { bytes } from "./table.ts";
import { faultWords } from "./valid-config.ts";

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
  const rows: [name: string, text: string, remedy?: string | undefined][] = [
    ["camera", state(camera.state, `${camera.source}${camera.detail && `: ${camera.detail}`}`), camera.remedy],
    ["microphone", state(microphone.state, microphone.detail), microphone.remedy],
    ["light", state(light.state, light.detail), light.remedy],
    ["recording", state(recording.state, recording.clip ?? "")],
    ["sharing", state(sharing.state, sharing.detail)],
    ["broker", state(broker.state, broker.detail), broker.remedy],
    ["clock", state(clock.trusted ? "trusted" : "not trusted", clock.detail)],
    [
      "clips",
      `${clips.count}, ${bytes(clips.bytes)}; ${clips.waiting} waiting for you; ${bytes(clips.free)} free on the card`,
    ],
    ["config", config.digest ? `${config.file} (${config.digest.slice(0, 12)})` : config.file],
  ];
  const faults = config.faults.map(
    ({ hint, remedy, ...fault }) =>
      `  config ${fault.code}: ${faultWords(fault)}${hint ? ` (${hint})` : ""}\n${todo(remedy)}`,
  );
  const alarms = status.alarms.map(
    ({ code, detail, at, remedy }) => `  alarm  ${at} ${code}: ${detail}\n${todo(remedy)}`,
  );
  const lines = rows.map(([name, text, remedy]) => `  ${name.padEnd(11)} ${text}\n${todo(remedy)}`);
  return [`${status.device}\n`, ...lines, ...faults, ...alarms].join("");
}

const state = (word: string, detail: string): string => (detail ? `${word} (${detail})` : word);

/** What to do about the line before, as every command says it: further in. */
const todo = (remedy: string | undefined): string => (remedy === undefined ? "" : `${" ".repeat(14)}${remedy}\n`);
