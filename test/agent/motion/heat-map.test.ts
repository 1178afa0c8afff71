// The map of where somebody was how long.
import { expect, test } from "vitest";
import { HeatMap } from "../../../agent/motion/heat-map.ts";

test("where somebody stood longest is the reddest, where nobody was stays grey", () => {
  const map = new HeatMap(3, 1);
  const place = Uint8Array.of(100, 100, 100);
  map.add(place, Uint8Array.of(0, 1, 1), 1);
  map.add(place, Uint8Array.of(0, 0, 1), 60);

  const rgb = map.rgb();
  const [nobody, briefly, long] = [rgb.subarray(0, 3), rgb.subarray(3, 6), rgb.subarray(6, 9)];

  expect([...nobody]).toEqual([70, 70, 70]);
  expect(long[0]! - long[1]!).toBeGreaterThan(briefly[0]! - briefly[1]!);
  expect(briefly[0]!).toBeGreaterThan(nobody[0]!);
  expect([...map.seconds]).toEqual([0, 1, 61]);
});

test("a recording in which nobody was is shown as the place itself", () => {
  const map = new HeatMap(2, 1);
  map.add(Uint8Array.of(50, 200), Uint8Array.of(0, 0), 1);
  map.add(Uint8Array.of(150, 200), Uint8Array.of(0, 0), 1);

  expect([...map.rgb()]).toEqual([70, 70, 70, 140, 140, 140]);
});

test("a map that has seen no picture is black and does not divide by nothing", () => {
  expect([...new HeatMap(1, 1).rgb()]).toEqual([0, 0, 0]);
});
