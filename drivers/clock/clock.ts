// The only source of time in the program. Nothing else may call Date or a timer (test/repository checks).

/** A span, in milliseconds. Made by {@link seconds} and its siblings; a bare number does not type-check. */
export type Duration = number & { readonly unit: "ms" };

/** A wall-clock instant: milliseconds since 1970-01-01T00:00Z. Steps when NTP corrects the Pi after boot. */
export type WallTime = number & { readonly clock: "wall" };

/** Milliseconds (with a fraction) on a clock that never steps back, since an arbitrary start. Lost on restart, so never stored. */
export type Uptime = number & { readonly clock: "uptime" };

export const milliseconds = (n: number): Duration => n as Duration;
export const seconds = (n: number): Duration => (n * 1000) as Duration;
export const minutes = (n: number): Duration => seconds(n * 60);
export const hours = (n: number): Duration => minutes(n * 60);
export const days = (n: number): Duration => hours(n * 24);

/** RFC 3339 in UTC with milliseconds, as every JSON document of ours writes an instant. */
export const rfc3339 = (at: WallTime): string => new Date(at).toISOString();

export interface Clock {
  /** For what people read: stored rows, MQTT payloads, the page. */
  wall(): WallTime;
  /** For gaps: debounce, timeouts, back-off, capture times. */
  uptime(): Uptime;
  /** Resolves after `span`. Rejects with `signal.reason` if aborted first. */
  sleep(span: Duration, signal?: AbortSignal): Promise<void>;
  /** See {@link after}. */
  after(span: Duration, action: () => void): () => void;
}

/** Runs `action` once after `span` unless the returned function is called first. */
export const after = (clock: Clock, span: Duration, action: () => void): (() => void) => clock.after(span, action);
