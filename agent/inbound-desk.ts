// What others say over MQTT, taken to the room it is for: a recipient's commands, the owner's answers, third parties' requests.
// Whoever said it is told the same whatever becomes of it, and as soon (promise 5).
import type { Config } from "../config/config.ts";
import { type Clock, milliseconds } from "../drivers/clock/clock.ts";
import type { Gate } from "./consent/gate.ts";
import type { AnswerOutcome, InboundAnswers } from "./consent/inbound-answers.ts";
import type { Requests } from "./consent/requests.ts";
import type { ClipId } from "./vault/clip.ts";

/** The rooms behind the desk; there are none before a configuration has been accepted. */
export interface InboundRooms {
  readonly gate: Pick<Gate, "pause" | "forgo">;
  readonly answers: Pick<InboundAnswers, "receive">;
  readonly requests: Pick<Requests, "receive">;
}

export interface InboundDeskOptions {
  readonly clock: Clock;
  readonly rooms: () => InboundRooms | undefined;
  readonly config: () => Config | undefined;
  /** An answer was taken, or not: for the log. */
  readonly onAnswer: (outcome: AnswerOutcome) => void;
  readonly onFault: (error: unknown) => void;
}

/** What a stranger sends is acknowledged so long after it came: longer than storing takes, so that it does not show. */
const ACKNOWLEDGED_AFTER = milliseconds(250);

export class InboundDesk {
  readonly #options: InboundDeskOptions;

  constructor(options: InboundDeskOptions) {
    this.#options = options;
  }

  /** Takes one message; `topic` is below doorstep/{device}/. Resolves when it is stored or passed over, and never rejects. */
  async receive(topic: string, payload: Buffer): Promise<void> {
    const [first = "", kind, ...rest] = topic.split("/");
    const work = this.#take(first, kind, rest.length, payload).catch(this.#options.onFault);
    if (kind === undefined) await this.#options.clock.sleep(ACKNOWLEDGED_AFTER);
    await work;
  }

  async #take(first: string, kind: string | undefined, deeper: number, payload: Buffer): Promise<void> {
    const rooms = this.#options.rooms();
    if (!rooms || deeper > 0) return;
    const config = this.#options.config();
    if (kind === "command" && config?.recipients.some(({ name }) => name === first))
      await command(rooms, first, payload);
    else if (kind !== undefined) return;
    else if (first === "approval") this.#options.onAnswer(await rooms.answers.receive(payload));
    else if (first === "request" && config?.requests.accept) rooms.requests.receive(payload);
  }
}

type Command = { readonly type: "pause" } | { readonly type: "withdraw"; readonly clip: ClipId };

async function command({ gate }: InboundRooms, recipient: string, payload: Buffer): Promise<void> {
  const wish = readCommand(payload);
  if (wish?.type === "pause") await gate.pause(recipient, recipient);
  else if (wish?.type === "withdraw") await gate.forgo(wish.clip, recipient);
}

/** Tighten-only (docs/spec/wire.md); anything else is nobody's business. */
function readCommand(payload: Buffer): Command | undefined {
  try {
    const value = JSON.parse(payload.toString("utf8")) as { v?: unknown; type?: unknown; clip?: unknown } | null;
    if (value?.v !== 1) return undefined;
    if (value.type === "pause") return { type: "pause" };
    return value.type === "withdraw" && typeof value.clip === "string"
      ? { type: "withdraw", clip: value.clip }
      : undefined;
  } catch {
    return undefined;
  }
}
