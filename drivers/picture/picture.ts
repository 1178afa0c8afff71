// What the agent needs to look at what it has recorded: key pictures, decoded.

/** One decoded picture. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, a byte each; rows from the top, no padding. Owned by the receiver. */
  readonly rgb: Uint8Array;
}

/** How {@link PictureDecoder.decode} is to go about it. */
export interface DecodeOptions {
  /** Larger pictures are scaled down to this width; smaller ones stay as they are. */
  readonly maxWidth: number;
  /** True when nobody waits: the decoder then leaves the processor to everybody else. */
  readonly background?: boolean;
  /** Ends the iteration with its reason. */
  readonly signal?: AbortSignal;
}

/** Turns coded key pictures into pixels. */
export interface PictureDecoder {
  /**
   * Yields one picture for each of `units`, in order. A unit is a key access unit as Camera yields it: Annex B, with its SPS
   * and PPS. All pictures have the size of the first; a stream that changes its format is stretched to it. When the
   * iteration has ended, whatever did the work is gone.
   *
   * @throws DriverError PICTURE_DECODER_MISSING before the first picture; PICTURE_UNDECODABLE if a unit gives no picture,
   * possibly after others have been yielded, and then it is not known which one it was.
   */
  decode(units: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, options: DecodeOptions): AsyncIterable<Picture>;
}
