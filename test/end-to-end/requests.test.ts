// Promise 5 at a real broker: whatever becomes of a request, the device behaves the same, and an emergency decides nothing.
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { once } from "node:events";
import { parser, type Packet } from "mqtt-packet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClipView } from "../../agent/review/owner.ts";
import { milliseconds, seconds, type Uptime } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { asCameraRecording, footage } from "../footage.ts";
import { say, type Mosquitto } from "../mosquitto.ts";
import type { Household } from "./household.ts";
import { Rig } from "./rig.ts";

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
  let rig: Rig;
  let tap: Wiretap;
  let house: Household;
  let clip: ClipView;

  beforeAll(async () => {
    rig = await Rig.stand((file) => asCameraRecording(source!, file, 20));
    tap = await Wiretap.before(rig.broker);
    house = rig.house(
      rig.config({
        broker: tap.url,
        recipients: [{ name: "anna", clips: "ask" }],
        more: "[requests]\naccept = true",
      }),
    );
    await house.moveIn();
    await house.connected();
    clip = await house.visit("button");
    await house.quiet(seconds(1));
  }, 120_000);
  afterAll(async () => {
    await rig?.close();
    tap?.close();
  });

  /** Leaves a request; what the device sent within a second, and whether it took its time. */
  async function leave(payload: string): Promise<{ packets: unknown[]; inTime: boolean }> {
    const before = tap.sent.length;
    const began = clock.uptime();
    await say(rig.broker, "doorstep/porch/request", payload);
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
    const { out } = await house.owner("requests", "--json", ...more);
    return (JSON.parse(out) as { requests: { id: string; from: string; emergency: boolean; state: string }[] })
      .requests;
  };

  test("stored, urgent, muted, malformed, refused and too many: on the wire they are one and the same (§10.3.5)", async () => {
    const heard = rig.ear.heard.length;
    const stored = await leave(request());
    const urgent = await leave(request({ emergency: true, why: "EMERGENCY", from: "the police" }));
    await house.owner("requests", "mute", "insurer");
    const muted = await leave(request({ from: "Insurer" }));
    const malformed = await leave("{ this is no request");
    const [first] = (await listed()).filter(({ from }) => from === "police");
    await house.owner("requests", "close", first!.id, "--refused");
    const afterRefusal = await leave(request());
    for (const from of ["a", "b", "c", "d"]) await say(rig.broker, "doorstep/porch/request", request({ from }));
    await house.quiet(seconds(1));
    const tooMany = await leave(request({ from: "one more" }));

    const each = { packets: [{ cmd: "puback", reasonCode: 0 }], inTime: true };
    expect({ stored, urgent, muted, malformed, afterRefusal, tooMany }).toEqual({
      ...{ stored: each, urgent: each, muted: each },
      ...{ malformed: each, afterRefusal: each, tooMany: each },
    });
    expect(new Set(rig.ear.heard.slice(heard).map(({ topic }) => topic))).toEqual(new Set(["doorstep/porch/request"]));
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
    const decisions = await house.owner("ledger", "list", "--type", "disclosure", "--json");

    expect(found!.shares.map(({ recipient, state }) => [recipient, state])).toEqual([["anna", "asks"]]);
    expect(house.spooled().filter((name) => !name.endsWith(".json"))).toEqual([]);
    expect(decisions.out).not.toContain(clip.id);
    expect(tap.sent.filter(({ packet }) => packet.cmd === "publish" && packet.topic.includes(clip.id))).toEqual([]);
  });
});
