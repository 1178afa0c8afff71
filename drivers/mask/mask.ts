// What the agent needs to know of masks: which parts of the picture nobody may see, and whether they are hidden in what was coded.

/** Corners in order, each [x, y] a fraction of the picture from its top left, 0–1. Closed by itself. */
export type Polygon = readonly (readonly [x: number, y: number])[];

/** What is painted over, on every picture before it reaches an encoder (promise 10). */
export interface MaskedAreas {
  /** Nothing within any of these is shown. */
  readonly hidden: readonly Polygon[];
  /** Nothing outside of all of these is shown. Empty: no such limit. */
  readonly kept: readonly Polygon[];
}

/** Looks at coded pictures and says whether everything that has to be hidden is. */
export interface MaskWitness {
  /**
   * Decodes `units` (Annex B, the first a key picture, each key picture with its parameter sets) and looks for the pattern
   * that painted areas carry. Answers what is wrong, as a lower-case fragment, or undefined when every picture is proven.
   * No picture at all proves nothing. With `anyStart`, the pattern of a start that is no longer remembered will do.
   *
   * @throws DriverError MASK_NOT_CHECKED when it could not look; `signal`'s reason.
   */
  examine(
    units: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options?: { readonly anyStart?: boolean; readonly signal?: AbortSignal },
  ): Promise<string | undefined>;
}
