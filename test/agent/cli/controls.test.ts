// Commands that make the agent do one thing: each does it once, and says what it did.
import { expect, onTestFinished, test } from "vitest";
import { AgentError } from "../../../agent/error.ts";
import { standing } from "./agent-stand.ts";

const CLIP = "01m8j3twmrdf2vnn512kdfcyc0";

test("pausing, resuming, deleting and pressing reach the agent, as the command line's", async () => {
  const told: string[] = [];
  const stand = await standing(
    {
      pause: async (channel) => void told.push(`pause by ${channel}`),
      resume: async (channel) => void told.push(`resume by ${channel}`),
      remove: async (id, channel) => void told.push(`remove ${id} by ${channel}`),
      trigger: async (input, channel) => void told.push(`${input} by ${channel}`),
    },
    onTestFinished,
  );

  const said = [
    await stand.run("pause"),
    await stand.run("resume"),
    await stand.run("delete", CLIP),
    await stand.run("trigger", "pir"),
  ].map(({ code, stdout }) => [code, stdout]);

  expect(said).toEqual([
    [0, "paused: nothing leaves until `doorstep resume`\n"],
    [0, "resumed: the policy decides again\n"],
    [0, `${CLIP}: erased; the ledger says that it was there\n`],
    [0, ""],
  ]);
  expect(told).toEqual(["pause by cli", "resume by cli", `remove ${CLIP} by cli`, "pir by cli"]);
});

test("what the agent refuses is not said to have been done", async () => {
  const refuse = async (): Promise<never> => {
    throw new AgentError("CLIP_NOT_FOUND", CLIP);
  };
  const stand = await standing({ remove: refuse }, onTestFinished);

  const { code, stdout, stderr } = await stand.run("delete", CLIP);

  expect([code, stdout, stderr.split(":")[0]]).toEqual([1, "", "CLIP_NOT_FOUND"]);
});
