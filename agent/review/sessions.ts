// Who is signed in on the page. A session is a random token that only the browser has; it ends a day after its last use, a week
// after it was opened, or when the owner says so. Restarts of the agent do not end it.
import { createHash, randomBytes } from "node:crypto";
import { days, hours, type Clock, type Uptime, type WallTime } from "../../drivers/clock/clock.ts";
import type { KeptSession, KeyRing } from "./key-ring.ts";

const IDLE = hours(24);
export const LONGEST = days(7);
/** More than an owner has devices. The one that was opened first makes way. */
const MOST = 20;

/** A session that has not ended. */
export interface Session {
  /** Lower-case hex SHA-256 of its token. */
  readonly id: string;
  readonly opened: WallTime;
  readonly expires: WallTime;
  /** Aborts when it ends: what streams to it ends with it. */
  readonly ended: AbortSignal;
}

interface Open extends KeptSession {
  used: Uptime;
  readonly end: AbortController;
}

export class Sessions {
  readonly #clock: Clock;
  readonly #ring: KeyRing;
  #open = new Map<string, Open>();

  /** `ring` must be open. */
  constructor(clock: Clock, ring: KeyRing) {
    this.#clock = clock;
    this.#ring = ring;
    for (const kept of ring.sessions) this.#open.set(kept.sha256, this.#opened(kept));
  }

  /** Opens one and returns its token, which is not kept. */
  async open(): Promise<string> {
    const token = randomBytes(32).toString("base64url");
    const kept = { sha256: digest(token), opened_ms: Math.trunc(this.#clock.wall()) };
    this.sweep();
    const oldest = Array.from(this.#open.values()).sort((a, b) => a.opened_ms - b.opened_ms);
    for (const { sha256 } of oldest.slice(0, Math.max(0, oldest.length - MOST + 1))) this.#drop(sha256);
    this.#open.set(kept.sha256, this.#opened(kept));
    await this.#keep();
    return token;
  }

  /** The session of a token, which counts as a use of it; undefined when there is none any more. */
  use(token: string): Session | undefined {
    const session = this.#open.get(digest(token));
    if (!session || !this.#lives(session)) return undefined;
    session.used = this.#clock.uptime();
    return {
      id: session.sha256,
      opened: session.opened_ms as WallTime,
      expires: (session.opened_ms + LONGEST) as WallTime,
      ended: session.end.signal,
    };
  }

  async end(id: string): Promise<void> {
    this.#drop(id);
    await this.#keep();
  }

  /** The password has changed: everybody signs in again. */
  async endAll(): Promise<void> {
    for (const id of this.#open.keys()) this.#drop(id);
    await this.#keep();
  }

  /** Ends what has run out, and the streams that hang on it. */
  sweep(): void {
    for (const session of this.#open.values()) if (this.#over(session)) this.#drop(session.sha256);
  }

  /** A wall clock that is behind (no battery, before NTP) keeps a session out without ending it. */
  #lives(session: Open): boolean {
    return !this.#over(session) && this.#clock.wall() >= session.opened_ms;
  }

  #over({ used, opened_ms }: Open): boolean {
    return this.#clock.uptime() - used >= IDLE || this.#clock.wall() - opened_ms >= LONGEST;
  }

  #opened(kept: KeptSession): Open {
    return { ...kept, used: this.#clock.uptime(), end: new AbortController() };
  }

  #drop(id: string): void {
    this.#open.get(id)?.end.abort();
    this.#open.delete(id);
  }

  #keep(): Promise<void> {
    return this.#ring.keepSessions(Array.from(this.#open.values(), ({ sha256, opened_ms }) => ({ sha256, opened_ms })));
  }
}

const digest = (token: string): string => createHash("sha256").update(token).digest("hex");
