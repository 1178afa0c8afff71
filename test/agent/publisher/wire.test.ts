// The vectors of docs/spec/wire.md: every message of a clip, to the byte before its payload.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { WallTime } from "../../../drivers/clock/clock.ts";
import { parseAcknowledgement } from "../../../agent/publisher/acknowledgement.ts";
import { afterTooLarge } from "../../../agent/publisher/limits.ts";
import { type Outgoing, type Protocol, publishHead } from "../../../agent/publisher/packet.ts";
import * as transfer from "../../../agent/publisher/transfer.ts";
import type { MediaDisclosure } from "../../../agent/spool/disclosure.ts";
import file from "../../vectors/wire.json" with { type: "json" };

const disclosure = file.disclosure as MediaDisclosure;
const media = Buffer.alloc(disclosure.media.bytes, 7);

for (const { name, protocol, limit, messages, manifest } of file.transfers)
  test(`a clip through a broker of which ${name}`, () => {
    const setting = {
      device: file.device,
      protocol: protocol as Protocol,
      limit,
      now: Date.parse(file.now) as WallTime,
    };
    const mode = transfer.modeOf(disclosure, setting);
    const slice = (n: number): Buffer => {
      if (mode.mode === "single") return media;
      const { offset, length } = transfer.partRange(media.length, mode.partBytes, n);
      return media.subarray(offset, offset + length);
    };
    const sha256 = (n: number): string => createHash("sha256").update(slice(n)).digest("hex");
    const made = transfer.stepsOf("clip", mode).map((step): [Outgoing, number | undefined] => {
      if (step.kind === "data") return [transfer.dataMessage(disclosure, setting), media.length];
      if (step.kind === "part" && mode.mode === "parts")
        return [transfer.partMessage(disclosure, mode, step.n, sha256(step.n), setting), slice(step.n).length];
      const make = {
        receipt: transfer.receiptMessage,
        manifest: transfer.manifestMessage,
        ready: transfer.readyMessage,
      };
      return [make[step.kind as keyof typeof make](disclosure, setting), undefined];
    });
    expect(
      made.map(([{ topic, retain, contentType, expiresS, userProperties }, bytes]) => ({
        topic,
        retain,
        ...(protocol === 5 && {
          content_type: contentType,
          expires_s: expiresS,
          ...(userProperties && { user_properties: userProperties }),
        }),
        ...(bytes !== undefined && {
          payload_bytes: bytes,
          packet_head: publishHead(
            made.find(([message]) => message.topic === topic)![0],
            bytes,
            setting.protocol,
            1,
          ).toString("hex"),
        }),
      })),
    ).toEqual(messages);
    const hashes = mode.mode === "single" ? [] : Array.from({ length: mode.count }, (_, n) => sha256(n));
    expect(transfer.manifestOf(disclosure, mode, hashes)).toEqual(manifest);
  });

for (const { name, known, packet, learned } of file.too_large)
  test(`of a packet that was too large: ${name}`, () => expect(afterTooLarge(known, packet)).toEqual(learned));

for (const { text, read } of file.acknowledgements)
  test(`a receiver that says ${text} is ${read ? "understood" : "passed over"}`, () =>
    expect(parseAcknowledgement(Buffer.from(text)) ?? null).toEqual(read));
