// An ALSA sound card, through arecord of alsa-utils.
import { type Clock, after, seconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { type Ending, type SupervisedProcess, startProcess } from "../process/process.ts";
import { BYTES_PER_SAMPLE, type PcmChunk, type PcmSource, SAMPLE_RATE } from "./pcm.ts";

export interface ArecordOptions {
  /** As ALSA names it: "default", "plughw:CARD=Device,DEV=0". The card's id, not its index: indices move. */
  readonly device: string;
  /** A path, or a name that is looked up on PATH. Default "arecord". */
  readonly program?: string;
}

/** Raw, because a WAV header would end after 2 GiB; short periods, because the default is an eighth of a second late. */
const FORMAT = "-t raw -f S16_LE -c 1 -r 48000 --buffer-time=500000 --period-time=20000 -";
/** A sound card that delivers nothing for so long has stalled. */
const SILENCE = seconds(5);
const OVERRUN = /overrun!!! \(at least ([\d.]+) ms long\)/;

export class Arecord implements PcmSource {
  readonly #options: ArecordOptions;
  readonly #clock: Clock;

  constructor(options: ArecordOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  async *chunks(signal: AbortSignal): AsyncGenerator<PcmChunk, void, void> {
    if (signal.aborted) return;
    const { device, program = "arecord" } = this.#options;
    let lostMs = 0;
    const onStderrLine = (line: string): void => {
      lostMs += Number(OVERRUN.exec(line)?.[1] ?? 0);
    };
    const args = ["-q", "-D", device, ...FORMAT.split(" ")];
    const arecord = startProcess({ program, args, onStderrLine, grace: seconds(1) }, this.#clock);
    const abort = (): void => void arecord.stop("aborted");
    signal.addEventListener("abort", abort, { once: true });
    let rest = new Uint8Array(0);
    try {
      for await (const bytes of this.#unstalled(arecord)) {
        if (signal.aborted) return;
        const arrivedAt = this.#clock.uptime();
        const lost = Math.round((lostMs * SAMPLE_RATE) / 1000);
        lostMs = 0;
        const whole = rest.length ? Buffer.concat([rest, bytes]) : bytes;
        const even = whole.length - (whole.length % BYTES_PER_SAMPLE);
        rest = Uint8Array.from(whole.subarray(even));
        if (even > 0) yield { data: whole.subarray(0, even), arrivedAt, lost };
      }
      const ending = await arecord.ended;
      if (!signal.aborted) throw failure(device, program, ending);
    } finally {
      signal.removeEventListener("abort", abort);
      await arecord.stop("no longer wanted");
    }
  }

  async *#unstalled(arecord: SupervisedProcess): AsyncGenerator<Buffer, void, void> {
    const watch = (): (() => void) => after(this.#clock, SILENCE, () => void arecord.kill(STALLED));
    let spare = watch();
    try {
      for await (const chunk of arecord.stdout as AsyncIterable<Buffer>) {
        spare();
        yield chunk;
        spare = watch();
      }
    } catch {
      // The pipe broke: how the process ended says why.
    } finally {
      spare();
    }
  }
}

const STALLED = "stalled";

function failure(device: string, program: string, { cause, stderr, reason }: Ending): DriverError {
  const said = stderr.trim().split("\n").at(-1) ?? "";
  if (cause === "not-started") return new DriverError("MICROPHONE_PROGRAM_MISSING", `${program}: ${said}`);
  if (reason === STALLED) return new DriverError("MICROPHONE_STALLED", `${device}: no sound data for ${SILENCE} ms`);
  if (/resource busy/.test(stderr)) return new DriverError("MICROPHONE_BUSY", `${device}: ${said}`);
  if (/No such (file|device)|Unknown PCM|cannot find card/i.test(stderr))
    return new DriverError("MICROPHONE_MISSING", `${device}: ${said}`);
  return new DriverError("MICROPHONE_FAILED", `${device}: ${said || cause}`);
}
