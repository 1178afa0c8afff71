// Drawings on paper: SVG made into a PDF that any printer takes.

/** Makes PDFs. */
export interface PdfMaker {
  /**
   * One page, as large as the drawing says it is; its words stay words.
   *
   * @throws DriverError PDF_MAKER_MISSING, or PDF_NOT_MADE when the drawing is none or takes too long.
   */
  fromSvg(svg: string): Promise<Buffer>;
}
