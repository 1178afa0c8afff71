// The doorstep story (DESIGN §10), beat by beat, each with what must be true after it.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { milliseconds, rfc3339, seconds, type Clock, type WallTime } from "../../drivers/clock/clock.ts";
import type { ClipView, Status } from "../review/owner.ts";
import { statePaths } from "../state-directory.ts";
import { Refusal } from "./refusal.ts";
import { demoConfig } from "./demo-config.ts";
import type { Narrator } from "./demo-narrator.ts";
import type { Stage } from "./demo-stage.ts";
import { clips, status, until } from "./demo-watch.ts";
import { canPaint, windowIsBlack } from "./demo-window.ts";
import { bytes } from "./table.ts";

/** Puts a yes/no question to the person at the terminal; answers itself, and says so, when nobody does. */
export type Ask = (question: string) => Promise<boolean>;

export interface StoryOptions {
  readonly stage: Stage;
  readonly narrator: Narrator;
  readonly clock: Clock;
  readonly ask: Ask;
  /** A recording to play instead of the drawn doorstep. */
  readonly file?: string;
}

export class Story {
  readonly #options: StoryOptions;
  readonly #seen = new Set<string>();
  #identity = "";
  #key = "";
  #paints = true;

  constructor(options: StoryOptions) {
    this.#options = options;
  }

  /** Tells it all. */
  async tell(): Promise<void> {
    await this.#setTheStage();
    const first = await this.#bellRings();
    const released = await this.#ownerIsAsked(first);
    const second = await this.#secondVisit();
    const third = await this.#publisherIsKilled();
    await this.#ledgerIsTouched();
    this.#tally([first, second, third], released ? [first, third] : [third]);
  }

  async #setTheStage(): Promise<void> {
    const { stage, narrator, clock } = this.#options;
    narrator.say(`everything of this demo is in ${stage.folder}`);
    await stage.openBroker();
    this.#identity = await generateX25519Identity();
    this.#key = await identityToRecipient(this.#identity);
    writeFileSync(join(stage.folder, "anna.key"), `${this.#identity}\n`, { mode: 0o600 });
    this.#paints = await canPaint(clock);
    if (!this.#paints)
      narrator.say("there is no ffmpeg: no black window can be painted, and a recording is the doorstep");
    this.#writeConfig(false);
    stage.startRecorder();
    stage.startPublisher();
    const { camera } = await narrator.waiting(
      "recorder and publisher start",
      until(
        clock,
        "camera",
        () => status(stage.agent),
        ({ camera: { state } }) => state === "on" || state === "failed",
      ),
    );
    if (camera.state === "failed") throw unseen(camera);
    await clock.sleep(seconds(3));
  }

  async #bellRings(): Promise<ClipView> {
    const { stage, narrator } = this.#options;
    narrator.beat("a", "The bell rings. Nothing is shared, as installed.");
    const clip = await this.#visit("button");
    narrator.say(
      `recorded ${(clip.durationMs / 1000).toFixed(1)} s (${bytes(clip.bytes)}), ${(clip.preRollMs / 1000).toFixed(1)} s of it from before the bell`,
    );
    narrator.expect("a listener on # has heard 0 messages", stage.heard.length === 0, JSON.stringify(stage.heard));
    narrator.expect(
      "the door (spool/out/new) is empty",
      readdirSync(join(statePaths(stage.state).spool, "new")).length === 0,
    );
    return clip;
  }

  async #ownerIsAsked(clip: ClipView): Promise<boolean> {
    const { stage, narrator, clock, ask } = this.#options;
    narrator.beat("b", "The owner lets anna ask, and is asked.");
    this.#writeConfig(true);
    await narrator.waiting(
      "the edited configuration counts after two quiet seconds",
      until(
        clock,
        "sharing",
        () => status(stage.agent),
        ({ sharing, broker }) => sharing.state === "enabled" && broker.state === "connected",
      ),
    );
    await this.#receiverStarts();
    if (!(await ask("Send this clip to anna? [y/N] "))) {
      await stage.agent.send("POST", `/clips/${clip.id}/answers`, { recipient: "anna", answer: "denied" });
      narrator.expect("denied: nothing of it left", this.#bytesOf(clip) === 0);
      return false;
    }
    await this.#approve(clip);
    await this.#arrives(clip);
    const data = stage.heard.filter(({ topic }) => topic.startsWith(`doorstep/porch/anna/clip/${clip.id}/data`));
    narrator.expect(
      "one clip crossed the broker, encrypted for anna alone",
      data.length === 1 && data[0]!.bytes > clip.bytes,
      JSON.stringify(data),
    );
    const file = join(stage.received, `${clip.id}.mp4`);
    if (this.#paints)
      narrator.expect("the neighbours' house is a black window in all of it", await windowIsBlack(file, clock));
    narrator.expect("it has no sound", !clip.hasAudio);
    narrator.say(`playable: ${file}`);
    return true;
  }

  async #secondVisit(): Promise<ClipView> {
    const { narrator } = this.#options;
    narrator.beat("c", "A second visit. Nobody approves it, and the police ask for it at once.");
    const clip = await this.#visit("pir");
    const share = clip.shares.find(({ recipient }) => recipient === "anna");
    narrator.expect("it waits for the owner", share?.state === "asks", JSON.stringify(share));
    await this.#emergency(clip);
    return clip;
  }

  /** An emergency is a word in somebody's letter: it is shown, and decides nothing (promise 5). */
  async #emergency(clip: ClipView): Promise<void> {
    const { stage, narrator, clock } = this.#options;
    const before = stage.heard.length;
    const from = rfc3339(clip.startedAt);
    const to = rfc3339((clip.startedAt + clip.durationMs) as WallTime);
    const request = { v: 1, kind: "disclosure", from: "police", why: "EMERGENCY", span: { from, to }, emergency: true };
    await stage.say("doorstep/porch/request", JSON.stringify(request));
    narrator.say(`"EMERGENCY, police" is left on doorstep/porch/request`);
    await narrator.waiting(
      "the owner's device takes the letter",
      until(
        clock,
        "request",
        () => stage.agent.get<{ requests: readonly unknown[] }>("/requests"),
        ({ requests }) => requests.length === 1,
      ),
    );
    await clock.sleep(seconds(2));
    const { text } = await stage.doorstep(["requests", "--state", stage.state]);
    narrator.expect(
      "the owner sees who asks, and that it says EMERGENCY",
      text.includes("disclosure for police: open") && text.includes("EMERGENCY") && text.includes(clip.id),
      text,
    );
    narrator.expect(
      "still 0 bytes of it have left, and whoever asked heard nothing",
      this.#bytesOf(clip) === 0 && stage.heard.length === before,
      JSON.stringify(stage.heard.slice(before)),
    );
  }

  async #publisherIsKilled(): Promise<ClipView> {
    const { stage, narrator } = this.#options;
    narrator.beat("d", "A third visit is approved, and the publisher is killed in mid-send.");
    const clip = await this.#visit("button");
    const middle = stage.bytesArriving(Math.floor(clip.bytes / 2));
    await this.#approve(clip);
    await narrator.waiting("half of the clip reaches the broker", middle);
    await stage.killPublisher();
    narrator.say("killed (SIGKILL); a new publisher starts, as the service manager would have it");
    stage.startPublisher();
    await this.#arrives(clip);
    const files = readdirSync(stage.received).filter((name) => name.endsWith(".mp4") && name.startsWith(clip.id));
    narrator.expect("the clip arrived once", files.length === 1, files.join(" "));
    return clip;
  }

  async #ledgerIsTouched(): Promise<void> {
    const { stage, narrator } = this.#options;
    narrator.beat("e", "One byte of the ledger is flipped, on a copy.");
    const copy = join(stage.folder, "ledger.jsonl");
    const key = await this.#deviceKey();
    await stage.doorstep(["ledger", "export", "--state", stage.state, "--out", copy]);
    const honest = await stage.doorstep(["ledger", "verify", copy, "--key", key]);
    narrator.expect("as it is, it verifies", honest.code === 0, honest.text);
    const text = readFileSync(copy);
    const at = text.indexOf('"anna"');
    text[at + 1] = "A".charCodeAt(0);
    writeFileSync(copy, text);
    const forged = await stage.doorstep(["ledger", "verify", copy, "--key", key]);
    narrator.expect("verify names the changed entry", forged.code === 1 && /entry \d+/.test(forged.text), forged.text);
    narrator.say(forged.text.trim().split("\n").slice(0, 2).join(" "));
  }

  #tally(recorded: readonly ClipView[], released: readonly ClipView[]): void {
    const { stage, narrator } = this.#options;
    narrator.beat("f", "What was recorded, what left, what stayed.");
    for (const clip of recorded) {
      const left = this.#bytesOf(clip);
      narrator.say(
        `${clip.id}  ${clip.triggers.join("+").padEnd(7)} ${bytes(clip.bytes).padStart(9)} recorded, ${bytes(left).padStart(9)} left ${left ? "for anna" : "(stayed home)"}`,
      );
    }
    const strays = stage.heard.filter(
      ({ topic }) => topic !== "doorstep/porch/status" && !topic.startsWith("doorstep/porch/anna/"),
    );
    narrator.expect(
      "nothing but what was permitted crossed the broker",
      strays.length === 0,
      strays.map(({ topic }) => topic).join(" "),
    );
    narrator.expect(
      `${released.length} approved, published, received and verified; ${recorded.length - released.length} withheld`,
      released.every((clip) => this.#bytesOf(clip) > 0 && existsSync(join(stage.received, `${clip.id}.mp4`))) &&
        recorded.filter((clip) => !released.includes(clip)).every((clip) => this.#bytesOf(clip) === 0),
    );
  }

  /** Somebody comes; resolves with the finished clip. */
  async #visit(input: "button" | "pir"): Promise<ClipView> {
    const { stage, narrator, clock } = this.#options;
    await stage.agent.send("POST", "/trigger", { input });
    const ready = (list: readonly ClipView[]): ClipView | undefined =>
      list.find(({ id, state }) => state === "ready" && !this.#seen.has(id));
    const list = await narrator.waiting(
      input === "button" ? "somebody rings" : "somebody walks by",
      until(
        clock,
        "clip",
        () => clips(stage.agent),
        (found) => ready(found) !== undefined,
      ),
    );
    const clip = ready(list)!;
    this.#seen.add(clip.id);
    return clip;
  }

  async #approve(clip: ClipView): Promise<void> {
    await this.#options.stage.agent.send("POST", `/clips/${clip.id}/answers`, {
      recipient: "anna",
      answer: "approved",
    });
  }

  async #receiverStarts(): Promise<void> {
    const { stage, narrator } = this.#options;
    const keyFile = join(stage.folder, "porch.pub");
    writeFileSync(keyFile, `${await this.#deviceKey()}\n`);
    const listens = stage.somebodyListens();
    const receiver = stage.startReceiver([
      "--url",
      stage.brokerUrl,
      "--device",
      "porch",
      "--as",
      "anna",
      "--identity",
      join(stage.folder, "anna.key"),
      "--trust",
      keyFile,
      "--out",
      stage.received,
    ]);
    receiver.stdout!.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.split("\n").filter(Boolean)) narrator.say(`anna's receiver | ${line}`);
    });
    await narrator.waiting("anna's receiver connects", listens);
  }

  /** The receiver writes the file only after hash, signature and inclusion have been verified. */
  async #arrives(clip: ClipView): Promise<void> {
    const { stage, narrator, clock } = this.#options;
    const file = join(stage.received, `${clip.id}.mp4`);
    await narrator.waiting(
      "the clip travels",
      until(clock, "arrival", () => Promise.resolve(existsSync(file)), Boolean, seconds(90)),
    );
    await clock.sleep(milliseconds(500));
    narrator.expect(
      "it arrived, was verified, decrypted and saved, byte for byte as recorded",
      statSync(file).size === clip.bytes,
    );
  }

  async #deviceKey(): Promise<string> {
    const { json } = await this.#options.stage.agent.get<{ json: { key: string } }>("/ledger/key");
    return json.key;
  }

  #bytesOf(clip: ClipView): number {
    return this.#options.stage.heard
      .filter(({ topic }) => topic.includes(clip.id))
      .reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #writeConfig(sharing: boolean): void {
    const { stage, file } = this.#options;
    stage.writeConfig(
      demoConfig({
        brokerUrl: stage.brokerUrl,
        key: this.#key,
        sharing,
        mask: this.#paints,
        ...(file !== undefined && { file }),
      }),
    );
  }
}

/** A recording that cannot be played is the caller's to change: in the camera's own words, at once. */
function unseen({ detail, remedy = "" }: Status["camera"]): Refusal {
  const [code = "", ...rest] = detail.split(": ");
  return new Refusal(409, code, rest.join(": "), remedy);
}
