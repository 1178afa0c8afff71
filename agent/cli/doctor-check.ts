// What `doorstep doctor` looks at, and what it says of it. Pure.
import type { Config } from "../../config/config.ts";
import type { ConnectedCamera } from "../../drivers/camera/rpicam-cameras.ts";
import type { PixelFormat } from "../../drivers/camera/v4l2-words.ts";
import type { Status } from "../review/owner.ts";

/** One line of the doctor's. */
export interface Finding {
  readonly name: string;
  readonly state: "ok" | "warn" | "fail";
  /** A fragment: what was found. */
  readonly detail: string;
  /** What to do; absent when all is well. */
  readonly remedy?: string;
}

/** Something that a driver could not do. */
export interface Trouble {
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
}

/** Tells a result from a trouble. */
export const isTrouble = (value: unknown): value is Trouble =>
  typeof value === "object" && value !== null && "remedy" in value && "code" in value;

/** Who has a GPIO line; undefined: it is free. */
export interface LineFact {
  readonly exists: boolean;
  readonly holder?: string;
}

/** What can be asked of the machine without disturbing anything that runs on it. */
export interface Machine {
  /** What `rpicam-hello --list-cameras` found. Only while no agent runs: it opens the cameras. */
  listCameras(): Promise<readonly ConnectedCamera[] | Trouble>;
  /** What a USB camera offers. Only while no agent runs: it opens the camera. */
  usbFormats(device: string): Promise<readonly PixelFormat[] | Trouble>;
  /** Whether rpicam-vid can encode what the configuration asks for. Opens no camera. */
  rpicam(): Promise<{ readonly version: string; readonly libav: boolean } | Trouble>;
  /** "Raspberry Pi 5 Model B Rev 1.0"; "" when this is none. */
  board(): Promise<string>;
  /** Version of ffmpeg, and whether it has libx264. */
  ffmpeg(): Promise<{ readonly version: string; readonly x264: boolean } | Trouble>;
  fileReadable(path: string): Promise<boolean>;
  /** BCM numbers to what is known of their lines. */
  lines(gpios: readonly number[]): Promise<ReadonlyMap<number, LineFact> | Trouble>;
  /** Which driver a line would get: "onoff", "gpiod 2.2.1", … */
  gpioDrivers(): Promise<readonly { readonly name: string; readonly trouble?: Trouble }[]>;
  /** Peak of half a second from the microphone, 0–1. Only when audio is on and no agent runs. */
  microphonePeak(device: string): Promise<number | Trouble>;
  clock(): Promise<{ readonly trusted: boolean; readonly detail: string }>;
  card(path: string): Promise<Card | Trouble>;
  /** Whether the Pi's power supply is too weak, now or since it was switched on; undefined when nobody knows. */
  undervoltage(): Promise<"now" | "before" | "never" | undefined>;
}

export interface Card {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly filesystem: string;
  readonly readOnly: boolean;
  /** Swap files on it, which wear it out. */
  readonly swapFiles: readonly string[];
  /** Percent of its life that is used, where the card tells. */
  readonly wornPercent?: number;
}

/** What a check is given. */
export interface Patient {
  readonly machine: Machine;
  readonly config: Config;
  readonly stateDirectory: string;
  /** Of the running agent; undefined: none runs. */
  readonly status: Status | undefined;
  /** Has the running agent's publisher send itself a message: "ok", or what went wrong; undefined when it cannot be asked. */
  readonly selfTest: () => Promise<string | undefined>;
}

/** Looks at one thing. */
export type Check = (patient: Patient) => Promise<readonly Finding[]>;

export const ok = (name: string, detail: string): Finding => ({ name, state: "ok", detail });
export const warn = (name: string, detail: string, remedy: string): Finding => ({
  name,
  state: "warn",
  detail,
  remedy,
});
export const fail = (name: string, detail: string, remedy: string): Finding => ({
  name,
  state: "fail",
  detail,
  remedy,
});
export const failed = (name: string, { code, detail, remedy }: Trouble): Finding =>
  fail(name, `${code}: ${detail}`, remedy);
