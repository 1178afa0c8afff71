// News for open pages: bounded, alive while nothing happens, gone with the session.
import { expect, test } from "vitest";
import { ChangeFeed } from "../../../agent/review/change-feed.ts";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";

const reading = (stream: ReadableStream<Uint8Array>) => {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  return { next: async () => decoder.decode((await reader.read()).value), gone: () => reader.cancel() };
};

test("an open page hears what has changed, and a word every twenty seconds when nothing does", async () => {
  const clock = new SimulatedClock();
  let beats = 0;
  const feed = new ChangeFeed(clock, () => (beats += 1));
  const page = reading(feed.stream(undefined));

  feed.note({ what: "clip.ready", ref: "01" });

  expect(await page.next()).toBe("retry: 1500\n\n");
  expect(await page.next()).toBe('event: change\ndata: {"what":"clip.ready","ref":"01"}\n\n');
  await clock.advance(seconds(20));
  expect(await page.next()).toBe(": here\n\n");
  expect(beats).toBe(1);
  await page.gone();
});

test("a page that does not keep up is told to look at everything again, and holds no memory", async () => {
  const feed = new ChangeFeed(new SimulatedClock());
  const page = reading(feed.stream(undefined));
  for (let n = 0; n < 5_000; n++) feed.note({ what: "decision", ref: String(n) });

  const heard: string[] = [];
  while (!heard.at(-1)?.includes("lost")) heard.push(await page.next());

  expect(heard.length).toBeLessThan(100);
  await page.gone();
});

test("the line ends with its session, and not before", async () => {
  const feed = new ChangeFeed(new SimulatedClock());
  const session = new AbortController();
  const reader = feed.stream(session.signal).getReader();
  await reader.read();

  session.abort();

  expect((await reader.read()).done).toBe(true);
});

test("a seventeenth page is refused until one of the others is closed", async () => {
  const feed = new ChangeFeed(new SimulatedClock());
  const pages = Array.from({ length: 16 }, () => reading(feed.stream(undefined)));

  expect(() => feed.stream(undefined)).toThrow(/EVENTS_REFUSED/);
  await pages[0]!.gone();
  await reading(feed.stream(undefined)).gone();
});
