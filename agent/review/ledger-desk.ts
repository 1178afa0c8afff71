// The ledger of the running agent, as its owner looks at it through the CLI or the page.
import {
  ledgerAccept,
  ledgerKey,
  ledgerList,
  ledgerProve,
  ledgerReportPage,
  ledgerVerdict,
} from "../ledger/answers.ts";
import type { EntryType } from "../ledger/entry.ts";
import { exportLines } from "../ledger/export.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Verdict } from "../ledger/verify.ts";
import type { LedgerDesk } from "./owner.ts";

/** `verify` does the verifying: the recorder's own, in the background. `accepted` is called when the owner has accepted it. */
export const ledgerDesk = (
  ledger: Ledger,
  verify: () => Promise<Verdict>,
  accepted: () => Promise<void>,
): LedgerDesk => ({
  list: ({ after, limit, type, ref }) =>
    ledgerList(ledger, {
      ...(after !== undefined && { after }),
      ...(limit !== undefined && { limit }),
      ...(type !== undefined && { type: type as EntryType }),
      ...(ref !== undefined && { ref }),
    }),
  verify: async () => ledgerVerdict(await verify()),
  key: (terminal) => {
    const { publicKey, device } = ledger.identity();
    return ledgerKey(publicKey, device, terminal);
  },
  prove: (sequence) => ledgerProve(ledger, sequence, ledger.deviceCheckpoint()),
  report: () => ledgerReportPage(ledger),
  accept: async (channel) => {
    const outcome = ledgerAccept(ledger, channel);
    await accepted();
    return outcome;
  },
  *export() {
    for (const line of exportLines(ledger.database)) yield `${line}\n`;
  },
});
