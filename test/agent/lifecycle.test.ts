// Starting and stopping in order, past failures.
import { expect, test } from "vitest";
import { run, type Service } from "../../agent/lifecycle.ts";

function rig(log: string[], name: string, failing?: "start" | "stop"): Service {
  const act = (verb: "start" | "stop") => async (): Promise<void> => {
    log.push(`${verb} ${name}`);
    if (failing === verb) throw new RangeError(name);
  };
  return { name, start: act("start"), stop: act("stop") };
}

test("services stop in the reverse of the order they started", async () => {
  const log: string[] = [];

  await run([rig(log, "ledger"), rig(log, "camera")], Promise.resolve());

  expect(log).toEqual(["start ledger", "start camera", "stop camera", "stop ledger"]);
});

test("a failed start stops only what had started, and a stuck stop does not strand the rest", async () => {
  const log: string[] = [];

  const running = run([rig(log, "ledger"), rig(log, "vault", "stop"), rig(log, "camera", "start")], Promise.resolve());

  await expect(running).rejects.toMatchObject({ errors: [new RangeError("camera"), { code: "SERVICE_DID_NOT_STOP" }] });
  expect(log).toEqual(["start ledger", "start vault", "start camera", "stop vault", "stop ledger"]);
});
