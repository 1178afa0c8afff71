// What a publisher knows of its deliveries after a kill, a power cut and a full disk.
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type DeliveryRecord, newRecord, RecordStore } from "../../../agent/publisher/records.ts";
import { newId } from "../spool/samples.ts";

interface Place extends Disposable {
  readonly directory: string;
  readonly file: string;
  /** As the next process finds it. */
  open(): RecordStore;
}

function place(): Place {
  const directory = mkdtempSync(join(tmpdir(), "doorstep-records-"));
  return {
    directory,
    file: join(directory, "deliveries.jsonl"),
    open: () => new RecordStore(directory),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

const accepted = (id: string): DeliveryRecord => ({ ...newRecord(id), state: "accepted", parts: [0, 1] });

test("a publisher that was killed finds the last word about each disclosure", () => {
  using here = place();
  const [first, second] = [newId(), newId()];
  const store = here.open();
  store.set(newRecord(first));
  store.set(newRecord(second));
  store.set(accepted(first));

  const next = here.open();

  expect(next.get(first)).toEqual(accepted(first));
  expect(next.get(second)).toEqual(newRecord(second));
  expect(next.ids()).toEqual([first, second]);
});

test("a line that a power cut tore is as if it had not been said, and what is said next is whole", () => {
  using here = place();
  const [first, second] = [newId(), newId()];
  here.open().set(newRecord(first));
  appendFileSync(
    here.file,
    Buffer.concat([Buffer.from(JSON.stringify(accepted(first)).slice(0, 40)), Buffer.alloc(9)]),
  );

  const next = here.open();
  expect(next.get(first)).toEqual(newRecord(first));
  next.set(accepted(second));

  expect(here.open().ids()).toEqual([first, second]);
});

test("lines that are no records are passed over, whoever wrote them", () => {
  using here = place();
  const id = newId();
  const lines = ["", "{", "null", JSON.stringify({ ...newRecord(id), force: true }), JSON.stringify(newRecord("../x"))];
  writeFileSync(here.file, `${lines.join("\n")}\n${JSON.stringify(newRecord(id))}\n`);
  expect(here.open().ids()).toEqual([id]);
});

test("the file does not grow with every change, and forgets what was removed", () => {
  using here = place();
  const ids = [newId(), newId(), newId()];
  const store = here.open();
  for (let round = 0; round < 2_000; round++) for (const id of ids) store.set({ ...newRecord(id), asked: round });
  store.remove(ids[0]!);
  expect(statSync(here.file).size).toBeLessThan(1_100 * 200);

  here.open().remove(ids[0]!);
  const last = here.open();
  last.remove(ids[0]!);
  last.set({ ...newRecord(ids[1]!), asked: 1 });

  expect(last.get(ids[0]!)).toBeUndefined();
  expect(last.get(ids[1]!)?.asked).toBe(1);
  expect(last.get(ids[2]!)?.asked).toBe(1_999);
});

test("that nobody hears it, again, is not worth a write; that it was heard, or is let go, is", () => {
  using here = place();
  const id = newId();
  const store = here.open();
  const size = (): number => statSync(here.file).size;
  const sending = { ...newRecord(id), first_sent_ms: 1, unsure: true };
  store.set(sending);
  store.set({ ...sending, unheard: 1, unsure: false });
  const before = size();
  store.set({ ...sending, unheard: 1 });
  expect(size()).toBeGreaterThan(before);
  const written = size();
  store.set({ ...sending, unheard: 2, unsure: false });
  store.set({ ...sending, unheard: 2 });
  expect(size()).toBe(written);

  store.set({ ...sending, unheard: 2, state: "accepted" });
  expect(here.open().get(id)?.state).toBe("accepted");
});

test("where nothing can be written it is known until the process ends, and written once there is room", () => {
  using here = place();
  const id = newId();
  mkdirSync(here.file);
  const store = here.open();
  store.set(accepted(id));
  expect(store.get(id)).toEqual(accepted(id));

  rmSync(here.file, { recursive: true });
  store.set({ ...accepted(id), state: "confirmed" });

  expect(JSON.parse(readFileSync(here.file, "utf8"))).toEqual({ ...accepted(id), state: "confirmed" });
  expect(here.open().get(id)?.state).toBe("confirmed");
});
