// `doorstep clips`: what was recorded, why, and where each recording stands for each recipient.
import type { Command } from "commander";
import { rfc3339 } from "../../drivers/clock/clock.ts";
import type { ClipView, ShareState } from "../review/owner.ts";
import { agentCommand } from "./command.ts";
import { json, type Io } from "./io.ts";
import { bytes, table } from "./table.ts";

/** Adds the command to `program`. */
export function registerClips(program: Command, io: Io): void {
  agentCommand(
    program.command("clips").description("what was recorded, and who may get it").option("--json"),
    io,
    async (call) => {
      const { clips } = await call.agent.get<{ clips: readonly ClipView[] }>("/clips");
      io.out(call.json ? json({ clips: clips.map(document) }) : listing(clips, io));
    },
  );
}

/** One clip as --json prints it: RFC 3339, seconds, bytes. */
function document(clip: ClipView): object {
  return {
    id: clip.id,
    state: clip.state,
    started: rfc3339(clip.startedAt),
    clock_trusted: clip.clockTrusted,
    duration_s: clip.durationMs / 1000,
    pre_roll_s: clip.preRollMs / 1000,
    bytes: clip.bytes,
    sha256: clip.sha256,
    width: clip.width,
    height: clip.height,
    audio: clip.hasAudio,
    triggers: clip.triggers,
    zones: clip.zones,
    pinned: clip.pinned,
    objected: clip.objected,
    shares: clip.shares,
  };
}

/** "asks (still; …)": of what, where it is not the clip itself, and what more there is to say. */
export function standing({ state, kind }: ShareState, more?: string): string {
  const details = [kind === "clip" ? "" : kind, more].filter(Boolean).join("; ");
  return details === "" ? state : `${state} (${details})`;
}

function listing(clips: readonly ClipView[], io: Io): string {
  if (!clips.length) return "nothing recorded yet\n";
  const time = new Intl.DateTimeFormat("en-CA", {
    dateStyle: "short",
    timeStyle: "medium",
    hour12: false,
    timeZone: io.timeZone,
  });
  return table(
    [
      { title: "clip" },
      { title: "when" },
      { title: "why", dispensable: true },
      { title: "length", align: "right", dispensable: true },
      { title: "size", align: "right", dispensable: true },
      { title: "who gets it", flexible: true },
    ],
    clips.map((clip) => [
      clip.id,
      time.format(clip.startedAt).replace(",", ""),
      clip.triggers.join("+"),
      clip.state === "recording" ? "" : `${(clip.durationMs / 1000).toFixed(1)} s`,
      clip.state === "recording" ? "" : bytes(clip.bytes),
      clip.state === "ready"
        ? clip.shares.map((share) => `${share.recipient}: ${standing(share)}`).join(", ")
        : clip.state,
    ]),
    io.columns,
  );
}
