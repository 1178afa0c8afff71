// The recording session as a table: what happens at the door, and what is told of it.
import { describe, expect, test } from "vitest";
import type { SessionEvent, SessionSettings } from "../../../agent/capture/session.ts";
import { play, SETTINGS } from "./session-story.ts";

type Line = [seconds: number, what: string];

/** "+pir" and "-pir" are levels, "pir" a trigger; key pictures come by themselves, once a second, while the camera sees. */
function story(lines: Line[], settings: Partial<SessionSettings> = {}, until = 200): string[] {
  const events = lines.map(([at, what]): { at: number; event: SessionEvent } => ({ at: at * 1000, event: read(what) }));
  return play(events, { ...SETTINGS, ...settings }, { keyEveryMs: 1000, untilMs: until * 1000 }).told;
}

function read(what: string): SessionEvent {
  const at = 0 as SessionEvent["at"];
  if (what === "+pir" || what === "-pir") return { kind: "presence", source: "pir", present: what === "+pir", at };
  if (what === "+motion" || what === "-motion")
    return { kind: "presence", source: "motion", present: what === "+motion", at };
  if (what === "pir" || what === "button" || what === "motion" || what === "owner")
    return { kind: "trigger", trigger: what, at };
  return { kind: what as "close", at };
}

const TABLE: { name: string; lines: Line[]; settings?: Partial<SessionSettings>; told: string[] }[] = [
  {
    name: "a visit is recorded from before the trigger until some time after it",
    lines: [[20, "pir"]],
    told: ["20 begin from 15: pir", "28 end absence: pir"],
  },
  {
    name: "a visitor who stands still under the sensor is still there",
    lines: [
      [20, "pir"],
      [20, "+pir"],
      [45, "-pir"],
    ],
    told: ["20 begin from 15: pir", "53 end absence: pir"],
  },
  {
    name: "a visitor whom only the picture still shows is still there",
    lines: [
      [20, "button"],
      [21, "+motion"],
      [50, "-motion"],
    ],
    told: ["20 begin from 15: button", "58 end absence: button"],
  },
  {
    name: "a second trigger makes the clip longer instead of making a second clip",
    lines: [
      [20, "pir"],
      [26, "button"],
    ],
    told: ["20 begin from 15: pir", "34 end absence: pir button"],
  },
  {
    name: "the same trigger within five seconds is the same sign, later it is another",
    lines: [
      [20, "pir"],
      [22, "pir"],
      [24.9, "pir"],
      [27, "pir"],
    ],
    told: ["20 begin from 15: pir", "35 end absence: pir×3 pir"],
  },
  {
    name: "a long visit becomes one clip after another without a gap",
    lines: [
      [20, "pir"],
      [20, "+pir"],
      [140, "-pir"],
    ],
    told: [
      "20 begin from 15: pir",
      "75 end max-length: pir",
      "75 begin with the next picture: pir×0",
      "135 end max-length: pir×0",
      "135 begin with the next picture: pir×0",
      "148 end absence: pir×0",
    ],
  },
  {
    name: "a bell pressed just before the longest clip ends is followed into the next",
    lines: [
      [20, "pir"],
      [20, "+pir"],
      [60, "-pir"],
      [73, "button"],
    ],
    settings: { postRollMs: 20_000 },
    told: [
      "20 begin from 15: pir",
      "75 end max-length: pir button",
      "75 begin with the next picture: button×0",
      "93 end absence: button×0",
    ],
  },
  {
    name: "a sensor that warms up after power came back is not believed, a bell is",
    lines: [
      [10, "pir"],
      [10, "+pir"],
      [30, "button"],
      [70, "pir"],
    ],
    settings: { pirReadyAt: 60_000 as SessionSettings["pirReadyAt"] },
    told: [
      "10 ignored pir (warm-up)",
      "30 begin from 25: button",
      "38 end absence: button",
      "70 begin from 65: pir",
      "78 end absence: pir",
    ],
  },
  {
    name: "a sensor waits out the cool-down and then begins where the last clip ended",
    lines: [
      [20, "pir"],
      [28.5, "pir"],
    ],
    told: ["20 begin from 15: pir", "28 end absence: pir", "30 begin from 28: pir", "36.5 end absence: pir"],
  },
  {
    name: "the bell does not wait out the cool-down",
    lines: [
      [20, "pir"],
      [28.5, "button"],
    ],
    told: ["20 begin from 15: pir", "28 end absence: pir", "28.5 begin from 28: button", "36.5 end absence: button"],
  },
  {
    name: "the privacy switch ends a clip at once and nothing begins until it is open again",
    lines: [
      [20, "pir"],
      [20, "+pir"],
      [22, "close"],
      [23, "button"],
      [40, "open"],
      [50, "button"],
    ],
    told: [
      "20 begin from 15: pir",
      "22 end closed: pir",
      "23 ignored button (closed)",
      "50 begin from 45: button",
      "58 end absence: button",
    ],
  },
  {
    name: "a camera lost in the middle ends the clip and the next picture begins another while somebody is there",
    lines: [
      [20, "pir"],
      [20, "+pir"],
      [25.5, "camera-lost"],
      [40, "camera-back"],
      [45, "-pir"],
    ],
    told: [
      "20 begin from 15: pir",
      "25.5 end camera-lost: pir",
      "40 begin with the next picture: pir×0",
      "53 end absence: pir×0",
    ],
  },
  {
    name: "a trigger waits for a camera that is being woken",
    lines: [
      [1, "camera-lost"],
      [20, "pir"],
      [22, "camera-back"],
    ],
    told: ["22 begin with the next picture: pir", "28 end absence: pir"],
  },
  {
    name: "a trigger for which no picture came is reported as missed",
    lines: [
      [1, "camera-lost"],
      [20, "pir"],
    ],
    told: ["50 missed: pir"],
  },
  {
    name: "a clip that only the sensor asked for is not kept when nothing moved and confirmation is wanted",
    lines: [
      [20, "pir"],
      [60, "pir"],
      [61, "+motion"],
      [62, "-motion"],
      [100, "pir"],
      [101, "button"],
    ],
    settings: { confirm: "motion" },
    told: [
      "20 begin from 15: pir",
      "28 end absence, not kept: pir",
      "60 begin from 55: pir",
      "70 end absence: pir",
      "100 begin from 95: pir",
      "109 end absence: pir button",
    ],
  },
  {
    name: "an unconfirmed clip cut short by a lost camera is kept",
    lines: [
      [20, "pir"],
      [22, "camera-lost"],
    ],
    settings: { confirm: "motion" },
    told: ["20 begin from 15: pir", "22 end camera-lost: pir"],
  },
  {
    name: "a clip that could not be written ends the session and the next trigger tries again",
    lines: [
      [20, "pir"],
      [20, "+pir"],
      [21, "clip-failed"],
      [25, "pir"],
      [26, "-pir"],
    ],
    told: ["20 begin from 15: pir", "25 begin from 21: pir", "34 end absence: pir"],
  },
  {
    name: "pictures of another size go into a clip of their own",
    lines: [
      [20, "owner"],
      [25, "format-changed"],
    ],
    told: [
      "20 begin from 15: owner",
      "25 end format-changed: owner",
      "25 begin with the next picture: owner×0",
      "28 end absence: owner×0",
    ],
  },
  {
    name: "stopping the agent ends the clip properly and reports what was still waiting",
    lines: [
      [20, "pir"],
      [28.5, "pir"],
      [29, "stop"],
    ],
    told: ["20 begin from 15: pir", "28 end absence: pir", "29 missed: pir"],
  },
];

describe("session", () => {
  test.each(TABLE)("$name", ({ lines, settings, told }) => {
    expect(story(lines, settings)).toEqual(told);
  });

  test("a sensor stuck at present for ten minutes is no longer believed", () => {
    const lines: Line[] = [
      [20, "pir"],
      [20, "+pir"],
    ];

    const told = story(lines, {}, 1200);

    expect(told.at(-1)).toBe("620 end absence: pir×0");
    expect(told.filter((line) => line.includes("begin"))).toHaveLength(11);
  });

  test("a camera that sends no key picture cannot make a clip endless", () => {
    const events = [
      { at: 0, event: { kind: "key-picture" } as SessionEvent },
      { at: 500, event: { kind: "trigger", trigger: "pir" } as SessionEvent },
      { at: 500, event: { kind: "presence", source: "pir", present: true } as SessionEvent },
    ];

    const { told } = play(events, SETTINGS, { keyEveryMs: Infinity, untilMs: 200_000 });

    expect(told).toEqual(["0.5 begin from 0: pir", "90 end max-length: pir"]);
  });
});
