// Nothing a recipient can see changes when other recipients, requests or recordings come and go: one story for anna, told in an empty
// house and in a busy one, compared in everything that stands in the door for her.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeTime } from "ulid";
import { expect, test } from "vitest";
import { Requests } from "../../../agent/consent/requests.ts";
import { parseCheckpoint } from "../../../agent/ledger/note.ts";
import type { ReceiptClaims } from "../../../agent/ledger/receipt.ts";
import type { EventDisclosure, SpoolDocument } from "../../../agent/spool/disclosure.ts";
import type { Clip } from "../../../agent/vault/clip.ts";
import type { Recipient } from "../../../config/config.ts";
import { minutes, seconds } from "../../../drivers/clock/clock.ts";
import { config, opened, recipient, type Rig } from "./rig.ts";

const all = { clips: "auto", stills: "auto", previews: "auto", events: "auto" } as const;
const anna = (some: Partial<Recipient>): Recipient =>
  recipient("anna", { ...all, triggers: ["pir"], maxPerDay: 20, ...some });
const BEN = recipient("ben", { ...all, maxPerDay: 3 });
// Named before and after her, so that they are decided and sent before and after her.
const crowd = (her: Recipient): Recipient[] => [
  BEN,
  her,
  recipient("carl", { toldOfAsks: true }),
  recipient("dora", all),
];

/** What is in an id besides chance: its time. */
const timeIn = (id: string): number => decodeTime(id.toUpperCase());

/** Everything that stands in new/ for anna, without what is random by design (salts, and the hashes over them). */
function standing(rig: Rig, clips: readonly Clip[]): unknown[] {
  const clipName = (id: string): string => `clip ${clips.findIndex((clip) => clip.id === id)}`;
  const named = (text: string): string => clips.reduce((all, { id }) => all.replaceAll(id, clipName(id)), text);
  const path = (...parts: string[]): string => join(rig.folder, "out", "new", ...parts);
  return rig.names("new").flatMap((name): unknown[] => {
    const isEvent = name.endsWith(".json");
    const document = JSON.parse(
      readFileSync(isEvent ? path(name) : path(name, "disclosure.json"), "utf8"),
    ) as SpoolDocument;
    if (document.recipient !== "anna") return [];
    if (document.kind === "event") return [eventSeen(document, named)];
    const media = createHash("sha256")
      .update(readFileSync(path(name, document.media.file)))
      .digest("hex");
    const receipt = readFileSync(path(name, "receipt.jws"), "latin1");
    const claims = JSON.parse(Buffer.from(receipt.split(".")[1]!, "base64url").toString()) as ReceiptClaims;
    const { origin, index, size, proof } = claims.log;
    return [
      JSON.parse(
        named(JSON.stringify({ ...document, id: timeIn(document.id), media: { ...document.media, found: media } })),
      ),
      JSON.parse(
        named(JSON.stringify({ ...claims, jti: timeIn(claims.jti), log: { origin, index, size, path: proof.length } })),
      ),
    ];
  });
}

function eventSeen({ id, payload, ...event }: EventDisclosure, named: (text: string) => string): unknown {
  const said = event.topic === "checkpoint" && payload !== "" ? headSeen(payload) : named(payload);
  return { ...event, id: timeIn(id), payload: said };
}

function headSeen(note: string): unknown {
  const { origin, size } = parseCheckpoint(note).head;
  return { origin, size };
}

/** What happens around anna in the busy house, between any two things that concern her. */
async function bustle(rig: Rig, round: number): Promise<void> {
  const text = JSON.stringify({ v: 1, kind: "disclosure", from: `police ${round}`, why: "anna", emergency: true });
  new Requests(rig.ledger, rig.clock, () => true).receive(Buffer.from(text));
  rig.ledger.append("viewing", "", { what: "live", via: "page" });
  const theirs = rig.clip({ triggers: ["button"] });
  await rig.gate.consider(theirs);
  if (rig.shares(theirs).includes("carl asks"))
    await rig.gate.answer(theirs.id, "carl", round % 2 ? "approved" : "denied", "cli");
  await rig.gate.pause("ben", "ben");
  // It lifts every pause: not while anna's own story is at one.
  if (round % 2 && !rig.gate.closed()) await rig.gate.resume("cli");
  for (const { id, recipient: to } of rig.media())
    if (to !== "anna" && round > 1) await rig.gate.delivery({ type: "delivery", id, state: "failed", code: "GONE" });
  await rig.gate.forgetClip(theirs.id, "erasure");
}

async function annasStory(her: Recipient, busy: boolean): Promise<unknown[]> {
  const rig = await opened(config(busy ? crowd(her) : [her], { requests: { accept: true } }));
  const seen: unknown[] = [];
  const clips: Clip[] = [];
  let round = 0;
  const look = async (): Promise<void> => {
    seen.push(standing(rig, clips));
    if (busy) await bustle(rig, ++round);
    await rig.clock.advance(seconds(20));
    await rig.gate.idle();
  };
  const record = async (): Promise<Clip> => {
    const clip = rig.clip({}, Buffer.alloc(3000, 100 + clips.length));
    clips.push(clip);
    await rig.gate.consider(clip);
    if (her.clips === "ask") {
      await look();
      await rig.gate.answer(clip.id, "anna", "approved", "cli");
    }
    return clip;
  };
  const happening = { at: rig.wall(), clockTrusted: true, triggers: ["pir"], zones: ["path"] } as const;

  await look();
  const first = await record();
  await look();
  rig.still(first);
  rig.preview(first);
  await rig.gate.considerPictures(first);
  await look();
  for (const kind of ["ring", "motion"] as const) await rig.gate.considerEvent({ ...happening, kind });
  await rig.gate.motionEnded();
  await look();
  for (const { id, recipient: to } of rig.media())
    if (to === "anna") await rig.gate.delivery({ type: "delivery", id, state: "confirmed" });
  await look();
  await rig.gate.answer(first.id, "anna", "withdrawn", "page");
  await look();
  await record();
  await rig.gate.pause("", "cli");
  await look();
  await rig.gate.resume("cli");
  await look();
  await rig.change(busy ? [her, recipient("erin", all)] : [her], { requests: { accept: false } });
  await record();
  await rig.clock.advance(minutes(2));
  await look();
  await rig.restart();
  await record();
  await look();
  return seen;
}

for (const [name, her] of [
  ["what goes by itself", anna({})],
  ["what the owner is asked about", anna({ clips: "ask", stills: "ask", previews: "ask" })],
] as const)
  test(`of ${name} anna sees the same in an empty house and in a busy one, to the time in each id (§9.14)`, async () => {
    const quiet = await annasStory(her, false);
    const busy = await annasStory(her, true);

    expect(busy).toEqual(quiet);
    expect(JSON.stringify(quiet)).toMatch(/"index":3/);
  });
