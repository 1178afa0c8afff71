// What an end-to-end test stands on: a folder with a recording in it, a real broker with an ear on every topic, and the households
// that move in. All gone with one close.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMosquitto, type Mosquitto } from "../mosquitto.ts";
import { config, type Setup } from "../configs.ts";
import { Ear } from "./ear.ts";
import { Household } from "./household.ts";

/** Call {@link close} whatever happened. */
export class Rig {
  readonly folder = mkdtempSync(join(tmpdir(), "doorstep-"));
  readonly recording = join(this.folder, "recording.mp4");
  readonly #houses: Household[] = [];
  #broker!: Mosquitto;
  #ear!: Ear;

  private constructor() {}

  /** `record` makes what the cameras play: a file that ffmpeg reads, at the path it is given. */
  static async stand(record: (file: string) => void = () => {}): Promise<Rig> {
    const rig = new Rig();
    record(rig.recording);
    await rig.#listen();
    return rig;
  }

  get broker(): Mosquitto {
    return this.#broker;
  }

  get ear(): Ear {
    return this.#ear;
  }

  /** The text of a doorstep.toml that films the recording and speaks to the broker. */
  config(setup: Partial<Setup> = {}): string {
    return config({ recording: this.recording, broker: this.#broker.url, ...setup });
  }

  /** A household of which nothing runs yet. */
  house(text: string): Household {
    const house = new Household(text);
    this.#houses.push(house);
    return house;
  }

  /** For whoever needs to begin again: no household, and a broker that knows nothing with an ear that has heard nothing. */
  async renew(): Promise<void> {
    await this.#end();
    await this.#listen();
  }

  async close(): Promise<void> {
    await this.#end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #listen(): Promise<void> {
    this.#broker = await startMosquitto();
    this.#ear = await Ear.on(this.#broker.url);
  }

  async #end(): Promise<void> {
    for (const house of this.#houses.splice(0)) await house.close();
    this.#ear.close();
    await this.#broker.stop();
  }
}
