// The configuration as the rest of the program sees it: complete, validated, frozen (DESIGN §6). Reading it is parse.ts.
import type { Trigger } from "./trigger.ts";

/** Fractions of the picture, 0–1, from its top left corner. */
export type Point = readonly [x: number, y: number];
export interface Area {
  readonly name: string;
  readonly polygon: readonly Point[];
}

export type CameraSource =
  | { readonly kind: "libcamera"; readonly index: number }
  | { readonly kind: "v4l2"; readonly device: string }
  | { readonly kind: "replay"; readonly file: string; readonly loop: boolean; readonly speed: number }
  | { readonly kind: "simulated"; readonly speed: number };

export interface CameraConfig {
  readonly source: CameraSource;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly rotation: 0 | 180;
  /** What encodes pictures with masks. Without masks a camera's own H.264 is used where it has some. */
  readonly encoder: "libx264" | "h264_v4l2m2m";
  readonly mode: "ready" | "asleep";
  /** All spans in the configuration are milliseconds and end in Ms. */
  readonly preRollMs: number;
  readonly postRollMs: number;
  readonly maxClipMs: number;
}

export interface GpioLine {
  /** BCM number, 0–27. */
  readonly gpio: number;
  readonly driver: "auto" | "onoff" | "gpiod" | "simulated";
  readonly active: "high" | "low";
  readonly pull: "up" | "down" | "none" | "as-is";
  readonly debounceMs: number;
}

export type Grant = "never" | "ask" | "auto";

export interface Recipient {
  readonly name: string;
  readonly clips: Grant;
  readonly stills: Grant;
  readonly previews: Grant;
  readonly events: "never" | "auto";
  readonly audio: boolean;
  readonly toldOfAsks: boolean;
  readonly toldOfState: boolean;
  readonly homeAssistant: boolean;
  /** Recipients in age's own text form, all classic or all post-quantum; "plain" when the owner wrote plain = true. */
  readonly encryption: { readonly kind: "age"; readonly keys: readonly string[] } | { readonly kind: "plain" };
  readonly triggers: "all" | readonly Trigger[];
  readonly zones: "all" | readonly string[];
  /** Local minutes since midnight, end exclusive; from > to wraps past midnight. Judged by when the clip began. */
  readonly hours: "always" | { readonly from: number; readonly to: number };
  /** The last local day ("2027-06-30") on which anything is sent, or "forever". */
  readonly until: string;
  readonly maxPerDay: "unlimited" | number;
}

export type ApprovalChannel = "page" | "cli" | "mqtt_signed" | "home_assistant";

export interface Config {
  readonly device: { readonly name: string; readonly timezone: string; readonly clock: "ntp" | "assume" };
  readonly camera: CameraConfig;
  readonly masks: readonly Area[];
  readonly property: readonly Area[];
  readonly zones: readonly Area[];
  readonly trigger: {
    readonly pir?: GpioLine;
    readonly button?: GpioLine;
    readonly light: GpioLine | "none";
    readonly privacySwitch?: GpioLine;
    readonly objection?: GpioLine;
    readonly video: boolean;
    readonly confirm: "none" | "motion";
    readonly sensitivity: number;
  };
  readonly chime: { readonly gpio: GpioLine } | { readonly sound: string } | "none";
  readonly audio: { readonly record: boolean; readonly device: string };
  readonly sharing: { readonly enabled: boolean };
  readonly recipients: readonly Recipient[];
  readonly approvals: {
    readonly channels: readonly ApprovalChannel[];
    readonly ownerKey?: string;
    readonly askExpiresMs: number;
  };
  readonly requests: { readonly accept: boolean };
  readonly retention: {
    readonly keepMs: number;
    readonly keepUnsharedMs: number;
    readonly keepObjectedMs: number;
    readonly maxBytes: number;
    readonly ledgerMs: number;
  };
  readonly notice?: { readonly controller: string; readonly contact: string; readonly purpose: string };
  readonly mqtt?: {
    /** mqtt, mqtts, ws or wss; "embedded" only in the demo. */
    readonly url: string;
    readonly username?: string;
    /** A secret is named, never held: only the process that needs it reads the file. */
    readonly passwordFile?: string;
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
    readonly discoveryPrefix: string;
  };
  readonly review: { readonly lan: boolean; readonly passwordFile?: string };
  /** Line in the file by dotted path, recipients and areas by name: lines["recipient.anna.clips"] === 41. */
  readonly lines: Readonly<Record<string, number>>;
}

/** Whether anything of the picture has to be painted over. */
export const isPainted = ({ masks, property }: Pick<Config, "masks" | "property">): boolean =>
  masks.length + property.length > 0;

/** One thing wrong with a configuration file. */
export interface Fault {
  readonly code: string;
  /** 1-based; absent when the whole file is at fault. */
  readonly line?: number;
  /** 1-based, in characters: where on that line. Absent when `line` is. */
  readonly column?: number;
  /** Dotted path, as in {@link Config.lines}. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  /** The nearest known key, or what to do. */
  readonly hint?: string;
}
