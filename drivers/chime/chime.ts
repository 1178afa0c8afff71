// What rings inside the house when the bell is pressed, whatever camera and consent are doing.

export interface Chime {
  /**
   * Takes what it needs, so that what is wrong with it is known before somebody rings.
   *
   * @throws DriverError CHIME_… or GPIO_….
   */
  open(): Promise<void>;
  /**
   * Rings once; resolves when it has. While it rings, another press changes nothing. Opens first if it has to.
   *
   * @throws DriverError CHIME_… or GPIO_….
   */
  ring(): Promise<void>;
  /** Falls silent and lets everything go; harmless when repeated. */
  close(): Promise<void>;
}
