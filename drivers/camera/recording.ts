// What a replayed recording is made of, whichever way it is read: pictures with their place in the recording. Pure.

/** One picture of a recording, as {@link AccessUnit} but on the recording's own time line. */
export interface RecordedUnit {
  /** Annex B, as {@link AccessUnit.data}. */
  readonly data: Uint8Array;
  readonly key: boolean;
  /** Milliseconds, strictly increasing from picture to picture. The origin is the recording's own. */
  readonly mediaMs: number;
  /** How long it is shown, in milliseconds, as far as the recording says. */
  readonly spanMs: number;
}

/**
 * The pictures of one pass over a recording, in decode order, starting with a key picture. Reads on only as far as it is
 * asked to. A damaged recording throws where it breaks, after the pictures before that place.
 *
 * @throws DriverError with a CAMERA_… code.
 */
export type Recording = AsyncIterable<RecordedUnit>;
