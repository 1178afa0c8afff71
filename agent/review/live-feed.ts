// The live view: the running camera's own pictures to at most a few viewers, each with a bounded buffer. Opens no camera.
import type { AccessUnit } from "../../drivers/camera/camera.ts";
import { rfc3339, type Clock, type WallTime } from "../../drivers/clock/clock.ts";
import type { Capture } from "../capture/capture.ts";
import { AgentError } from "../error.ts";
import { LiveFragments } from "./live-fragments.ts";

const MOST_VIEWERS = 4;
/** A viewer that is so far behind misses pictures up to the next key picture. */
const BUFFER_BYTES = 1 << 20;

/** One viewer's stream. */
export interface LiveStream {
  /** Fragmented MP4. */
  readonly body: ReadableStream<Uint8Array>;
  /** `video/mp4; codecs="avc1.…"`. */
  readonly type: string;
  /** When the stream's time zero was captured, RFC 3339: so that the page can say how far behind it is. */
  readonly startedAt: string;
}

interface Viewer {
  readonly take: (unit: AccessUnit) => void;
  readonly end: () => void;
}

/** Everybody who is watching. */
export class LiveFeed {
  readonly #clock: Clock;
  readonly #capture: () => Pick<Capture, "subscribe" | "newestGroup"> | undefined;
  readonly #viewers = new Set<Viewer>();

  /** `capture`: the camera that is open now, if one is. */
  constructor(clock: Clock, capture: () => Pick<Capture, "subscribe" | "newestGroup"> | undefined) {
    this.#clock = clock;
    this.#capture = capture;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /**
   * A stream from the newest key picture on, until the viewer goes, `ended` aborts or the camera closes.
   *
   * @throws AgentError LIVE_REFUSED while the camera gives no pictures, or too many watch already.
   */
  watch(ended: AbortSignal | undefined): LiveStream {
    const capture = this.#capture();
    const group = capture?.newestGroup() ?? [];
    const fragments = group[0] && LiveFragments.from(group[0]);
    if (!capture || !fragments) throw new AgentError("LIVE_REFUSED", "the camera gives no pictures now");
    if (this.#viewers.size >= MOST_VIEWERS)
      throw new AgentError("LIVE_REFUSED", `${MOST_VIEWERS} are watching already`);
    const startedAt = rfc3339((this.#clock.wall() - (this.#clock.uptime() - group[0]!.at)) as WallTime);
    let close = (): void => {};
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          close = this.#join(capture, fragments, controller, ended);
          controller.enqueue(fragments.header);
          for (const unit of group) enqueue(controller, fragments.push(unit));
        },
        cancel: () => close(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: BUFFER_BYTES }),
    );
    return { body, type: `video/mp4; codecs="${fragments.format.codec}"`, startedAt };
  }

  /** The camera has closed. */
  end(): void {
    for (const viewer of this.#viewers) viewer.end();
  }

  #join(
    capture: Pick<Capture, "subscribe">,
    fragments: LiveFragments,
    controller: ReadableStreamDefaultController<Uint8Array>,
    ended: AbortSignal | undefined,
  ): () => void {
    let behind = false;
    const take = (unit: AccessUnit): void => {
      if (unit.key && !fragments.fits(unit)) return viewer.end();
      const room = (controller.desiredSize ?? 0) > 0;
      if (behind && !(unit.key && room)) return;
      behind = !room;
      if (behind) fragments.skip();
      else enqueue(controller, fragments.push(unit));
    };
    const leave = (): void => {
      this.#viewers.delete(viewer);
      unsubscribe();
      ended?.removeEventListener("abort", viewer.end);
    };
    const viewer: Viewer = {
      take,
      end: () => {
        leave();
        controller.close();
      },
    };
    const unsubscribe = capture.subscribe(take);
    this.#viewers.add(viewer);
    ended?.addEventListener("abort", viewer.end, { once: true });
    return leave;
  }
}

function enqueue(controller: ReadableStreamDefaultController<Uint8Array>, bytes: Uint8Array | undefined): void {
  if (bytes) controller.enqueue(bytes);
}
