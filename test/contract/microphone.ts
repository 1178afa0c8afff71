// What every Microphone must do, whatever is behind it.
import { describe, expect, test } from "vitest";
import type { AudioPacket, Microphone } from "../../drivers/microphone/microphone.ts";
import { adtsHeader } from "../../drivers/microphone/adts.ts";
import { descendants } from "./camera.ts";

/** Takes `count` packets, then aborts and waits for the end. */
async function take(microphone: Microphone, count: number): Promise<AudioPacket[]> {
  const stop = new AbortController();
  const packets: AudioPacket[] = [];
  for await (const packet of microphone.packets(stop.signal)) if (packets.push(packet) >= count) stop.abort();
  return packets;
}

/** `skip` says why this microphone cannot be tried here. */
export function microphoneContract(name: string, make: () => Microphone, skip?: string): void {
  describe.skipIf(skip)(skip ? `${name} (skipped: ${skip})` : name, () => {
    test("each packet is one whole frame that says what it is, and time never stands still", async () => {
      const packets = await take(make(), 30);

      expect(packets.length).toBe(30);
      for (const [index, { data, sampleRate, channels, durationMs, at }] of packets.entries()) {
        expect(adtsHeader(Buffer.from(data))).toEqual({ frameBytes: data.length, sampleRate, channels });
        expect(durationMs).toBeCloseTo((1024 / sampleRate) * 1000, 6);
        expect(at).toBeGreaterThan(packets[index - 1]?.at ?? -Infinity);
      }
    });

    test("each packet's bytes belong to whoever receives them", async () => {
      const packets = await take(make(), 5);

      expect(new Set(packets.map(({ data }) => data.buffer)).size).toBe(5);
    });

    test("an abort ends it without an error and leaves no process behind", async () => {
      const before = descendants();
      const stop = new AbortController();
      const iterator = make().packets(stop.signal)[Symbol.asyncIterator]();
      await iterator.next();
      stop.abort();

      let next = await iterator.next();
      while (!next.done) next = await iterator.next();
      expect(descendants()).toEqual(before);
    });

    test("an abort before the first packet ends it too, even while it is still starting", async () => {
      const before = descendants();
      const stop = new AbortController();
      const first = make().packets(stop.signal)[Symbol.asyncIterator]().next();
      stop.abort();

      expect(await first).toEqual({ done: true, value: undefined });
      expect(descendants()).toEqual(before);
    });

    test("leaving the loop ends it and leaves no process behind", async () => {
      const before = descendants();
      for await (const _ of make().packets(new AbortController().signal)) break;

      expect(descendants()).toEqual(before);
    });

    test("a second iteration starts afresh, and later", async () => {
      const microphone = make();
      const first = await take(microphone, 3);
      const second = await take(microphone, 3);

      expect(second[0]!.at).toBeGreaterThan(first[0]!.at);
    });
  });
}
