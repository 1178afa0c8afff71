// Starting and stopping a list of services in order, past any failure.
import { AgentError } from "./error.ts";

export interface Service {
  readonly name: string;
  /** If this throws, it has already undone whatever it had begun; `stop` will not be called. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts in the order given, waits for `until`, stops in reverse past any failure, then reports them all.
 *
 * @throws AggregateError of every failure, the first cause first.
 */
export async function run(services: readonly Service[], until: Promise<unknown>): Promise<void> {
  const started: Service[] = [];
  const failures: unknown[] = [];
  try {
    for (const service of services) {
      await service.start();
      started.push(service);
    }
    await until;
  } catch (error) {
    failures.push(error);
  }
  for (const service of started.toReversed()) {
    try {
      await service.stop();
    } catch (error) {
      failures.push(new AgentError("SERVICE_DID_NOT_STOP", service.name, error));
    }
  }
  if (failures.length) throw new AggregateError(failures, `${failures.length} failure(s) while running`);
}
