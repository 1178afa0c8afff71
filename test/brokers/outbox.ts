// Clips that a device signs, put into the outbox of a stand-in as the gate would.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StandIn } from "../agent/publisher/stand-in.ts";
import type { FakeDevice, FakeDisclosure } from "../agent/receiver/fake-device.ts";
import { FAR_FUTURE } from "../agent/spool/samples.ts";

/** A clip that was approved for the device's recipient: it stands in new/, and the publisher has been told. */
export async function approve(rig: StandIn, device: FakeDevice, media: Buffer): Promise<FakeDisclosure> {
  const made = await device.disclose(media, { notAfter: FAR_FUTURE });
  const { manifest, disclosure: id, receipt } = made;
  const { transfer: _, disclosure: __, media: about, ...rest } = manifest;
  const file = "clip.mp4";
  const { writer } = rig.state;
  await writeFile(join(await writer.stage(id), file), made.sent);
  await writer.fsyncStaged(id);
  const disclosure = { ...rest, id, kind: "clip", recipient: device.recipient, media: { file, ...about } } as const;
  await writer.publish(id, { disclosure, receipt });
  rig.door.send({ type: "spooled", id });
  return made;
}
