// Promise 5 at a real broker: whatever becomes of a request, the device behaves the same, and an emergency decides nothing.
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parser, type Packet } from "mqtt-packet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClipView } from "../../agent/review/owner.ts";
import { milliseconds, seconds, type Uptime } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { asCameraRecording, footage } from "../footage.ts";
import { say, startMosquitto, type Mosquitto } from "../mosquitto.ts";
import { config } from "./configs.ts";
import { Ear } from "./ear.ts";
import { Household } from "./household.ts";

const source = footage("vtest.avi");
const clock = new SystemClock();

interface Sent {
  readonly at: Uptime;
  readonly packet: Packet;
}

/** Stands between device and broker, and keeps every packet the device sends. */
class Wiretap {
  readonly sent: Sent[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async before(broker: Mosquitto): Promise<Wiretap> {
    const server = createServer();
    const tap = new Wiretap(server);
    server.on("connection", (device) => {
      const line = connect(broker.port, "127.0.0.1");
      const reader = parser({ protocolVersion: 5 });
      reader.on("packet", (packet: Packet) => tap.sent.push({ at: clock.uptime(), packet }));
      device.on("data", (chunk: Buffer) => void reader.parse(chunk));
      device.pipe(line).pipe(device);
      for (const [one, other] of [
        [device, line],
        [line, device],
      ] as const)
        one.on("error", () => other.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return tap;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
  }
}

const request = (some: object = {}): string =>
  JSON.stringify({ v: 1, kind: "disclosure", from: "police", why: "a theft across the street", ...some });

describe.skipIf(!source)("with requests accepted and a clip that waits", { timeout: 120_000 }, () => {
  let folder: string;
  let broker: Mosquitto;
  let tap: Wiretap;
  let ear: Ear;
  let house: Household;
  let clip: ClipView;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "doorstep-"));
    const recording = join(folder, "yard.mp4");
    asCameraRecording(source!, recording, 20);
    broker = await startMosquitto();
    tap = await Wiretap.before(broker);
    ear = await Ear.on(broker.url);
    house = new Household(
      config({
        ...{ recording, broker: tap.url },
        recipients: [{ name: "anna", clips: "ask" }],
        more: "[requests]\naccept = true",
      }),
    );
    house.start("recorder");
    house.start("publisher");
    await house.status("broker", ({ broker: { state } }) => state === "connected");
    clip = await house.visit("button");
    await house.quiet(seconds(1));
  }, 120_000);
  afterAll(async () => {
    await house.close();
    ear.close();
    tap.close();
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Leaves a request; what the device sent within a second, and whether it took its time. */
  async function leave(payload: string): Promise<{ packets: unknown[]; inTime: boolean }> {
    const before = tap.sent.length;
    const began = clock.uptime();
    await say(broker, "doorstep/porch/request", payload);
    await house.quiet(seconds(1));
    const answers = tap.sent.slice(before).filter(({ packet }) => packet.cmd !== "pingreq");
    return {
      packets: answers.map(({ packet }) => ({
        cmd: packet.cmd,
        reasonCode: "reasonCode" in packet && packet.reasonCode,
      })),
      inTime: answers.every(({ at }) => at - began >= milliseconds(250)),
    };
  }

  const listed = async (
    ...more: string[]
  ): Promise<{ id: string; from: string; emergency: boolean; state: string }[]> => {
    const { out } = await house.doorstep("requests", "--json", ...more, "--state", house.state);
    return (JSON.parse(out) as { requests: { id: string; from: string; emergency: boolean; state: string }[] })
      .requests;
  };

  test("stored, urgent, muted, malformed, refused and too many: on the wire they are one and the same", async () => {
    const heard = ear.heard.length;
    const stored = await leave(request());
    const urgent = await leave(request({ emergency: true, why: "EMERGENCY", from: "the police" }));
    await house.doorstep("requests", "mute", "insurer", "--state", house.state);
    const muted = await leave(request({ from: "Insurer" }));
    const malformed = await leave("{ this is no request");
    const [first] = (await listed()).filter(({ from }) => from === "police");
    await house.doorstep("requests", "close", first!.id, "--refused", "--state", house.state);
    const afterRefusal = await leave(request());
    for (const from of ["a", "b", "c", "d"]) await say(broker, "doorstep/porch/request", request({ from }));
    await house.quiet(seconds(1));
    const tooMany = await leave(request({ from: "one more" }));

    const each = { packets: [{ cmd: "puback", reasonCode: 0 }], inTime: true };
    expect({ stored, urgent, muted, malformed, afterRefusal, tooMany }).toEqual({
      ...{ stored: each, urgent: each, muted: each },
      ...{ malformed: each, afterRefusal: each, tooMany: each },
    });
    expect(new Set(ear.heard.slice(heard).map(({ topic }) => topic))).toEqual(new Set(["doorstep/porch/request"]));
  });

  test("the owner sees what was left, an emergency as what somebody says, and nothing of those that were muted", async () => {
    const requests = await listed();

    expect(requests.map(({ from, emergency, state }) => [from, emergency, state]).toReversed()).toEqual([
      ["police", false, "refused"],
      ["the police", true, "open"],
      ["police", false, "open"],
      ...["a", "b", "c"].map((from) => [from, false, "open"]),
    ]);
  });

  test("an emergency has decided nothing: the clip still waits, and no byte of it has left", async () => {
    const [found] = await house.clips("the clip", () => true);
    const decisions = await house.doorstep("ledger", "list", "--type", "disclosure", "--json", "--state", house.state);

    expect(found!.shares.map(({ recipient, state }) => [recipient, state])).toEqual([["anna", "asks"]]);
    expect(house.spooled().filter((name) => !name.endsWith(".json"))).toEqual([]);
    expect(decisions.out).not.toContain(clip.id);
    expect(tap.sent.filter(({ packet }) => packet.cmd === "publish" && packet.topic.includes(clip.id))).toEqual([]);
  });
});
