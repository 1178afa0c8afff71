// Sound, end to end (promise 6): who may have it gets it, who may not gets the same pictures without, and `audio.record` opens and closes the microphone.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parsePublicKey } from "../../agent/ledger/public-key.ts";
import { verifyReceipt } from "../../agent/ledger/receipt-verify.ts";
import { receiptWords } from "../../agent/ledger/receipt-words.ts";
import { QUIET } from "../../agent/policy-file.ts";
import type { ClipView } from "../../agent/review/owner.ts";
import { seconds, type Uptime } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { pictures } from "../footage.ts";
import type { Household } from "./household.ts";
import { Rig } from "./rig.ts";

const clock = new SystemClock();

const probe = (file: string, ...args: string[]): string[] =>
  execFileSync("ffprobe", ["-v", "error", ...args, "-of", "csv=p=0", file], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.replace(/,+$/, ""))
    .filter(Boolean);
const codecs = (file: string): string[] => probe(file, "-show_entries", "stream=codec_name");
const pictureTimes = (file: string): string[] =>
  probe(file, "-select_streams", "v", "-show_entries", "packet=pts_time,duration_time");

/** Seconds after the first picture. */
const soundBegins = (file: string): number =>
  Number(probe(file, "-select_streams", "a", "-show_entries", "packet=pts_time")[0]);

interface Sound {
  readonly seconds: number;
  /** Peak in decibels below full scale, 0 at most. Nothing but zeros is -91. */
  readonly peak: number;
}

/** What a decoder makes of the sound of `file`; fails on the first packet that it cannot decode. */
function sound(file: string): Sound {
  const decode = ["-v", "error", "-xerror", "-i", file, "-map", "0:a", "-ac", "1", "-ar", "48000", "-f", "s16le", "-"];
  const bytes = execFileSync("ffmpeg", decode, { maxBuffer: 1 << 26 });
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return { seconds: samples.length / 48_000, peak: 20 * Math.log10(Math.max(loudest, 1) / 32_768) };
}

describe("with a microphone beside the camera", { timeout: 120_000 }, () => {
  let rig: Rig;
  let house: Household;

  beforeAll(async () => {
    rig = await Rig.stand((recording) => {
      const pattern = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=768x576:rate=10:duration=20"];
      const coding = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-g", "10", "-pix_fmt", "yuv420p"];
      execFileSync("ffmpeg", [...pattern, ...coding, recording]);
    });
  });
  afterEach(() => rig.renew());
  afterAll(() => rig?.close());

  const text = (record: boolean): string =>
    rig.config({
      recipients: [{ name: "anna", more: "audio = true" }, { name: "ben" }],
      more: `[audio]\nrecord = ${record}`,
    });

  async function moveIn(record: boolean): Promise<void> {
    house = rig.house(text(record));
    await house.moveIn();
    await house.connected();
  }

  /** Resolves with when it was seen. */
  async function microphone(state: "on" | "off"): Promise<Uptime> {
    await house.status(`microphone ${state}`, ({ microphone: { state: now } }) => now === state);
    return clock.uptime();
  }

  /** Processes that hold the microphone or encode what it hears. */
  function listening(): number {
    try {
      const found = execFileSync("pgrep", ["-P", String(house.pid("recorder")), "-f", "s16le|arecord"]);
      return found.toString().split("\n").filter(Boolean).length;
    } catch {
      return 0;
    }
  }

  /** Edits the file as an editor does; resolves with when. */
  function edit(record: boolean): Uptime {
    house.configure(text(record));
    return clock.uptime();
  }

  /** What came for `recipient`, in a file of its own, and its receipt verified against the device's key. */
  async function received(recipient: string, { id }: ClipView) {
    const mine = `doorstep/porch/${recipient}/clip/${id}`;
    const { payload } = await rig.ear.message(({ topic }) => topic === `${mine}/data`);
    const receipt = await rig.ear.message(({ topic }) => topic === `${mine}/receipt`);
    const file = join(rig.folder, `${recipient}-${id}.mp4`);
    writeFileSync(file, payload);
    const key = parsePublicKey((await house.owner("ledger", "key")).out);
    const sha256 = createHash("sha256").update(payload).digest("hex");
    return { file, claims: verifyReceipt(receipt.payload.toString(), key, sha256) };
  }

  const kept = ({ id }: ClipView): string => join(house.paths.clips, `${id}.mp4`);

  test("who may have the sound hears it, who may not gets the same pictures and no track", async () => {
    await moveIn(true);
    await microphone("on");
    await house.quiet(seconds(2));

    const clip = await house.visit("button");
    const anna = await received("anna", clip);
    const ben = await received("ben", clip);

    expect(clip.hasAudio).toBe(true);
    expect(readFileSync(anna.file).equals(readFileSync(kept(clip)))).toBe(true);
    expect(codecs(anna.file)).toEqual(["h264", "aac"]);
    const heard = sound(anna.file);
    expect(heard.peak).toBeGreaterThan(-60);
    expect(soundBegins(anna.file)).toBeLessThan(0.05);
    expect(Math.abs(heard.seconds - clip.durationMs / 1000)).toBeLessThan(1);
    expect(codecs(ben.file)).toEqual(["h264"]);
    expect(pictures(ben.file).length).toBe(Math.round((clip.durationMs / 1000) * 10));
    expect(pictures(ben.file)).toEqual(pictures(anna.file));
    expect(pictureTimes(ben.file)).toEqual(pictureTimes(anna.file));
    expect([anna.claims.sent.audio, ben.claims.sent.audio]).toEqual([true, false]);
    expect(receiptWords(anna.claims)).toContain("video with sound");
    expect(receiptWords(ben.claims)).toContain("video without sound");
  });

  test("the microphone stays shut until the owner's edit has been quiet for two seconds, and shuts at once, in mid-clip too", async () => {
    await moveIn(false);
    const silent = await house.visit("button");
    expect([listening(), silent.hasAudio, codecs(kept(silent))]).toEqual([0, false, ["h264"]]);
    expect(codecs((await received("anna", silent)).file)).toEqual(["h264"]);

    const opened = edit(true);
    await house.quiet(seconds(1));
    const meanwhile = await house.status("pending", ({ sharing: { detail } }) => detail.includes("audio.record"));
    expect([meanwhile.microphone.state, listening()]).toEqual(["off", 0]);
    expect((await microphone("on")) - opened).toBeGreaterThanOrEqual(QUIET);
    const loud = await house.visit("button");
    expect([listening(), loud.hasAudio, codecs(kept(loud))]).toEqual([1, true, ["h264", "aac"]]);

    await house.agent.send("POST", "/trigger", { input: "button" });
    const [running] = await house.clips("recording", ([first]) => first?.state === "recording");
    const closed = edit(false);
    expect((await microphone("off")) - closed).toBeLessThan(QUIET);
    expect(listening()).toBe(0);
    await house.clips("its end", (list) => list.find(({ id }) => id === running!.id)?.state === "ready");
    await house.status("camera on", ({ camera }) => camera.state === "on");
    const after = await house.visit("button");
    expect([after.hasAudio, codecs(kept(after))]).toEqual([false, ["h264"]]);
    expect((await received("anna", after)).claims.sent.audio).toBe(false);
    expect(listening()).toBe(0);
  });
});
