// What the device says about itself: online, offline, its discovery documents, and taking back what must not stay (docs/spec/wire.md §2.4).
import type { Line } from "./session.ts";
import type { Outcome } from "./connection.ts";
import type { Retractions } from "./retractions.ts";

/** Whole topics: discovery, republished at every connection. */
export class Presence {
  readonly #retractions: Retractions;
  readonly #documents = new Map<string, string>();

  constructor(retractions: Retractions) {
    this.#retractions = retractions;
  }

  /** Where Home Assistant says that it has started, if anything was announced to it. */
  get birthTopics(): readonly string[] {
    return [...new Set(this.#documents.keys().map((topic) => `${discoveryPrefix(topic)}/status`))];
  }

  forgetDocuments(): void {
    this.#documents.clear();
  }

  /** Keeps a document for this connection and the next; an empty one is taken back. */
  async retain(topic: string, payload: string, line: Line | undefined): Promise<void> {
    if (payload === "") {
      this.#documents.delete(topic);
      this.#retractions.add([topic]);
      if (line) await this.retract(line);
    } else if (this.#documents.get(topic) !== payload) {
      this.#documents.set(topic, payload);
      if (line) await publish(line, topic, payload);
    }
  }

  async announceDocuments(line: Line): Promise<void> {
    for (const [topic, payload] of this.#documents) await publish(line, topic, payload);
  }

  /** First thing over a new line, if sharing is on. Returns whether the broker has all of it. */
  async comeOnline(line: Line, device: string): Promise<boolean> {
    if (!(await this.retract(line))) return false;
    this.#retractions.setOnline(true);
    if (!(await publish(line, statusTopic(device), "online"))) return false;
    await this.announceDocuments(line);
    return true;
  }

  /** Takes everything back that is to be, then says offline. Returns whether the broker has all of it. */
  async goOffline(line: Line, device: string): Promise<boolean> {
    if (!(await this.retract(line))) return false;
    if (!(await publish(line, statusTopic(device), "offline"))) return false;
    this.#retractions.setOnline(false);
    return true;
  }

  /** Returns whether nothing is left to take back. */
  async retract(line: Line): Promise<boolean> {
    for (const topic of this.#retractions.topics) {
      // Whoever listens now must see it end; whoever comes later must see nothing.
      if (topic.endsWith("/motion") && !(await publish(line, topic, "OFF"))) return false;
      if (!(await publish(line, topic, ""))) return false;
      this.#retractions.done(topic);
    }
    return true;
  }
}

const statusTopic = (device: string): string => `doorstep/${device}/status`;

/** A broker that refuses a retraction holds nothing of ours there: it is done. */
async function publish(line: Line, topic: string, payload: string): Promise<boolean> {
  const { kind }: Outcome = await line.publish({ topic, retain: true, text: true }, Buffer.from(payload));
  return kind !== "lost";
}

function discoveryPrefix(topic: string): string {
  const levels = topic.split("/");
  const at = levels.findIndex((level) => COMPONENTS.has(level));
  return levels.slice(0, at < 1 ? 1 : at).join("/");
}

const COMPONENTS = new Set([
  "device",
  "binary_sensor",
  "button",
  "camera",
  "event",
  "image",
  "sensor",
  "switch",
  "update",
]);
