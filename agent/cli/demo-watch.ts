// Waiting for the agent in the demo: its state is asked for at short intervals, because a story has no event to hang on to.
import { milliseconds, seconds, type Clock, type Duration } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import type { ClipView, Status } from "../review/owner.ts";
import type { AgentClient } from "./agent-client.ts";

const INTERVAL = milliseconds(200);

/** Asks until `done` says so. @throws AgentError DEMO_STUCK after `limit`. */
export async function until<T>(
  clock: Clock,
  what: string,
  ask: () => Promise<T>,
  done: (answer: T) => boolean,
  limit: Duration = seconds(60),
): Promise<T> {
  const deadline = clock.uptime() + limit;
  let last: unknown;
  while (clock.uptime() < deadline) {
    try {
      const answer = await ask();
      last = answer;
      if (done(answer)) return answer;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      last = error.message;
    }
    await clock.sleep(INTERVAL);
  }
  throw new AgentError("DEMO_STUCK", `${what}: ${JSON.stringify(last)}`);
}

export const status = (agent: AgentClient): Promise<Status> => agent.get("/status");
export const clips = async (agent: AgentClient): Promise<readonly ClipView[]> =>
  (await agent.get<{ clips: readonly ClipView[] }>("/clips")).clips;
