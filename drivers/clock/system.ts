// The machine's own clocks: CLOCK_REALTIME for people, CLOCK_MONOTONIC for gaps.
import { setTimeout as timeout } from "node:timers/promises";
import type { Clock, Duration, Uptime, WallTime } from "./clock.ts";

export class SystemClock implements Clock {
  wall(): WallTime {
    return Date.now() as WallTime;
  }

  uptime(): Uptime {
    return performance.now() as Uptime;
  }

  async sleep(span: Duration, signal?: AbortSignal): Promise<void> {
    await timeout(span, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  }

  /** A bare timer: a camera that is ready starts one for each picture. */
  after(span: Duration, action: () => void): () => void {
    const timer = setTimeout(action, span);
    return () => clearTimeout(timer);
  }

  /** When CLOCK_MONOTONIC read `ms`, with which the kernel stamps what hardware does. */
  ofKernel(ms: number): Uptime {
    return (performance.now() - (Number(process.hrtime.bigint()) / 1e6 - ms)) as Uptime;
  }
}
