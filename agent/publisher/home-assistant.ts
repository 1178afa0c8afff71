// Home Assistant's discovery document for one recipient (docs/spec/wire.md §6): one device with what this recipient may be told, and no more. Pure.
import type { RetainedDocument } from "../spool/door.ts";
import { CAMERA_STATES, MICROPHONE_STATES, SHARING_STATES } from "./topics.ts";

/** A recipient with home_assistant = true; always plain, for Home Assistant cannot decrypt. */
export interface Household {
  /** `mqtt.discovery_prefix`, without a slash at its end. */
  readonly prefix: string;
  readonly device: string;
  readonly recipient: string;
  /** Short, of [a-z0-9_], and nobody else's: Home Assistant's unique ids begin with it. */
  readonly id: string;
  /** Doorstep's own version. */
  readonly version: string;
  readonly stills: boolean;
  readonly previews: boolean;
  /** Motion and doorbell events. */
  readonly events: boolean;
  readonly clips: boolean;
  /** The news that something waits for the owner, and how much. */
  readonly toldOfAsks: boolean;
  /** Camera, microphone, sharing and problems. */
  readonly toldOfState: boolean;
}

type Component = Readonly<Record<string, unknown>>;

/** Every entity there can be, in this order, and what Home Assistant takes it for. */
const PLATFORMS = {
  motion: "binary_sensor",
  ring: "event",
  clip: "event",
  waiting: "sensor",
  still: "image",
  preview: "image",
  camera: "sensor",
  microphone: "sensor",
  sharing: "sensor",
  camera_problem: "binary_sensor",
  microphone_problem: "binary_sensor",
  problem: "binary_sensor",
  pause: "button",
} as const;
type Key = keyof typeof PLATFORMS;
type Entities = Partial<Record<Key, Component>>;
type Make = (key: Key, name: string, more: Component) => Entities;

/** Node and object id are levels of their own, so that one line of an access list covers a device. */
const topicOf = ({ prefix, device, recipient }: Pick<Household, "prefix" | "device" | "recipient">): string =>
  `${prefix}/device/${device}/${recipient}/config`;

/** What makes the device appear, as `retained` for door.sock: in Home Assistant's abbreviations, for it must fit one line. */
export function discovery(household: Household): RetainedDocument {
  const { device, recipient, version, toldOfState } = household;
  const document = {
    dev: {
      ids: [`doorstep/${device}/${recipient}`],
      name: `${device} (${recipient})`,
      mf: "Doorstep",
      mdl: "Doorbell that asks first",
      sw: version,
    },
    o: { name: "doorstep", sw: version },
    avty_t: `doorstep/${device}/status`,
    qos: 1,
    // Of every component that names no other.
    ...(toldOfState && { stat_t: `doorstep/${device}/${recipient}/state` }),
    // An entity that is no longer granted goes when its platform stands there alone, and stays if it is only left out.
    cmps: { ...absentees(), ...componentsOf(household) },
  };
  return { type: "retained", topic: topicOf(household), document };
}

/** What makes it disappear again. */
export const removal = (household: Pick<Household, "prefix" | "device" | "recipient">): RetainedDocument => ({
  type: "retained",
  topic: topicOf(household),
});

const absentees = (): Entities =>
  Object.fromEntries(Object.entries(PLATFORMS).map(([key, platform]) => [key, { p: platform }]));

function componentsOf(household: Household): Entities {
  const { device, recipient, id, stills, previews, events, clips, toldOfAsks, toldOfState } = household;
  const own = `doorstep/${device}/${recipient}`;
  const entity: Make = (key, name, more) => ({
    [key]: { p: PLATFORMS[key], uniq_id: `${id}_${key}`, name, ...more },
  });
  const clipEvents = [...(clips ? ["ready", "withdrawn"] : []), ...(toldOfAsks ? ["waiting"] : [])];
  return {
    ...(events && {
      ...entity("motion", "Motion", { stat_t: `${own}/motion`, dev_cla: "motion" }),
      ...entity("ring", "Doorbell", {
        stat_t: `${own}/event/ring`,
        evt_typ: ["ring"],
        dev_cla: "doorbell",
      }),
    }),
    ...(clipEvents.length > 0 && entity("clip", "Clip", { stat_t: `${own}/event/clip`, evt_typ: clipEvents })),
    ...(toldOfAsks &&
      entity("waiting", "Waiting for the owner", {
        stat_t: `${own}/waiting`,
        unit_of_meas: "clips",
        stat_cla: "measurement",
      })),
    ...(stills && entity("still", "Latest still", { img_t: `${own}/latest/still`, cont_type: "image/jpeg" })),
    ...(previews && entity("preview", "Latest preview", { img_t: `${own}/latest/preview`, cont_type: "image/webp" })),
    ...(toldOfState && stateComponents(entity, `${own}/state`)),
    // It can only tighten. Resuming is the owner's, at the page or with `doorstep resume`.
    ...entity("pause", "Pause sharing with me", {
      cmd_t: `${own}/command`,
      pl_prs: '{"v":1,"type":"pause"}',
      ent_cat: "config",
    }),
  };
}

/** What the house knows of itself, each from the one document in `state`. */
function stateComponents(entity: Make, topic: string): Entities {
  const sensor = (
    key: "camera" | "microphone" | "sharing",
    name: string,
    ops: readonly string[],
    more: Component = {},
  ) => entity(key, name, { val_tpl: `{{value_json.${key}}}`, dev_cla: "enum", ops, ...more });
  const problem = (key: Key, name: string, test: string, more: Component = {}) =>
    entity(key, name, {
      val_tpl: `{{'ON' if ${test} else 'OFF'}}`,
      dev_cla: "problem",
      ent_cat: "diagnostic",
      ...more,
    });
  const attributes = (key: string): Component => ({
    json_attr_t: topic,
    json_attr_tpl: `{{{'${key}':value_json.${key}}|tojson}}`,
  });
  return {
    ...sensor("camera", "Camera", CAMERA_STATES),
    ...sensor("microphone", "Microphone", MICROPHONE_STATES),
    ...sensor("sharing", "Sharing with me", SHARING_STATES, attributes("resume")),
    ...problem("camera_problem", "Camera problem", "value_json.camera=='failed'"),
    ...problem("microphone_problem", "Microphone problem", "value_json.microphone=='failed'"),
    ...problem("problem", "Problem", "value_json.problems", attributes("problems")),
  };
}
