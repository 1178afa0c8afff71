// Both ends of door.sock, talking over a real socket.
import { once } from "node:events";
import { stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { DoorClient } from "../../../agent/spool/door-client.ts";
import type { PublisherToRecorder, RecorderToPublisher } from "../../../agent/spool/door.ts";
import { DoorServer } from "../../../agent/spool/door-server.ts";
import { TemporaryState } from "./samples.ts";

class Inbox<T> {
  readonly all: T[] = [];
  #wake: () => void = () => {};
  readonly add = (item: T): void => {
    this.all.push(item);
    this.#wake();
  };
  async until(count: number): Promise<readonly T[]> {
    while (this.all.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.all;
  }
}

class Rig implements AsyncDisposable {
  readonly toRecorder = new Inbox<PublisherToRecorder>();
  readonly toPublisher = new Inbox<RecorderToPublisher>();
  readonly arrivals = new Inbox<string>();
  readonly losses = new Inbox<string>();
  readonly server: DoorServer;
  readonly client: DoorClient;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(path: string) {
    this.server = new DoorServer({ path, onPublisher: this.arrivals.add, onMessage: this.toRecorder.add });
    this.client = new DoorClient({
      path,
      version: "0.1.0",
      clock: new SystemClock(),
      onOpen: () => {},
      onMessage: this.toPublisher.add,
      onLost: this.losses.add,
    });
  }

  async open(): Promise<void> {
    await this.server.start();
    this.#running = this.client.run(this.#stop.signal);
    await this.arrivals.until(1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.server.stop();
  }
}

test("recorder and publisher understand each other both ways", async () => {
  await using state = await TemporaryState.create();
  await using rig = new Rig(join(state.root, "door.sock"));
  await rig.open();

  rig.server.send({ type: "open" });
  rig.client.send({ type: "broker", state: "connected", protocol: 5 });

  expect(await rig.toPublisher.until(1)).toEqual([{ type: "open" }]);
  expect(await rig.toRecorder.until(1)).toEqual([{ type: "broker", state: "connected", protocol: 5 }]);
  expect(rig.arrivals.all).toEqual(["0.1.0"]);
});

test("a recorder that goes away is noticed at once, and found again when it is back", async () => {
  await using state = await TemporaryState.create();
  await using rig = new Rig(join(state.root, "door.sock"));
  await rig.open();

  await rig.server.stop();
  await rig.losses.until(1);
  expect(rig.client.send({ type: "retracted" })).toBe(false);

  await rig.server.start();
  await rig.arrivals.until(2);
  expect(rig.server.send({ type: "open" })).toBe(true);
});

test("a second publisher is turned away while the first is there", async () => {
  await using state = await TemporaryState.create();
  const path = join(state.root, "door.sock");
  await using rig = new Rig(path);
  await rig.open();

  const told = new Inbox<string>();
  const stop = new AbortController();
  const second = new DoorClient({
    ...{ path, version: "0.1.0", clock: new SystemClock() },
    ...{ onOpen: () => {}, onMessage: () => {}, onLost: told.add },
  }).run(stop.signal);
  await told.until(1);
  stop.abort();
  await second;

  expect(told.all[0]).toContain("another publisher may have the line");
  expect(rig.server.connected).toBe(true);
  expect(rig.server.send({ type: "open" })).toBe(true);
  await rig.toPublisher.until(1);
});

test("whoever does not speak the language is hung up on, before and after hello", async () => {
  await using state = await TemporaryState.create();
  const path = join(state.root, "door.sock");
  await using rig = new Rig(path);
  await rig.server.start();

  for (const opening of [
    "GET / HTTP/1.1\r\n\r\n",
    '{"type":"retracted"}\n',
    '{"type":"hello","v":1,"version":"x"}\n{"type":"open"}\n',
  ]) {
    const stranger = connect(path);
    stranger.end(opening);
    stranger.resume();
    await once(stranger, "close");
  }

  expect(rig.toRecorder.all).toEqual([]);
  expect(rig.server.connected).toBe(false);
});

test("a stale socket is replaced, the new one is for its group only, and a path too long says so", async () => {
  await using state = await TemporaryState.create();
  const path = join(state.root, "door.sock");
  await writeFile(path, "left behind");
  await using rig = new Rig(path);
  await rig.open();
  expect((await stat(path)).mode & 0o777).toBe(0o660);

  const long = new Rig(join(state.root, "x".repeat(100), "door.sock"));
  await expect(long.server.start()).rejects.toMatchObject({ code: "SOCKET_PATH_TOO_LONG" });
});
