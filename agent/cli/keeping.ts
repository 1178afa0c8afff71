// What is kept and what goes: `doorstep pin CLIP`, and `doorstep erase --from --to` for a person who asks not to be kept.
import type { Command } from "commander";
import { rfc3339 } from "../../drivers/clock/clock.ts";
import type { ErasedView } from "../review/owner.ts";
import { agentCommand } from "./command.ts";
import { orderly, readInstant } from "./instant.ts";
import { json, type Io } from "./io.ts";

/** Adds the commands to `program`. */
export function registerKeeping(program: Command, io: Io): void {
  const pin = program
    .command("pin <clip>")
    .description("keep a clip, whatever its age and however full the card (not one that a visitor objected to)")
    .option("--off", "let it go with the others again");
  agentCommand(pin, io, async ({ agent, argument, options }) => {
    const pinned = options["off"] === undefined;
    await agent.send("POST", `/clips/${argument}/pin`, { pinned });
    io.out(`${argument}: ${pinned ? "kept until you let it go (`--off`)" : "goes with the others again"}\n`);
  });

  const erase = program
    .command("erase")
    .description("erase every recording of a span of time, pinned ones too, and what the ledger says about them")
    .requiredOption("--from <instant>", "RFC 3339, or a local date and time: 2026-11-22 14:05")
    .requiredOption("--to <instant>", "the first instant that is kept again")
    .option("--json");
  agentCommand(erase, io, async (call) => {
    const { from, to } = orderly(readInstant(call.options["from"]!), readInstant(call.options["to"]!));
    const erased = await call.agent.send<ErasedView>("POST", "/erase", { from: rfc3339(from), to: rfc3339(to) });
    io.out(call.json ? json(document(erased)) : words(erased));
  });
}

const document = ({ removed, received, recording, doubtful }: ErasedView): object => ({
  clips: removed.map((id) => ({ id, had_received: received[id] ?? [] })),
  recording,
  doubtful,
});

function words({ removed, received, recording, doubtful }: ErasedView): string {
  const lines = removed.map((id) => {
    const names = received[id] ?? [];
    return `${id}  ${names.length ? `had been sent to ${names.join(", ")}, and is withdrawn there` : "nobody had received it"}`;
  });
  return [
    removed.length ? `erased ${removed.length}:` : "nothing of that time is kept",
    ...lines.map((line) => `  ${line}`),
    ...(Object.keys(received).length
      ? ["what somebody has received cannot be called back: ask them to delete it"]
      : []),
    ...recording.map((id) => `still being recorded, erase again afterwards: ${id}`),
    ...doubtful.map((id) => `recorded on a clock that was not set, look at it yourself: ${id}`),
    "",
  ].join("\n");
}
