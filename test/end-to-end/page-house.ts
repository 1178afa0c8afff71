// A household in front of whose page somebody sits: a broker, a listener, both roles, and anna who asks.
import type { Mosquitto } from "../mosquitto.ts";
import { doorstepScene } from "../configs.ts";
import type { Ear } from "./ear.ts";
import type { Household } from "./household.ts";
import { Visitor } from "./page.ts";
import { Rig } from "./rig.ts";

/** Call {@link close} whatever happened. */
export class LivedIn {
  readonly house: Household;
  readonly owner: Visitor;
  readonly #rig: Rig;

  private constructor(rig: Rig, house: Household, owner: Visitor) {
    this.#rig = rig;
    this.house = house;
    this.owner = owner;
  }

  get broker(): Mosquitto {
    return this.#rig.broker;
  }

  /** Hears whatever crosses the broker. */
  get ear(): Ear {
    return this.#rig.ear;
  }

  /** `more`: further tables of the configuration. */
  static async begin(more = ""): Promise<LivedIn> {
    const rig = await Rig.stand();
    const house = rig.house("");
    house.configure(doorstepScene({ broker: rig.broker.url, key: await house.newKey("anna") }) + more);
    await house.moveIn();
    await house.connected();
    return new LivedIn(rig, house, await Visitor.at(house));
  }

  async close(): Promise<void> {
    await this.owner.close();
    await this.#rig.close();
  }
}
