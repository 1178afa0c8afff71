// A household in front of whose page somebody sits: a broker, a listener, both roles, and anna who asks.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startMosquitto, type Mosquitto } from "../mosquitto.ts";
import { doorstepScene } from "./configs.ts";
import { Ear } from "./ear.ts";
import { Household } from "./household.ts";
import { Visitor } from "./page.ts";

/** Call {@link close} whatever happened. */
export class LivedIn {
  readonly broker: Mosquitto;
  readonly house: Household;
  readonly owner: Visitor;
  readonly #ear: Ear;

  private constructor(broker: Mosquitto, ear: Ear, house: Household, owner: Visitor) {
    this.broker = broker;
    this.#ear = ear;
    this.house = house;
    this.owner = owner;
  }

  static async begin(): Promise<LivedIn> {
    const broker = await startMosquitto();
    // Somebody listens: what nobody hears is not said to have left.
    const ear = await Ear.on(broker.url);
    const house = new Household("");
    await house.doorstep("keygen", "-o", "anna.key");
    const key = /age1[0-9a-z]+/.exec(readFileSync(join(house.folder, "anna.key"), "utf8"))![0];
    house.configure(doorstepScene({ broker: broker.url, key }));
    house.start("recorder");
    house.start("publisher");
    await house.status("broker", ({ broker: { state } }) => state === "connected");
    await house.status("camera", ({ camera }) => camera.state === "on");
    return new LivedIn(broker, ear, house, await Visitor.at(house));
  }

  async close(): Promise<void> {
    await this.owner.close();
    await this.house.close();
    this.#ear.close();
    await this.broker.stop();
  }
}
