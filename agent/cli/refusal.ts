// The running agent's no, as the CLI hears it.

/** What the agent said no to, in its own words; `status` as in HTTP. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: string;
  readonly remedy: string;

  constructor(status: number, code: string, detail: string, remedy: string) {
    super(`${code}: ${detail}`);
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }
}
