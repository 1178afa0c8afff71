// The queue between what happens and who takes it: order, bounds, end and abort.
import { describe, expect, test } from "vitest";
import { BoundedQueue } from "../../../drivers/queue/bounded-queue.ts";

const never = new AbortController().signal;

async function all<T>(queue: BoundedQueue<T>, signal = never): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue.take(signal)) items.push(item);
  return items;
}

test("what was pushed before and while somebody takes comes out in order", async () => {
  const queue = new BoundedQueue<number>(10);
  queue.push(1);
  queue.push(2);
  const taking = all(queue);
  await new Promise((resolve) => setImmediate(resolve));
  queue.push(3);
  queue.end();

  expect(await taking).toEqual([1, 2, 3]);
});

test("what does not fit is refused, and taking makes room again", async () => {
  const queue = new BoundedQueue<string>(10, ({ length }) => length);

  expect(queue.push("1234567")).toBe(true);
  expect(queue.push("1234")).toBe(false);
  const taken = await queue.take(never).next();
  expect(taken.value).toBe("1234567");
  expect(queue.push("1234567890")).toBe(true);
});

test("an error comes after everything that was pushed before it", async () => {
  const queue = new BoundedQueue<number>(10);
  queue.push(1);
  queue.end(new TypeError("unplugged"));
  queue.end(new TypeError("killed"));
  const taken: number[] = [];

  await expect(async () => {
    for await (const item of queue.take(never)) taken.push(item);
  }).rejects.toThrow("unplugged");
  expect(taken).toEqual([1]);
  expect(queue.push(2)).toBe(false);
});

describe("an abort", () => {
  test("wakes who waits, and what is pushed later waits for the next one", async () => {
    const queue = new BoundedQueue<number>(10);
    const stop = new AbortController();
    const taking = all(queue, stop.signal);
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();

    expect(await taking).toEqual([]);
    queue.push(7);
    queue.end();
    expect(await all(queue)).toEqual([7]);
  });

  test("leaves what nobody has taken in the queue", async () => {
    const queue = new BoundedQueue<number>(10);
    for (const item of [1, 2, 3]) queue.push(item);
    const stop = new AbortController();
    for await (const item of queue.take(stop.signal)) if (item === 1) stop.abort();
    queue.end();

    expect(await all(queue)).toEqual([2, 3]);
  });
});
