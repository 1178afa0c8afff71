// Which pictures pass to a decoder: key pictures, or all from the newest of them on.
import { expect, test } from "vitest";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import type { Uptime } from "../../../drivers/clock/clock.ts";
import { KeyGate } from "../../../drivers/luma/key-gate.ts";

/** Pushes units named K (a key picture) or p (another), numbered; `+` and `-` turn attention on and off. */
function through(script: string, { keysOnly = false, bytes = 10, refused = "" } = {}): string {
  const taken: string[] = [];
  const names = new Map<AccessUnit, string>();
  const gate = new KeyGate(keysOnly, (unit) => {
    const name = names.get(unit)!;
    taken.push(name);
    return !refused.split(" ").includes(name);
  });
  for (const [n, letter] of script.split("").entries()) {
    if (letter === "+" || letter === "-") gate.attend(letter === "+");
    else {
      const unit: AccessUnit = { data: new Uint8Array(bytes), key: letter === "K", at: n as Uptime };
      names.set(unit, `${letter}${n}`);
      gate.push(unit);
    }
  }
  return taken.join(" ");
}

test("all pictures pass from the first key picture on, unless only key pictures are asked for", () => {
  expect(through("ppKppKp")).toBe("K2 p3 p4 K5 p6");
  expect(through("ppKppKp", { keysOnly: true })).toBe("K2 K5");
  expect(through("K+ppK", { keysOnly: true })).toBe("K0 K4");
});

test("without attention only key pictures pass, and with it again those since the last key picture come at once", () => {
  expect(through("Kp-ppKpp")).toBe("K0 p1 K5");
  expect(through("-KppKpp+pK")).toBe("K1 K4 p5 p6 p8 K9");
});

test("what is kept is bounded: when it is too much the next key picture is where attention begins", () => {
  expect(through("-Kppp+pKp", { bytes: 800_000 })).toBe("K1 K7 p8");
});

test("a picture that cannot be taken leaves out all that build on it", () => {
  expect(through("KpppKp", { refused: "p2" })).toBe("K0 p1 p2 K4 p5");
  expect(through("-Kppp+pKp", { refused: "p3" })).toBe("K1 p2 p3 K7 p8");
});
