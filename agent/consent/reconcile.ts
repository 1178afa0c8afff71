// After a stop of any kind: the rows say where every disclosure belongs, and the spool is brought to agree (consent.md §9.4).
import type { SpoolEntry } from "../spool/entries.ts";
import type { DisclosureStore, StoredDisclosure } from "./disclosure-store.ts";
import { isOpen } from "./disclosure-store.ts";
import type { Outbox, OutboxParts } from "./outbox.ts";

interface Desk {
  readonly parts: Pick<OutboxParts, "spool" | "alarm">;
  readonly rows: DisclosureStore;
  readonly outbox: Outbox;
}

/**
 * Nothing is decided here: what is committed and whole stays so, for the gate to decide again; what was committed and has
 * lost its media ends as `not_released`. Whatever no row accounts for is deleted, with an alarm.
 */
export async function reconcile(desk: Desk): Promise<void> {
  await emptyTmp(desk);
  const standing = await accountForNew(desk);
  for (const folder of ["sent", "failed"] as const)
    for (const entry of await desk.parts.spool.list(folder)) {
      const row = rowOf(desk, entry);
      if (!row || row.kind === "event") await removeForeign(desk, folder, entry, row !== undefined);
      else await desk.parts.spool.unlinkMedia(folder, row.id);
    }
  for (const row of desk.rows.open()) await accountForRow(desk, row, standing.has(row.id));
}

/** What is committed and whole stays in tmp/; all else there is a release that never was. */
async function emptyTmp({ parts: { spool }, rows, outbox }: Desk): Promise<void> {
  for (const entry of await spool.list("tmp")) {
    const row = rowOf({ rows }, entry);
    const kept =
      row !== undefined &&
      entry.kind !== "event" &&
      row.kind !== "event" &&
      isOpen(row) &&
      row.state !== "accepted" &&
      (await outbox.intact(row, "tmp"));
    if (!kept) await spool.remove("tmp", entry.name);
  }
}

/** Returns the ids that stand in new/ and belong there. */
async function accountForNew(desk: Desk): Promise<ReadonlySet<string>> {
  const { spool } = desk.parts;
  const standing = new Set<string>();
  for (const entry of await spool.list("new")) {
    const row = rowOf(desk, entry);
    if (!row || entry.kind === "damaged") await removeForeign(desk, "new", entry, row !== undefined);
    else if (!isOpen(row)) {
      if (row.kind === "event") await spool.remove("new", row.id);
      else if (await spool.move(row.id, "failed")) await spool.unlinkMedia("failed", row.id);
    } else if (row.state === "held") {
      if (row.kind === "event") await spool.remove("new", row.id);
      else await spool.takeBack(row.id);
    } else if (row.kind !== "event" && !(await desk.outbox.intact(row, "new"))) {
      await removeForeign(desk, "new", entry, true);
    } else {
      // The power failed between the rename and this line.
      if (row.state === "committed") desk.rows.setState(row.id, "released", "");
      standing.add(row.id);
    }
  }
  return standing;
}

async function accountForRow({ rows, outbox }: Desk, row: StoredDisclosure, stands: boolean): Promise<void> {
  if (stands || row.state === "accepted") {
    if (!stands) outbox.end(row, "unconfirmed", "it is no longer in the outbox, and is not sent again");
    return;
  }
  if (row.kind === "event") {
    // A committed event is whole in its row. One that was out and is gone was taken by somebody.
    if (row.state === "released") outbox.end(row, "expired", "it is no longer in the outbox");
    return;
  }
  if (!(await outbox.intact(row, "tmp"))) outbox.end(row, "not_released", "its media did not survive the stop");
  else if (row.state === "released") rows.setState(row.id, "committed", "");
}

const rowOf = ({ rows }: Pick<Desk, "rows">, entry: SpoolEntry): StoredDisclosure | undefined =>
  entry.kind === "stranger" ? undefined : rows.get(entry.id);

async function removeForeign(
  { parts: { spool, alarm } }: Desk,
  folder: "new" | "sent" | "failed",
  entry: SpoolEntry,
  known: boolean,
): Promise<void> {
  await spool.remove(folder, entry.name);
  const why = known ? "is not what was committed" : "is in no ledger";
  alarm("SPOOL_UNACCOUNTED", `${folder}/${entry.name} ${why}`);
}
