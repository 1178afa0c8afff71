// What Home Assistant accepts as a discovery document, restated from its own discovery.py, schemas.py and platforms (2026.7): unknown keys
// in root, device or origin reject all of it; unknown keys in a component are dropped without a word, so here they are complaints too.

type Fields = Readonly<Record<string, unknown>>;

const ABBREVIATIONS: Readonly<Record<string, string>> = {
  dev: "device",
  o: "origin",
  cmps: "components",
  avty_t: "availability_topic",
  stat_t: "state_topic",
  cmd_t: "command_topic",
  img_t: "image_topic",
  p: "platform",
  uniq_id: "unique_id",
  dev_cla: "device_class",
  ent_cat: "entity_category",
  evt_typ: "event_types",
  val_tpl: "value_template",
  json_attr_t: "json_attributes_topic",
  json_attr_tpl: "json_attributes_template",
  unit_of_meas: "unit_of_measurement",
  stat_cla: "state_class",
  ops: "options",
  cont_type: "content_type",
  pl_prs: "payload_press",
};
const DEVICE_ABBREVIATIONS: Readonly<Record<string, string>> = {
  ids: "identifiers",
  cns: "connections",
  mf: "manufacturer",
  mdl: "model",
  sw: "sw_version",
};
const ORIGIN_ABBREVIATIONS: Readonly<Record<string, string>> = { sw: "sw_version", url: "support_url" };

const AVAILABILITY = "availability availability_topic availability_mode availability_template";
const PAYLOADS = "payload_available payload_not_available";
const SHARED = new Set(
  `${AVAILABILITY} ${PAYLOADS} state_topic command_topic qos encoding message_expiry_interval`.split(" "),
);
const ROOT = new Set(["device", "components", "origin", ...SHARED]);
const DEVICE = new Set(
  "identifiers connections manufacturer model model_id name hw_version sw_version serial_number via_device suggested_area configuration_url".split(
    " ",
  ),
);
const ORIGIN = new Set(["name", "sw_version", "support_url"]);
const COMMON =
  `platform unique_id default_entity_id name entity_category entity_picture icon enabled_by_default visible_by_default group ` +
  `json_attributes_topic json_attributes_template message_expiry_interval qos encoding ${AVAILABILITY} ${PAYLOADS}`;

interface Platform {
  readonly required: string;
  readonly optional: string;
  readonly deviceClasses: string;
  readonly categories: string;
}

const PLATFORMS: Readonly<Record<string, Platform>> = {
  binary_sensor: {
    required: "state_topic",
    optional: "device_class expire_after force_update off_delay payload_on payload_off value_template",
    deviceClasses: "motion occupancy sound connectivity problem",
    categories: "diagnostic",
  },
  event: {
    required: "state_topic event_types",
    optional: "device_class value_template",
    deviceClasses: "doorbell button motion",
    categories: "diagnostic",
  },
  image: {
    required: "image_topic",
    optional: "content_type image_encoding url_template",
    deviceClasses: "",
    categories: "diagnostic",
  },
  sensor: {
    required: "state_topic",
    optional:
      "device_class state_class unit_of_measurement options expire_after force_update last_reset_value_template suggested_display_precision value_template",
    deviceClasses: "enum timestamp duration data_size",
    categories: "diagnostic",
  },
  button: {
    required: "command_topic",
    optional: "payload_press command_template device_class retain",
    deviceClasses: "identify restart update",
    categories: "config diagnostic",
  },
};

const words = (text: string): string[] => text.split(" ").filter(Boolean);

function expanded(fields: Fields, names: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [names[key] ?? key, value]));
}

/**
 * A document with every abbreviation written out and what components inherit put into them, as Home Assistant reads it. A component
 * with nothing but its platform is removed.
 */
export function asRead(payload: string): Fields & {
  readonly components: Readonly<Record<string, Fields>>;
  readonly removed: readonly string[];
} {
  const root = expanded(JSON.parse(payload) as Fields, ABBREVIATIONS);
  const shared = Object.fromEntries(Object.entries(root).filter(([key]) => SHARED.has(key)));
  const given = Object.entries((root["components"] ?? {}) as Record<string, Fields>);
  const isRemoved = (component: Fields): boolean => Object.keys(component).join() === "p";
  return {
    ...root,
    removed: given.filter(([, component]) => isRemoved(component)).map(([key]) => key),
    device: expanded((root["device"] ?? {}) as Fields, DEVICE_ABBREVIATIONS),
    origin: expanded((root["origin"] ?? {}) as Fields, ORIGIN_ABBREVIATIONS),
    components: Object.fromEntries(
      given
        .filter(([, component]) => !isRemoved(component))
        .map(([key, component]) => {
          const own = expanded(component, ABBREVIATIONS);
          const platform = PLATFORMS[String(own["platform"])];
          const taken = platform ? words(`${platform.required} ${platform.optional} ${COMMON}`) : [];
          const inherited = Object.fromEntries(Object.entries(shared).filter(([name]) => taken.includes(name)));
          return [key, { ...inherited, ...own }];
        }),
    ),
  };
}

/** Why Home Assistant would not do what the document means; empty when it would. */
export function complaints(topic: string, payload: string): string[] {
  const found: string[] = [];
  const complain = (when: boolean, text: string): void => void (when && found.push(text));
  complain(!/^[\w/-]+\/device\/[a-zA-Z0-9_-]+(\/[a-zA-Z0-9_-]+)?\/config$/.test(topic), `topic ${topic}`);
  const { components, removed: _, ...root } = asRead(payload);
  const { device, origin } = root as unknown as { device: Fields; origin: Fields };
  const strangers = (fields: Fields, known: ReadonlySet<string>, where: string): void =>
    Object.keys(fields).forEach((key) => complain(!known.has(key), `${where}: unknown ${key}`));
  strangers(root, ROOT, "root");
  strangers(device, DEVICE, "device");
  strangers(origin, ORIGIN, "origin");
  complain(!device["identifiers"] && !device["connections"], "device: neither identifiers nor connections");
  complain(typeof origin["name"] !== "string", "origin: no name");
  complain("availability" in root && "availability_topic" in root, "root: two kinds of availability");
  complain("encoding" in root && root["encoding"] !== "utf-8", "root: encoding breaks availability");
  complain(Object.keys(components).length === 0, "no components");
  const ids = Object.values(components).map((component) => component["unique_id"]);
  complain(new Set(ids).size !== ids.length, "a unique_id twice");
  for (const [key, component] of Object.entries(components))
    found.push(...componentComplaints(component).map((text) => `${key}: ${text}`));
  return found;
}

function componentComplaints(component: Fields): string[] {
  const found: string[] = [];
  const complain = (when: boolean, text: string): void => void (when && found.push(text));
  const text = (key: string): string => (typeof component[key] === "string" ? component[key] : "");
  const platform = PLATFORMS[text("platform")];
  if (!platform) return [`no platform ${text("platform")}`];
  const { required, optional, deviceClasses, categories } = platform;
  for (const key of words(`${required} unique_id`)) complain(component[key] === undefined, `no ${key}`);
  const known = words(`${required} ${optional} ${COMMON}`);
  for (const key of Object.keys(component)) complain(!known.includes(key), `unknown ${key}`);
  for (const key of Object.keys(component).filter((one) => one.endsWith("_topic")))
    complain(!isTopic(text(key)), `${key} is no topic`);
  complain(text("device_class") !== "" && !words(deviceClasses).includes(text("device_class")), "unknown device_class");
  complain(
    text("entity_category") !== "" && !words(categories).includes(text("entity_category")),
    "entity_category not allowed",
  );
  complain(
    text("default_entity_id") !== "" &&
      !new RegExp(`^${text("platform")}\\.[a-z0-9_]+$`).test(text("default_entity_id")),
    "default_entity_id without its domain",
  );
  const types = component["event_types"] as readonly string[] | undefined;
  complain(types?.length === 0, "no event_types");
  complain(text("device_class") === "doorbell" && !types?.includes("ring"), "a doorbell that does not ring");
  complain(text("content_type") !== "" && !text("content_type").startsWith("image/"), "content_type is no image");
  complain("image_topic" in component && "url_topic" in component, "two kinds of image");
  const isEnum = text("device_class") === "enum";
  complain(
    isEnum !== "options" in component && text("platform") === "sensor",
    "options go with enum, and only with it",
  );
  complain(isEnum && ("state_class" in component || "unit_of_measurement" in component), "enum with unit or class");
  return found;
}

const isTopic = (topic: string): boolean => /^[^+#\0]+$/.test(topic) && topic.length <= 255;
