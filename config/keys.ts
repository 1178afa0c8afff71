// Every section and key of the configuration, in the order of the file: for the reference page and for misplaced keys. Pure.
import { ACTIVE_OUTPUT, DRIVER, GPIO, inputFields } from "./gpio-line.ts";
import type { Field } from "./field.ts";
import { AREA } from "./section/areas.ts";
import { brokerFields } from "./section/broker.ts";
import { CAMERA, CAMERA_SOURCE } from "./section/camera.ts";
import { DEVICE } from "./section/device.ts";
import { CHIME, TRIGGER } from "./section/inputs.ts";
import { AUDIO, NOTICE, RETENTION, REVIEW } from "./section/keeping.ts";
import { ENCRYPTION, RECIPIENT } from "./section/recipient.ts";
import { APPROVALS, REQUESTS, SHARING } from "./section/sharing.ts";

export interface Section {
  /** "recipient", "trigger.pir". */
  readonly name: string;
  /** Written [[name]], as often as needed. */
  readonly many?: true;
  /** What the section is for, and what its absence means. */
  readonly means: string;
  readonly fields: readonly Field<unknown>[];
}

const section = (
  name: string,
  means: string,
  ...fields: readonly Readonly<Record<string, Field<unknown>>>[]
): Section => ({
  name,
  means,
  fields: fields.flatMap((group) => Object.values(group)),
});

/** Every section in the order of the file. */
export const SECTIONS: readonly Section[] = [
  section("device", "What the device is called and what time it goes by. Required.", DEVICE),
  section("camera", "Which camera, how large a picture, how much before and after. Required.", CAMERA_SOURCE, CAMERA),
  {
    ...section("mask", "An area that is painted over before anything is encoded. None: nothing is hidden.", AREA),
    many: true,
  },
  {
    ...section(
      "property",
      "Ground of one's own: with any of these, everything outside all of them is painted over.",
      AREA,
    ),
    many: true,
  },
  { ...section("zone", "An area in which movement counts. None: movement anywhere counts.", AREA), many: true },
  section("trigger", "What starts a recording besides the sensors below.", TRIGGER),
  section("trigger.pir", "The motion sensor. Absent: there is none.", inputFields("pir")),
  section("trigger.button", "The bell push. Absent: there is none.", inputFields("button")),
  section(
    "trigger.light",
    'The light that says what is open; `light = "none"` says that there is none, and with libcamera or v4l2 one of the two must be written. With replay or simulated, an absent light is a simulated one.',
    { gpio: GPIO, driver: DRIVER, active: ACTIVE_OUTPUT },
  ),
  section(
    "trigger.privacy_switch",
    "A switch that closes camera and microphone while active. Only if wired: one that cannot be read keeps both closed.",
    inputFields("privacy_switch"),
  ),
  section(
    "trigger.objection",
    "An input a visitor can hold: the recording never goes out by itself, and is kept no longer than keep_objected.",
    inputFields("objection"),
  ),
  section("chime", "Rings on a press, whatever else happens. Absent: there is none.", CHIME),
  section("audio", "Sound. Absent: the microphone is never opened.", AUDIO),
  section("sharing", "Whether anything may leave at all. Absent: nothing does.", SHARING),
  { ...section("recipient", "One who may get something. None: nobody does.", RECIPIENT, ENCRYPTION), many: true },
  section("approvals", "Where the owner may say yes, and for how long the question stands.", APPROVALS),
  section("requests", "Whether third parties may leave a request.", REQUESTS),
  section("retention", "How long things are kept, and how much room they take.", RETENTION),
  section("notice", "For `doorstep notice`, the sign at the door. All three, or no section.", NOTICE),
  section(
    "mqtt",
    "The broker that takes what is shared. Needed as soon as sharing.enabled is true.",
    brokerFields(false),
  ),
  section("review", "The owner's page.", REVIEW),
];

/** The sections that have a key of this name. */
export const sectionsWith = (key: string): readonly string[] =>
  SECTIONS.filter(({ fields }) => fields.some((field) => field.key === key)).map(({ name }) => name);
