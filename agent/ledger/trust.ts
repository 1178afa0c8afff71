// What speaks against a ledger, and what of it the owner has accepted. While anything does, nothing is signed (it would bury the
// evidence) and nothing is disclosed; recording goes on.
import { AgentError } from "../error.ts";
import type { LedgerFault } from "./fault.ts";
import type { SigningKey } from "./signing-key.ts";

export class Trust {
  readonly #key: SigningKey | undefined;
  #faults: readonly LedgerFault[] = [];

  /** `key`: the device's; without it nothing can be trusted with a disclosure. */
  constructor(key: SigningKey | undefined) {
    this.#key = key;
  }

  /** Empty when sharing may go on. */
  get faults(): readonly LedgerFault[] {
    return this.#faults;
  }

  /** The key, as long as nothing speaks against signing. */
  get signer(): SigningKey | undefined {
    return this.#faults.length ? undefined : this.#key;
  }

  /** @throws AgentError LEDGER_NOT_TRUSTED while there are faults or no key. */
  signerOrThrow(): SigningKey {
    const { signer } = this;
    if (!signer) throw new AgentError("LEDGER_NOT_TRUSTED", this.#faults[0]?.text ?? "its signing key is missing");
    return signer;
  }

  /** Adds what is neither known nor in `accepted` (texts of faults). */
  add(faults: readonly LedgerFault[], accepted: readonly string[]): void {
    const known = new Set([...this.#faults.map(({ text }) => text), ...accepted]);
    this.#faults = [...this.#faults, ...faults.filter(({ text }) => !known.has(text))];
  }

  /**
   * Lets go of the faults while `record` writes down that the owner accepts them; they are back if it fails.
   *
   * @throws AgentError LEDGER_NOT_TRUSTED while the signing key is missing or another: that cannot be accepted.
   */
  accept(record: (faults: readonly string[]) => void): void {
    const faults = this.#faults;
    if (!faults.length) return;
    const key = faults.find(({ kind }) => kind === "key");
    if (!this.#key || key) throw new AgentError("LEDGER_NOT_TRUSTED", key?.text ?? "its signing key is missing");
    this.#faults = [];
    try {
      record(faults.map(({ text }) => text));
    } catch (error) {
      this.#faults = faults;
      throw error;
    }
  }
}
