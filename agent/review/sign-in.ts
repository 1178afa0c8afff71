// Signing in on the page: the owner's password, or a one-time code. Every look at a secret is in the ledger, and they are few.
import { join } from "node:path";
import type { Clock } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { Attempts } from "./attempts.ts";
import { KeyRing } from "./key-ring.ts";
import { OneTimeCode, type IssuedCode } from "./one-time-code.ts";
import { SetupCode } from "./setup-code.ts";
import { Sessions, type Session } from "./sessions.ts";

export interface SignInOptions {
  readonly clock: Clock;
  /** StatePaths.keys. */
  readonly keys: string;
  readonly ledger: Pick<Ledger, "append">;
  /** `review.password_file` of the configuration in force. */
  readonly passwordFile: () => string | undefined;
}

/** What somebody typed. */
export type Secret = { readonly password: string } | { readonly code: string };

export class SignIn {
  readonly #options: SignInOptions;
  readonly #ring: KeyRing;
  readonly #code: OneTimeCode;
  readonly #setup: SetupCode;
  /** Apart, so that whoever guesses passwords cannot keep the owner with a code out. */
  readonly #attempts: Readonly<Record<"password" | "code", Attempts>>;
  #sessions!: Sessions;
  /** One look at a password at a time: each takes memory and a second. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: SignInOptions) {
    const { clock, keys } = options;
    this.#options = options;
    this.#ring = new KeyRing(join(keys, "review.json"));
    this.#code = new OneTimeCode(clock);
    this.#setup = new SetupCode(join(keys, "setup-code"));
    this.#attempts = { password: new Attempts(clock), code: new Attempts(clock) };
  }

  async start(): Promise<void> {
    await this.#ring.open();
    this.#sessions = new Sessions(this.#options.clock, this.#ring);
  }

  /**
   * Opens a session and returns its token.
   *
   * @throws AgentError SIGNIN_REFUSED, SIGNIN_TOO_OFTEN; PASSWORD_REFUSED when the configured file holds none.
   */
  signIn(secret: Secret): Promise<string> {
    const mine = this.#turn.then(() => this.#look(secret));
    this.#turn = mine.catch(() => {});
    return mine;
  }

  /** The session a cookie's token belongs to. */
  session(token: string): Session | undefined {
    return this.#sessions.use(token);
  }

  async signOut(id: string): Promise<void> {
    await this.#sessions.end(id);
  }

  /** Ends what has run out. Called by what streams, from time to time. */
  sweep(): void {
    this.#sessions.sweep();
  }

  /** A code for whoever may use control.sock. */
  issueCode(): IssuedCode {
    return this.#code.issue();
  }

  /** Sets the password and ends every session. @throws AgentError PASSWORD_REFUSED. */
  async setPassword(password: string): Promise<void> {
    await this.#ring.setPassword(password);
    await this.#sessions.endAll();
  }

  async #look(secret: Secret): Promise<string> {
    const how = "code" in secret ? "code" : "password";
    const attempts = this.#attempts[how];
    const waitMs = attempts.waitMs();
    if (waitMs > 0) throw new AgentError("SIGNIN_TOO_OFTEN", `in ${Math.ceil(waitMs / 1000)} seconds`);
    const right = "code" in secret ? await this.#isCode(secret.code) : await this.#isPassword(secret.password);
    if (right) attempts.succeeded();
    else attempts.failed();
    this.#options.ledger.append("signin", "", { outcome: right ? "ok" : "refused", from: `page, ${how}` });
    if (!right) throw new AgentError("SIGNIN_REFUSED", `wrong ${how}`);
    return this.#sessions.open();
  }

  async #isCode(typed: string): Promise<boolean> {
    return this.#code.take(typed) || this.#setup.take(typed);
  }

  async #isPassword(typed: string): Promise<boolean> {
    const file = this.#options.passwordFile();
    if (file !== undefined && (await this.#ring.adopt(file))) await this.#sessions.endAll();
    return this.#ring.matches(typed);
  }
}
