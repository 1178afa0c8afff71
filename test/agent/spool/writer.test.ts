// The recorder's side of the door: whole disclosures or none, whoever reads, whatever stands there already.
import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SpoolDocument } from "../../../agent/spool/disclosure.ts";
import { SpoolReader } from "../../../agent/spool/reader.ts";
import { mediaDisclosure, newId, RECEIPT, TemporaryState } from "./samples.ts";

const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;

/** What the publisher finds in new/. */
async function standing({ writer }: TemporaryState): Promise<SpoolDocument[]> {
  const reader = new SpoolReader(writer.root);
  const documents = await Promise.all((await reader.ids()).map((id) => reader.read(id)));
  return documents.filter((document) => document !== undefined);
}

test("a disclosure stands in new only when media, receipt and document are all there", async () => {
  await using state = await TemporaryState.create();
  const bytes = Buffer.from("a film of the doorstep");
  const disclosure = mediaDisclosure(bytes);
  const { writer } = state;

  const staged = await writer.stage(disclosure.id);
  await writeFile(join(staged, "clip.mp4"), bytes);
  await writer.fsyncStaged(disclosure.id);
  expect(await writer.list("new")).toEqual([]);
  await writer.publish(disclosure.id, { disclosure, receipt: RECEIPT });

  expect(await readdir(join(writer.root, "new", disclosure.id))).toEqual([
    "clip.mp4",
    "disclosure.json",
    "receipt.jws",
  ]);
  expect(await readdir(join(writer.root, "tmp"))).toEqual([]);
  const reader = new SpoolReader(writer.root);
  expect(await reader.ids()).toEqual([disclosure.id]);
  expect(await reader.read(disclosure.id)).toEqual(disclosure);
  using media = reader.openMedia(disclosure);
  const read = Buffer.alloc(bytes.length);
  expect(media.read(read, bytes.length, 0)).toBe(bytes.length);
  expect(read).toEqual(bytes);
  expect(reader.receipt(disclosure.id)).toEqual(Buffer.from(RECEIPT));
});

test("folders are open to the group of the door to read, what is not committed to nobody but the recorder", async () => {
  await using state = await TemporaryState.create();
  const { id } = await state.spool();
  const event = await state.spoolEvent();

  const { root } = state.writer;
  for (const folder of ["", "new", "sent", "failed", `new/${id}`]) expect(await mode(join(root, folder))).toBe(0o2750);
  expect(await mode(join(root, "tmp"))).toBe(0o2700);
  for (const file of ["clip.mp4", "disclosure.json", "receipt.jws"])
    expect(await mode(join(root, "new", id, file))).toBe(0o640);
  expect(await mode(join(root, "new", `${event.id}.json`))).toBe(0o640);
});

test("publishing again after a crash between commit and publication is harmless", async () => {
  await using state = await TemporaryState.create();
  const bytes = Buffer.from("film");
  const disclosure = mediaDisclosure(bytes);
  const staged = await state.writer.stage(disclosure.id);
  await writeFile(join(staged, "clip.mp4"), bytes);
  await writeFile(join(staged, "disclosure.json"), "{ half a docu");

  expect(await state.writer.isStaged(disclosure.id)).toBe(true);
  await state.writer.publish(disclosure.id, { disclosure, receipt: RECEIPT });

  expect(await standing(state)).toEqual([disclosure]);
  expect(await state.writer.isStaged(disclosure.id)).toBe(false);
});

test("once sent, the media goes and the documents stay", async () => {
  await using state = await TemporaryState.create();
  const { id } = await state.spool(Buffer.alloc(5000));
  const event = await state.spoolEvent();

  expect(await state.writer.move(id, "sent")).toBe(true);
  expect(await state.writer.move(event.id, "sent")).toBe(true);
  expect(await state.writer.move(id, "sent")).toBe(false);
  const before = await state.writer.bytes();
  await state.writer.unlinkMedia("sent", id);

  expect(await state.writer.list("new")).toEqual([]);
  expect(await readdir(join(state.writer.root, "sent", id))).toEqual(["disclosure.json", "receipt.jws"]);
  expect(before - (await state.writer.bytes())).toBe(5000);
  expect((await state.writer.list("sent")).map((entry) => [entry.kind, "hasMedia" in entry && entry.hasMedia])).toEqual(
    [
      ["media", false],
      ["event", false],
    ],
  );
});

test("what has come to its end leaves the door together, whatever of it stands where", async () => {
  await using state = await TemporaryState.create();
  const { writer } = state;
  const [sent, failed, held, event] = [
    await state.spool(),
    await state.spool(),
    await state.spool(),
    await state.spoolEvent(),
  ];
  await writer.takeBack(held.id);
  const stays = await state.spool();

  await writer.settle([
    { id: sent.id, to: "sent" },
    { id: failed.id, to: "failed" },
    { id: held.id, to: "sent" },
    { id: event.id, to: "nowhere" },
    { id: newId(), to: "sent" },
  ]);

  expect((await writer.list("new")).map(({ name }) => name)).toEqual([stays.id]);
  expect((await writer.list("tmp")).length).toBe(0);
  for (const [folder, id] of [
    ["sent", sent.id],
    ["failed", failed.id],
  ] as const) {
    expect((await writer.list(folder)).map(({ name }) => name)).toEqual([id]);
    expect(await readdir(join(writer.root, folder, id))).toEqual(["disclosure.json", "receipt.jws"]);
  }
});

test("what does not belong in the door is named and never read", async () => {
  await using state = await TemporaryState.create();
  const folder = join(state.writer.root, "new");
  await writeFile(join(folder, "notes.txt"), "hello");
  await symlink("/etc", join(folder, newId()));
  await symlink("/etc/passwd", join(folder, `${newId()}.json`));
  await mkdir(join(folder, newId()));
  await writeFile(join(folder, `${newId()}.json`), "{");
  const mislabelled = newId();
  const event = await state.spoolEvent();
  await writeFile(join(folder, `${mislabelled}.json`), await readFile(join(folder, `${event.id}.json`)));

  const kinds = (await state.writer.list("new")).map(({ kind }) => kind).sort();
  expect(kinds).toEqual(["damaged", "damaged", "damaged", "event", "stranger", "stranger", "stranger"]);
  expect(await standing(state)).toEqual([event]);

  for (const { kind, name } of await state.writer.list("new"))
    if (kind !== "event") await state.writer.remove("new", name);
  expect((await state.writer.list("new")).map(({ kind }) => kind)).toEqual(["event"]);
});

test("media that is a link, a pipe, missing or of another size is not opened", async () => {
  await using state = await TemporaryState.create();
  const reader = new SpoolReader(state.writer.root);
  const disclosure = await state.spool(Buffer.alloc(100));
  const path = join(state.writer.root, "new", disclosure.id, "clip.mp4");
  const isRefused = (code: string): void =>
    expect(() => reader.openMedia(disclosure)).toThrow(expect.objectContaining({ code }));

  await writeFile(path, Buffer.alloc(101));
  isRefused("SPOOL_MEDIA_ALTERED");
  await state.writer.unlinkMedia("new", disclosure.id);
  isRefused("SPOOL_MEDIA_GONE");
  await symlink("/etc/passwd", path);
  isRefused("SPOOL_MEDIA_GONE");
  await state.writer.unlinkMedia("new", disclosure.id);
  execFileSync("mkfifo", [path]);
  isRefused("SPOOL_MEDIA_GONE");
});

test("a name that would lead out of the door is refused before anything is touched", async () => {
  await using state = await TemporaryState.create();
  for (const name of ["..", ".", "", "../../vault", "a/b"])
    await expect(state.writer.remove("new", name)).rejects.toMatchObject({ code: "SPOOL_DOCUMENT_REFUSED" });
  await expect(state.writer.stage("../x")).rejects.toMatchObject({ code: "SPOOL_DOCUMENT_REFUSED" });
  const disclosure = mediaDisclosure(Buffer.from("x"), { recipient: "status" });
  await state.writer.stage(disclosure.id);
  await expect(state.writer.publish(disclosure.id, { disclosure, receipt: RECEIPT })).rejects.toMatchObject({
    code: "SPOOL_DOCUMENT_REFUSED",
  });
});
