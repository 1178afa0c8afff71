// What a release makes of a clip and of its still: sound taken out, sealed to the recipient's key, and nothing beside them.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Recipient } from "../../../config/config.ts";
import { hours } from "../../../drivers/clock/clock.ts";
import { config, opened, recipient } from "./rig.ts";
import type { Rig } from "./rig.ts";

/** A second of picture and sound, made by Debian's ffmpeg. */
function footage(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-footage-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "visit.mp4");
  const picture = ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=1"];
  const sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=1"];
  const coded = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"];
  execFileSync("ffmpeg", ["-v", "error", ...picture, ...sound, ...coded, file]);
  return readFileSync(file);
}

const tracks = (file: string): string[] =>
  execFileSync("ffprobe", ["-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", file], {
    encoding: "utf8",
  })
    .trim()
    .split("\n")
    .map((line) => line.replace(/,$/, ""));

const fileOf = (rig: Rig): string => {
  const [sent] = rig.media();
  return join(rig.folder, "out", "new", sent!.id, sent!.media.file);
};

describe("what is made for a recipient (§6)", () => {
  test("has no sound where the recipient's audio is off, and the clip itself keeps it", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip({ hasAudio: true }, footage());

    await rig.gate.consider(clip);

    expect(tracks(fileOf(rig))).toEqual(["video"]);
    expect(tracks(join(rig.folder, "clips", `${clip.id}.mp4`))).toEqual(["video", "audio"]);
  });

  test("has its sound where the recipient's audio is on, bit for bit", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto", audio: true })]));
    const clip = rig.clip({ hasAudio: true }, footage());

    await rig.gate.consider(clip);

    expect(rig.media()[0]?.media.sha256).toBe(clip.sha256);
  });

  test("is sealed to its key, without sound, and opens with the age command to a silent film", async () => {
    const identity = await generateIdentity();
    const key = await identityToRecipient(identity);
    const rig = await opened(config([recipient("anna", { clips: "auto", encryption: { kind: "age", keys: [key] } })]));
    const clip = rig.clip({ hasAudio: true }, footage());

    await rig.gate.consider(clip);

    const opened_ = join(rig.folder, "opened.mp4");
    execFileSync("age", ["-d", "-i", "-", "-o", opened_, fileOf(rig)], { input: identity });
    expect(tracks(opened_)).toEqual(["video"]);
    expect(rig.media()[0]).toMatchObject({
      media: { file: "clip.mp4.age", encrypted: true },
      files: ["clip.mp4.age", "disclosure.json", "receipt.jws"],
    });
    expect(rig.names("tmp")).toEqual([]);
  });

  test("is nothing where the key cannot be sealed to, and the owner hears of it", async () => {
    const rig = await opened(
      config([recipient("anna", { clips: "auto", encryption: { kind: "age", keys: ["age1broken"] } })]),
    );
    const clip = rig.clip();

    await rig.gate.consider(clip);

    expect([rig.media(), rig.names("tmp")]).toEqual([[], []]);
    expect(rig.shares(clip)).toEqual(["anna failed"]);
    expect(rig.alarms[0]).toMatch(/^KEY_MALFORMED/);
  });

  test("is nothing where the sound cannot be taken out (§9.10)", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip({ hasAudio: true }, Buffer.from("this is no film"));

    await rig.gate.consider(clip);

    expect([rig.media(), rig.names("tmp"), rig.shares(clip)]).toEqual([[], [], ["anna failed"]]);
  });

  test("is made anew or not at all when the policy changes while it is made (§9.13)", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip({ hasAudio: true }, footage());

    const considering = rig.gate.consider(clip);
    const changing = rig.change([recipient("anna", { clips: "never" })]);
    await Promise.all([considering, changing]);

    expect([rig.media(), rig.names("tmp")]).toEqual([[], []]);
    expect(rig.entries("disclosure").filter(({ details }) => details?.kind === "clip")).toEqual([]);
  });

  test("is nothing when the owner's no overtakes it (§9.13)", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip({ hasAudio: true }, footage());

    const considering = rig.gate.consider(clip);
    await Promise.all([considering, rig.gate.answer(clip.id, "anna", "denied", "page")]);

    expect([rig.media(), rig.names("tmp")]).toEqual([[], []]);
    expect(rig.shares(clip)).toEqual(["anna denied"]);
  });
});

describe("what was made for an older policy and has not left (§9.7)", () => {
  const keyed = (key: string): Recipient =>
    recipient("anna", { clips: "auto", encryption: { kind: "age", keys: [key] } });
  const freshKey = async (): Promise<string> => identityToRecipient(await generateIdentity());

  test("is made anew for a key that was changed, and the old bytes are gone", async () => {
    const rig = await opened(config([keyed(await freshKey())]));
    await rig.gate.consider(rig.clip());
    const [old] = rig.media();

    await rig.change([keyed(await freshKey())]);

    expect(rig.media()).toHaveLength(1);
    expect(rig.media()[0]!.media.sha256).not.toBe(old!.media.sha256);
    expect(rig.media("failed")[0]).toMatchObject({ id: old!.id, files: ["disclosure.json", "receipt.jws"] });
  });

  test("is made anew without its sound when the sound may no longer go", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto", audio: true })]));
    await rig.gate.consider(rig.clip({ hasAudio: true }, footage()));

    await rig.change([recipient("anna", { clips: "auto" })]);

    expect(tracks(fileOf(rig))).toEqual(["video"]);
  });

  test("is not sent again to a key that was given up, and goes to the new one when the owner says so", async () => {
    const [lost, found] = [await freshKey(), await generateIdentity()];
    const rig = await opened(config([keyed(lost)]));
    const clip = rig.clip();
    await rig.gate.consider(clip);
    const [old] = rig.media();
    await rig.gate.delivery({ type: "delivery", id: old!.id, state: "accepted" });

    await rig.change([keyed(await identityToRecipient(found))]);
    expect([rig.media(), rig.shares(clip)]).toEqual([[], ["anna unconfirmed"]]);

    await rig.gate.answer(clip.id, "anna", "approved", "cli");
    const [anew] = rig.media();
    expect(anew!.id).not.toBe(old!.id);
    const film = execFileSync("age", ["-d", "-i", "-", fileOf(rig)], { input: found });
    expect(film.equals(readFileSync(join(rig.folder, "clips", `${clip.id}.mp4`)))).toBe(true);
  });

  test("stays as it is when the policy asks for less", async () => {
    const rig = await opened(config([keyed(await freshKey())]));
    await rig.gate.consider(rig.clip());
    const [old] = rig.media();

    await rig.change([recipient("anna", { clips: "auto" })]);

    expect(rig.media().map(({ id }) => id)).toEqual([old!.id]);
  });

  test("ends with the last day of the new policy, not of the old", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await rig.change([recipient("anna", { clips: "auto", until: "2026-11-22" })]);
    expect(rig.media()).toHaveLength(1);
    await rig.clock.advance(hours(11));
    await rig.gate.idle();

    expect([rig.media(), rig.shares(clip)]).toEqual([[], ["anna expired"]]);
  });
});

describe("a still", () => {
  test("goes by itself where stills are auto, whatever the clip does, and is retained", async () => {
    const rig = await opened(config([recipient("anna", { clips: "never", stills: "auto" })]));
    const clip = rig.clip();
    rig.still(clip);
    await rig.gate.consider(clip);

    await rig.gate.considerPictures(clip);

    expect(rig.media().map(({ kind, media }) => [kind, media.file, media.type])).toEqual([
      ["still", "still.jpg", "image/jpeg"],
    ]);
    expect(rig.shares(clip)).toEqual(["anna released (still)"]);
  });

  test("that waits goes with the clip when the owner approves it, and both leave the door together", async () => {
    const rig = await opened(config([recipient("anna", { stills: "ask" })]));
    const clip = rig.clip();
    rig.still(clip);
    await rig.gate.consider(clip);
    await rig.gate.considerPictures(clip);
    expect(rig.gate.waiting()).toBe(1);

    await rig.gate.answer(clip.id, "anna", "approved", "page");

    expect(rig.media().map(({ kind }) => kind)).toEqual(["clip", "still"]);
  });

  test("too large for a retained message is not sent", async () => {
    const rig = await opened(config([recipient("anna", { clips: "never", stills: "auto" })]));
    const clip = rig.clip();
    rig.still(clip, Buffer.alloc(60_001, 1));

    await rig.gate.considerPictures(clip);

    expect([rig.media(), rig.alarms.length]).toEqual([[], 1]);
  });

  test("that was withdrawn is emptied at the broker, but not if a newer one stands there", async () => {
    const rig = await opened(config([recipient("anna", { clips: "never", stills: "auto" })]));
    const [first, second] = [rig.clip(), rig.clip()];
    rig.still(first, Buffer.alloc(900, 1));
    rig.still(second, Buffer.alloc(900, 2));
    for (const clip of [first, second]) {
      await rig.gate.considerPictures(clip);
      await rig.gate.delivery({ type: "delivery", id: rig.media()[0]!.id, state: "confirmed" });
    }

    await rig.gate.answer(first.id, "anna", "withdrawn", "page");
    expect(rig.events()).toEqual([]);
    await rig.gate.answer(second.id, "anna", "withdrawn", "page");
    expect(rig.events()).toEqual(["anna latest/still (empty)"]);
  });
});
