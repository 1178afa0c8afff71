// Home Assistant's discovery document for one recipient (docs/spec/wire.md §6): one device with what this recipient may be told, and no more. Pure.
import type { RetainedDocument } from "../spool/door.ts";

/** A recipient with home_assistant = true; always plain, for Home Assistant cannot decrypt. */
export interface Household {
  /** `mqtt.discovery_prefix`, without a slash at its end. */
  readonly prefix: string;
  readonly device: string;
  readonly recipient: string;
  /** Doorstep's own version. */
  readonly version: string;
  readonly stills: boolean;
  /** Motion and doorbell events. */
  readonly events: boolean;
  readonly clips: boolean;
  /** The news that something waits for the owner. */
  readonly toldOfAsks: boolean;
}

type Component = Readonly<Record<string, unknown>>;

/** Node and object id are levels of their own, so that one line of an access list covers a device. */
const topicOf = ({ prefix, device, recipient }: Pick<Household, "prefix" | "device" | "recipient">): string =>
  `${prefix}/device/${device}/${recipient}/config`;

/** What makes the device appear, as `retained` for door.sock. */
export function discovery(household: Household): RetainedDocument {
  const { device, recipient, version } = household;
  const document = {
    device: {
      identifiers: [`doorstep/${device}/${recipient}`],
      name: `${device} (${recipient})`,
      manufacturer: "Doorstep",
      model: "Doorbell that asks first",
      sw_version: version,
    },
    origin: { name: "doorstep", sw_version: version },
    availability_topic: `doorstep/${device}/status`,
    qos: 1,
    components: componentsOf(household),
  };
  return { type: "retained", topic: topicOf(household), payload: JSON.stringify(document) };
}

/** What makes it disappear again. */
export const removal = (household: Pick<Household, "prefix" | "device" | "recipient">): RetainedDocument => ({
  type: "retained",
  topic: topicOf(household),
  payload: "",
});

function componentsOf({ device, recipient, stills, events, clips, toldOfAsks }: Household): Record<string, Component> {
  const own = `doorstep/${device}/${recipient}`;
  const entity = (platform: string, key: string, name: string, more: Component): Record<string, Component> => ({
    [key]: {
      platform,
      unique_id: `${own}/${key}`,
      default_entity_id: `${platform}.${slug(device)}_${slug(recipient)}_${key}`,
      name,
      ...more,
    },
  });
  const clipEvents = [...(clips ? ["ready", "withdrawn"] : []), ...(toldOfAsks ? ["waiting"] : [])];
  return {
    ...(events && {
      ...entity("binary_sensor", "motion", "Motion", { state_topic: `${own}/motion`, device_class: "motion" }),
      ...entity("event", "ring", "Doorbell", {
        state_topic: `${own}/event/ring`,
        event_types: ["ring"],
        device_class: "doorbell",
      }),
    }),
    ...(clipEvents.length > 0 &&
      entity("event", "clip", "Clip", { state_topic: `${own}/event/clip`, event_types: clipEvents })),
    ...(stills &&
      entity("image", "still", "Latest still", { image_topic: `${own}/latest/still`, content_type: "image/jpeg" })),
    // It can only tighten. Resuming is the owner's, at the page or with `doorstep resume`.
    ...entity("button", "pause", "Pause sharing with me", {
      command_topic: `${own}/command`,
      payload_press: '{"v":1,"type":"pause"}',
      entity_category: "config",
    }),
  };
}

/** Entity ids are [a-z0-9_]. */
const slug = (name: string): string => name.replaceAll("-", "_");
