// `doorstep approve | deny | withdraw`: where the clip stands afterwards, of what, and how much of it had left.
import { expect, onTestFinished, test } from "vitest";
import type { ShareState } from "../../../agent/review/owner.ts";
import { standing } from "./agent-stand.ts";

const CLIP = "01k0000000000000000000000a";
const anna = (some: Partial<ShareState>): ShareState => ({
  recipient: "anna",
  kind: "clip",
  state: "released",
  detail: "in the outbox, not yet sent",
  ...some,
});

test.each<[command: string, ShareState, code: number, said: string]>([
  ["approve", anna({}), 0, "anna: released (in the outbox, not yet sent)\n"],
  ["approve", anna({ kind: "still" }), 0, "anna: released (still; in the outbox, not yet sent)\n"],
  ["approve", anna({ state: "withdrawn", detail: "" }), 1, "anna: withdrawn\n"],
  ["deny", anna({ state: "denied", detail: "you said no" }), 0, "anna: denied (you said no)\n"],
  [
    "withdraw",
    anna({ state: "withdrawn", detail: "by the owner, cli" }),
    0,
    `anna: withdrawn (by the owner, cli)\nhow much of it had left: doorstep explain ${CLIP} --to anna\n`,
  ],
  [
    "withdraw",
    anna({ state: "withdrawn", detail: "by the owner, cli, after it had been sent", left: { sent: "all" } }),
    0,
    "anna: withdrawn (by the owner, cli, after it had been sent)\n",
  ],
])("%s says %o", async (command, share, code, said) => {
  const stand = await standing({ answer: () => Promise.resolve(share) }, onTestFinished);

  const ran = await stand.run(command, CLIP, "--to", "anna");

  expect([ran.code, ran.stdout]).toEqual([code, said]);
});
