// How late a ring is heard: from the button's edge in the recorder to whoever is subscribed, ledger and outbox on the way.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { milliseconds } from "../../drivers/clock/clock.ts";
import { config } from "../configs.ts";
import { Household } from "../end-to-end/household.ts";
import { startMosquitto } from "../mosquitto.ts";
import type { Figure } from "./ledger.bench.ts";

const RINGS = 21;
const BETWEEN = milliseconds(700);

/** Rings of a household that does nothing else: milliseconds from pressing the simulated button, its HTTP request included, to the subscriber. */
export async function ringFigure(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-bench-"));
  const recording = join(folder, "pattern.mp4");
  const pattern = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=768x576:rate=10:duration=5"];
  const coding = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-g", "10", "-pix_fmt", "yuv420p"];
  execFileSync("ffmpeg", [...pattern, ...coding, recording]);
  await using broker = await startMosquitto();
  const anna = { name: "anna", clips: "never", more: 'events = "auto"' } as const;
  const house = new Household(config({ recording, broker: broker.url, recipients: [anna] }));
  const subscriber = await connectAsync(broker.url);
  await subscriber.subscribeAsync("doorstep/porch/anna/event/ring", { qos: 1 });
  let heard = (_at: number): void => {};
  subscriber.on("message", () => heard(performance.now()));
  try {
    house.start("recorder");
    house.start("publisher");
    await house.status(
      "camera on and broker",
      ({ camera, broker: { state } }) => camera.state === "on" && state === "connected",
    );
    const late: number[] = [];
    for (let ring = 0; ring < RINGS; ring++) {
      const arrival = new Promise<number>((resolve) => (heard = resolve));
      const from = performance.now();
      await house.agent.send("POST", "/trigger", { input: "button" });
      late.push((await arrival) - from);
      await house.quiet(BETWEEN);
    }
    late.sort((a, b) => a - b);
    const median = late[RINGS >> 1]!;
    return {
      name: "a ring, from the button's edge to the subscriber, ms",
      ratio: median,
      wanted: "<= 30",
      detail: `median of ${RINGS}; ${late[0]!.toFixed(1)} to ${late.at(-1)!.toFixed(1)} ms`,
    };
  } finally {
    subscriber.end(true);
    await house.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
