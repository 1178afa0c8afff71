// What the outbox makes of kills, of what is taken back, and of what is put there again.
import { expect, test } from "vitest";
import { minutes, rfc3339, type WallTime } from "../../../drivers/clock/clock.ts";
import { ACCEPTED, rig } from "./delivery-rig.ts";

test("a killed publisher goes on where it was: sent parts are not sent again, what was accepted is only reported", () =>
  rig(async (rig) => {
    const { id } = await rig.state.spool(Buffer.alloc(100_000));
    rig.answer = (leaf) => (leaf === "part/2" ? new Promise(() => {}) : ACCEPTED);
    await rig.delivery.refresh();
    rig.begin(21_024);
    await rig.until(3);
    expect(rig.sent).toEqual(["part/0", "part/1", "part/2"]);

    rig.restart();
    rig.answer = () => ACCEPTED;
    await rig.delivery.refresh();
    rig.begin(21_024);
    await rig.settle();
    expect(rig.sent.slice(3)).toEqual(["part/2", "part/3", "part/4", "receipt", "manifest", "event/clip"]);

    rig.restart();
    await rig.delivery.refresh();
    rig.begin(21_024);
    await rig.settle();
    expect(rig.states(id)).toEqual(["accepted", "accepted"]);
    expect(rig.sent.length).toBe(9);
  }));

test("a killed publisher that cannot know says all, not none, when a clip is taken down", () =>
  rig(async (rig) => {
    const { id } = await rig.state.spool();
    rig.answer = () => new Promise(() => {});
    await rig.delivery.refresh();
    rig.begin();
    await rig.until(1);
    rig.restart();
    await rig.state.writer.remove("new", id);
    await rig.delivery.refresh();
    expect(await rig.delivery.takeDown(id)).toEqual({ sent: "all" });
  }));

test("what was taken back and stands in the outbox again is sent after all", () =>
  rig(async (rig) => {
    const { id } = await rig.state.spool();
    await rig.delivery.refresh();
    expect(await rig.delivery.takeDown(id)).toEqual({ sent: "none" });
    rig.begin();
    await rig.settle();
    expect(rig.sent).toEqual([]);
    await rig.delivery.spooled(id);
    await rig.settle();
    expect(rig.states(id)).toEqual(["accepted"]);
  }));

test("a report that the recorder did not hear is repeated when it is back", () =>
  rig(async (rig) => {
    const event = await rig.state.spoolEvent();
    rig.heard = false;
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    rig.heard = true;
    await rig.delivery.refresh();
    await rig.settle();
    expect(rig.states(event.id)).toEqual(["accepted", "accepted"]);
    expect(rig.sent).toEqual(["event/ring"]);
  }));

test("a withdrawn still takes its receipt with it", () =>
  rig(async (rig) => {
    const still = await rig.state.spool(Buffer.alloc(100), { kind: "still" });
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    await rig.state.spoolEvent({ topic: "latest/still", payload: "", retain: true });
    await rig.delivery.refresh();
    await rig.settle();
    expect(rig.sent).toEqual(["latest/still", "latest/receipt", "latest/still", "latest/receipt"]);
    expect(rig.states(still.id).slice(0, 2)).toEqual(["accepted", "unconfirmed"]);
  }));

test("a preview goes once, and taking it back is one empty message", () =>
  rig(async (rig) => {
    const preview = await rig.state.spool(Buffer.alloc(100), { kind: "preview" });
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    rig.delivery.acknowledged("anna", { v: 1, type: "hello" });
    await rig.clock.advance(minutes(30));
    await rig.state.spoolEvent({ topic: "latest/preview", payload: "", retain: true });
    await rig.delivery.refresh();
    await rig.settle();
    expect(rig.sent).toEqual(["latest/preview", "latest/preview-receipt", "latest/preview"]);
    expect(rig.states(preview.id).slice(0, 2)).toEqual(["accepted", "unconfirmed"]);
  }));

test("an old event is not news: past its time it is dropped, however long the broker was away", () =>
  rig(async (rig) => {
    const not_after = rfc3339((rig.clock.wall() + minutes(1)) as WallTime);
    const event = await rig.state.spoolEvent({ not_after });
    await rig.delivery.refresh();
    await rig.clock.advance(minutes(2));
    rig.begin();
    await rig.settle();
    expect(rig.states(event.id)).toEqual(["expired"]);
    expect(rig.sent).toEqual([]);
  }));

test("what is taken down while it is under way is not begun again", () =>
  rig(async (rig) => {
    const { id } = await rig.state.spoolEvent();
    // As the connection withdraws a message of which nothing has gone.
    rig.answer = (_leaf, _message, stop) =>
      new Promise((resolve) => stop.addEventListener("abort", () => resolve({ kind: "lost", left: "none" })));
    await rig.delivery.refresh();
    rig.begin();
    await rig.until(1);
    expect(await rig.delivery.takeDown(id)).toEqual({ sent: "none" });
    await rig.settle();
    expect(rig.sent).toHaveLength(1);
  }));
