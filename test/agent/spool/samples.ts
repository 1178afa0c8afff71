// Disclosures and temporary doors for the tests of the spool and the publisher.
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ulid } from "ulid";
import type { EventDisclosure, MediaDisclosure } from "../../../agent/spool/disclosure.ts";
import { SpoolWriter } from "../../../agent/spool/writer.ts";

let lastId = 0;
/** Ids that sort in the order they were made. */
export const newId = (): string => ulid(1_800_000_000_000 + lastId++).toLowerCase();

const FORMS = {
  clip: ["clip.mp4", "video/mp4"],
  still: ["still.jpg", "image/jpeg"],
  preview: ["preview.webp", "image/webp"],
} as const;

export const FAR_FUTURE = "2099-01-01T00:00:00.000Z";

export function mediaDisclosure(bytes: Uint8Array, change: Partial<MediaDisclosure> = {}): MediaDisclosure {
  const [file, type] = FORMS[change.kind ?? "clip"];
  return {
    v: 1,
    id: newId(),
    kind: "clip",
    recipient: "anna",
    clip: newId(),
    started: "2026-11-22T03:45:00.120Z",
    duration_s: 10,
    not_after: FAR_FUTURE,
    media: {
      file,
      type,
      encrypted: false,
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    },
    ...change,
  };
}

export const eventDisclosure = (change: Partial<EventDisclosure> = {}): EventDisclosure => ({
  v: 1,
  id: newId(),
  kind: "event",
  recipient: "anna",
  topic: "event/ring",
  payload: '{"v":1,"event_type":"ring","at":"2026-11-22T12:00:00.000Z"}',
  retain: false,
  expires_s: 60,
  not_after: FAR_FUTURE,
  ...change,
});

export const RECEIPT = "eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl";

/** A state directory of its own, removed with `await using`. */
export class TemporaryState implements AsyncDisposable {
  readonly root: string;
  readonly writer: SpoolWriter;

  private constructor(root: string) {
    this.root = root;
    this.writer = new SpoolWriter(join(root, "spool", "out"));
  }

  static async create(): Promise<TemporaryState> {
    const state = new TemporaryState(await mkdtemp(join(tmpdir(), "doorstep-")));
    await state.writer.prepare();
    return state;
  }

  /** Puts a whole media disclosure in new/, as the gate does. */
  async spool(bytes: Uint8Array = randomBytes(1000), change: Partial<MediaDisclosure> = {}): Promise<MediaDisclosure> {
    const disclosure = mediaDisclosure(bytes, change);
    const staged = await this.writer.stage(disclosure.id);
    await writeFile(join(staged, disclosure.media.file), bytes);
    await this.writer.fsyncStaged(disclosure.id);
    await this.writer.publish(disclosure.id, { disclosure, receipt: RECEIPT });
    return disclosure;
  }

  async spoolEvent(change: Partial<EventDisclosure> = {}): Promise<EventDisclosure> {
    const event = eventDisclosure(change);
    await this.writer.publishEvent(event);
    return event;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }
}
