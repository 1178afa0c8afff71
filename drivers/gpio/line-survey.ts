// Who has which GPIO line, as gpioinfo of libgpiod 1 or 2 tells it. Pure.

export interface SurveyedLine {
  /** The kernel's name for it: "GPIO17". */
  readonly name: string;
  readonly direction: "input" | "output";
  /** The program or driver that has it; undefined while it is free. */
  readonly holder?: string;
}

/** Reads all of gpioinfo's output; lines without a name are left out. */
export function readGpioInfo(output: string): SurveyedLine[] {
  return output.split("\n").flatMap((row) => {
    const [, name, rest] = /^\s+line\s+\d+:\s+"?([^\s"]+)"?\s+(.*)$/.exec(row) ?? [];
    if (name === undefined || rest === undefined || name === "unnamed") return [];
    const direction = /\boutput\b/.test(rest) ? "output" : "input";
    const holder = holderOf(rest);
    return [{ name, direction, ...(holder !== undefined && { holder }) } satisfies SurveyedLine];
  });
}

/** Version 1 puts the holder first and ends with [used]; version 2 has attributes. */
function holderOf(rest: string): string | undefined {
  const [, second] = /\bconsumer="?([^"\s]+)/.exec(rest) ?? [];
  if (second !== undefined) return second;
  if (/\[used|\bused\b/.test(rest)) return /^"?([^"\s]+)"?\s+(?:input|output)/.exec(rest)?.[1] ?? "the kernel";
  return undefined;
}
