// Makes a PDF with librsvg's own program, which sets type in every script the machine has letters for.
import { type Clock, after, seconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { startProcess } from "../process/process.ts";
import type { PdfMaker } from "./pdf.ts";

const LIMIT = seconds(30);
const MOST_BYTES = 16 * 1024 * 1024;

/** One short-lived rsvg-convert a drawing. */
export class RsvgPdfMaker implements PdfMaker {
  readonly #clock: Clock;
  readonly #program: string;

  /** `program` is a path, or a name that is looked up on PATH. */
  constructor(clock: Clock, program = "rsvg-convert") {
    this.#clock = clock;
    this.#program = program;
  }

  async fromSvg(svg: string): Promise<Buffer> {
    const args = ["--format=pdf", "--keep-aspect-ratio"];
    const rsvg = startProcess({ program: this.#program, args, stdin: true, grace: seconds(1) }, this.#clock);
    const spare = after(this.#clock, LIMIT, () => void rsvg.kill(`no end within ${LIMIT} ms`));
    const parts: Buffer[] = [];
    let bytes = 0;
    try {
      // Whoever has gone reads nothing more; how it ended says why.
      rsvg.stdin!.on("error", () => {});
      rsvg.stdin!.end(svg);
      for await (const chunk of rsvg.stdout as AsyncIterable<Buffer>) {
        parts.push(chunk);
        if ((bytes += chunk.length) > MOST_BYTES) await rsvg.kill(`more than ${MOST_BYTES} bytes`);
      }
      const { cause, code, stderr } = await rsvg.ended;
      if (cause === "not-started") throw new DriverError("PDF_MAKER_MISSING", `${this.#program}: ${stderr.trim()}`);
      if (cause !== "exited" || code !== 0)
        throw new DriverError("PDF_NOT_MADE", stderr.trim().split("\n").at(-1) || `${this.#program}: ${cause}`);
      return Buffer.concat(parts);
    } finally {
      spare();
    }
  }
}
