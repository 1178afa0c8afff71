// A receiver without a network, in a folder of its own: messages go in, files and acknowledgements come out.
import { onTestFinished } from "vitest";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Intake } from "../../../agent/receiver/intake.ts";
import { Journal } from "../../../agent/receiver/journal.ts";
import type { Limits } from "../../../agent/receiver/collect.ts";
import type { SavedClip } from "../../../agent/receiver/open.ts";
import { Trust } from "../../../agent/receiver/trust.ts";
import type { PublicKey } from "../../../agent/ledger/public-key.ts";
import type { Acknowledgement } from "../../../agent/publisher/topics.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import type { WireMessage } from "./fake-device.ts";

export interface RigOptions {
  readonly trust: PublicKey | "first";
  readonly identities?: readonly string[];
  readonly out?: string;
  readonly limits?: Limits;
  readonly device?: string;
  readonly recipient?: string;
}

export class IntakeRig {
  readonly out: string;
  readonly clock: SimulatedClock;
  readonly intake: Intake;
  readonly journal: Journal;
  readonly saved: SavedClip[];
  readonly said: Acknowledgement[];
  /** "CODE clip" */
  readonly refused: string[];
  readonly alarms: string[];
  readonly withdrawn: string[];

  private constructor(out: string, journal: Journal, options: RigOptions) {
    const { device = "porch", recipient = "anna", trust, identities = [], limits } = options;
    this.out = out;
    this.clock = new SimulatedClock("2026-11-22T12:00:00Z");
    this.journal = journal;
    this.saved = [];
    this.said = [];
    this.refused = [];
    this.alarms = [];
    this.withdrawn = [];
    this.intake = new Intake({
      device,
      recipient,
      out,
      identities,
      journal,
      trust: new Trust(journal, device, recipient, trust === "first" ? undefined : trust),
      clock: this.clock,
      listener: {
        refused: (clip, { code }) => this.refused.push(`${code} ${clip}`),
        alarm: ({ code }) => this.alarms.push(code),
        withdrawn: (clip) => this.withdrawn.push(clip),
      },
      saved: (clip) => this.saved.push(clip),
      say: (acknowledgement) => this.said.push(acknowledgement),
      ...(limits && { limits }),
    });
  }

  static async start(options: RigOptions): Promise<IntakeRig> {
    const out = options.out ?? (await mkdtemp(join(tmpdir(), "doorstep-intake-")));
    const { device = "porch", recipient = "anna" } = options;
    const journal = await Journal.open(join(out, ".doorstep", `${device}.${recipient}.json`), "doorstep-test");
    const rig = new IntakeRig(out, journal, options);
    await rig.intake.resume();
    return rig;
  }

  async take(messages: readonly WireMessage[]): Promise<void> {
    for (const { suffix, payload } of messages) await this.intake.take(suffix, payload);
  }

  /** What a person sees in the folder. */
  files(): string[] {
    return readdirSync(this.out)
      .filter((name) => !name.startsWith("."))
      .sort();
  }

  read(name: string): Buffer {
    return readFileSync(join(this.out, name));
  }

  /** Names of pieces kept for later, over all clips. */
  partial(): string[] {
    const folder = join(this.out, ".partial");
    return existsSync(folder)
      ? readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
          entry.isFile() ? [entry.name] : [],
        )
      : [];
  }

  async remove(): Promise<void> {
    await rm(this.out, { recursive: true, force: true });
  }
}

/** A receiver that is taken away when the test is over. */
export async function receiver(options: RigOptions): Promise<IntakeRig> {
  const rig = await IntakeRig.start(options);
  onTestFinished(() => rig.remove());
  return rig;
}

/** The same with one bit changed. */
export function altered({ suffix, payload }: WireMessage): WireMessage {
  const other = Buffer.from(payload);
  other[other.length >> 1]! ^= 1;
  return { suffix, payload: other };
}
