// Weighs one value against its successor: which way the change goes, and what both allow. Pure.

/** Paths of what changed, by which way. A change that goes both ways stands in both lists. */
export interface Comparison {
  /** Less may leave, be recorded or be shown. */
  readonly tightened: readonly string[];
  /** More may, or it cannot be said that less does. */
  readonly widened: readonly string[];
  /** Neither. */
  readonly neutral: readonly string[];
}

/** Gathers a {@link Comparison}; each method returns the value to use while a widening waits. */
export class Weighing implements Comparison {
  readonly tightened: string[] = [];
  readonly widened: string[] = [];
  readonly neutral: string[] = [];

  /** Marks a change by hand. */
  mark(path: string, tighter: boolean, wider: boolean): void {
    if (tighter) this.tightened.push(path);
    if (wider) this.widened.push(path);
  }

  /** Lower is narrower. */
  least(path: string, old: number, now: number): number {
    this.mark(path, now < old, now > old);
    return Math.min(old, now);
  }

  /** Narrowest first. */
  rank<const T>(path: string, order: readonly T[], old: T, now: T): T {
    return order[this.least(path, order.indexOf(old), order.indexOf(now))]!;
  }

  /** A switch that lets more through when it is on. */
  both(path: string, old: boolean, now: boolean): boolean {
    return this.rank(path, [false, true], old, now);
  }

  /** A number, or a word for no limit at all. */
  limit<W extends string>(path: string, none: W, old: number | W, now: number | W): number | W {
    const least = this.least(path, limitOf(old), limitOf(now));
    return least === Infinity ? none : least;
  }

  /** A list, or "all": what is in both. */
  subset<T extends string>(path: string, old: "all" | readonly T[], now: "all" | readonly T[]): "all" | readonly T[] {
    const lost = now !== "all" && (old === "all" || old.some((item) => !now.includes(item)));
    const won = old !== "all" && (now === "all" || now.some((item) => !old.includes(item)));
    this.mark(path, lost, won);
    if (old === "all") return now;
    return now === "all" ? old : old.filter((item) => now.includes(item));
  }

  /** Nothing can be said of two different values: a widening, and the old one stays meanwhile. */
  unknown<T>(path: string, old: T, now: T): T {
    this.mark(path, false, !same(old, now));
    return old;
  }

  /** Lets nothing out and records nothing: the new one holds at once. */
  harmless<T>(path: string, old: T, now: T): T {
    if (!same(old, now)) this.neutral.push(path);
    return now;
  }
}

/** Equality of plain values. Properties stand in one order because one program made both. */
export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const limitOf = (limit: number | string): number => (typeof limit === "number" ? limit : Infinity);
