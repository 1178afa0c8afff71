// The simulated doorstep: one small world that the simulated camera, PIR and bell push share, so that they tell one story.
import { SimulatedButton } from "../button/simulated.ts";
import { type Clock, type Uptime, milliseconds } from "../clock/clock.ts";
import { SimulatedPir } from "../pir/simulated.ts";
import { PRESS_MS, type VisitPlan, type VisitorPose, pirSpanMs, poseAt, sameMoment, visitMs } from "./visit.ts";

export interface VisitOptions {
  /** Whether the visitor presses the bell on arrival. Default true. */
  readonly rings?: boolean;
  /** Seconds at the door. Default 8. */
  readonly staysS?: number;
  /** Which visitor, 0, 1, 2, …; by default each visit brings the next one. */
  readonly visitor?: number;
}

interface Visit extends VisitPlan {
  readonly began: Uptime;
}

const DEFAULT_STAY_S = 8;

/** Nobody is there until {@link SimulatedDoorstep.visit} is called. */
export class SimulatedDoorstep {
  readonly pir: SimulatedPir;
  readonly button: SimulatedButton;
  readonly #clock: Clock;
  readonly #speed: number;
  #visit: Visit | undefined;
  #going: Promise<void> | undefined;
  #visits = 0;

  /** `speed` 4 lets visitors come and go four times as fast. */
  constructor(clock: Clock, speed = 1) {
    this.#clock = clock;
    this.#speed = speed;
    this.pir = new SimulatedPir(clock);
    this.button = new SimulatedButton(clock);
  }

  /** Milliseconds of the scene's own time at `at`: cars, leaves and light follow it. */
  sceneMs(at: Uptime): number {
    return at * this.#speed;
  }

  /** What the picture shows of a visitor at `at`. */
  visitorAt(at: Uptime): VisitorPose | undefined {
    return this.#visit && poseAt(this.#visit, this.sceneMs(at) - this.sceneMs(this.#visit.began));
  }

  /** How far a visit that went by `plan` would be at `at`; undefined while nobody is there. */
  visitAgeMs(at: Uptime, plan: VisitPlan): number | undefined {
    return this.#visit && sameMoment(this.#visit, this.sceneMs(at) - this.sceneMs(this.#visit.began), plan);
  }

  /** True while somebody is on the path or at the door. */
  get visited(): boolean {
    return this.#going !== undefined;
  }

  /**
   * Somebody comes up the path, stands at the door, and leaves: the PIR is active while they are near, and the bell is
   * pressed when they arrive. Resolves when they are gone. While somebody is there, nobody else comes: it is the same
   * visit. An abort makes the visitor vanish, and rejects with the signal's reason.
   */
  visit({ rings = true, staysS = DEFAULT_STAY_S, visitor }: VisitOptions = {}, signal?: AbortSignal): Promise<void> {
    this.#going ??= this.#begin({ rings, staysMs: staysS * 1000, visitor: visitor ?? this.#visits++ }, signal).finally(
      () => {
        this.#visit = undefined;
        this.#going = undefined;
        this.pir.sense(false);
      },
    );
    return this.#going;
  }

  async #begin(plan: VisitPlan, signal?: AbortSignal): Promise<void> {
    const began = this.#clock.uptime();
    this.#visit = { ...plan, began };
    const { fromMs, untilMs } = pirSpanMs(plan);
    const events: { readonly ageMs: number; readonly happens: () => void }[] = [
      { ageMs: fromMs, happens: () => this.pir.sense(true) },
      ...(plan.rings ? [{ ageMs: PRESS_MS, happens: () => this.button.press() }] : []),
      { ageMs: untilMs, happens: () => this.pir.sense(false) },
      { ageMs: visitMs(plan), happens: () => {} },
    ];
    for (const { ageMs, happens } of events.toSorted((a, b) => a.ageMs - b.ageMs)) {
      const due = began + ageMs / this.#speed;
      await this.#clock.sleep(milliseconds(Math.max(0, due - this.#clock.uptime())), signal);
      happens();
    }
  }
}
