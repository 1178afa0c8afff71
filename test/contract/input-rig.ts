// What a contract suite needs of the bench an input lies on: a finger, and a way to let time pass, real or told.
import { onTestFinished } from "vitest";
import type { Duration } from "../../drivers/clock/clock.ts";

/** One input on a bench. Each test gets a new one. */
export interface InputRig<Driver> {
  readonly driver: Driver;
  /** Makes the input read yes or no, without bouncing. */
  readonly set: (active: boolean) => void | Promise<void>;
  /** Resolves when an iteration that has been started has its line. */
  readonly opened: () => Promise<void>;
  /** Lets time pass, and what follows from it happen. */
  readonly pass: (span: Duration) => Promise<void>;
}

/** Takes everything a driver reports until {@link Taking.stop}. */
export interface Taking<T> {
  readonly seen: readonly T[];
  /** What it ended with, once it has. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts taking, at most until the test ends; `ended` resolves with the error, or undefined. */
export function taking<T>(events: (signal: AbortSignal) => AsyncIterable<T>): Taking<T> {
  const stop = new AbortController();
  const seen: T[] = [];
  const ended = (async () => {
    for await (const event of events(stop.signal)) seen.push(event);
  })().then(
    () => undefined,
    (error: unknown) => error,
  );
  const end = async (): Promise<void> => {
    stop.abort();
    await ended;
  };
  onTestFinished(end);
  return { seen, ended, stop: end };
}
