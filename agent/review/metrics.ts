// What is worth watching over weeks, in Prometheus' text format. Pure.
import type { Status } from "./owner.ts";

/** What is counted besides the status. */
export interface Counts {
  readonly status: Status;
  readonly ledgerEntries: number;
  readonly preRollBytes: number;
  readonly residentBytes: number;
  readonly liveViewers: number;
}

/** The text of `GET /metrics`. */
export function metricsText({ status, ledgerEntries, preRollBytes, residentBytes, liveViewers }: Counts): string {
  const { camera, microphone, recording, sharing, broker, clock, clips, config, alarms } = status;
  const yes = (is: boolean): number => (is ? 1 : 0);
  return [
    gauge("camera_open", "Whether the camera is open.", yes(camera.state === "on")),
    gauge("microphone_open", "Whether the microphone is open.", yes(microphone.state === "on")),
    gauge("recording", "Whether a clip is being recorded.", yes(recording.state === "recording")),
    gauge("sharing_enabled", "Whether anything may leave.", yes(sharing.state === "enabled")),
    gauge("broker_connected", "Whether the publisher is connected to the broker.", yes(broker.state === "connected")),
    gauge("clock_trusted", "Whether the clock may be relied on.", yes(clock.trusted)),
    gauge("clips", "Finished clips on the device.", clips.count),
    gauge("clips_bytes", "What they and their pictures take.", clips.bytes),
    gauge("clips_waiting", "Clips that wait for the owner.", clips.waiting),
    gauge("config_faults", "What is wrong with the configuration file.", config.faults.length),
    gauge("alarms", "Alarms that are shown.", alarms.length),
    gauge("ledger_entries", "Entries of the ledger.", ledgerEntries),
    gauge("pre_roll_bytes", "Pictures in memory, from before the next trigger.", preRollBytes),
    gauge("resident_bytes", "Memory of the recorder.", residentBytes),
    gauge("live_viewers", "How many watch live.", liveViewers),
  ].join("");
}

const gauge = (name: string, help: string, value: number): string =>
  `# HELP doorstep_${name} ${help}\n# TYPE doorstep_${name} gauge\ndoorstep_${name} ${value}\n`;
