// Generated configurations, as values of TOML: valid ones of every shape, and ones with anything at all in them.
import * as fc from "fast-check";
import { stringify } from "smol-toml";

export type Tree = Record<string, unknown>;

/** Real public keys (`age-keygen`), whose secret halves nobody kept. */
export const AGE_KEYS = [
  "age1mjyxcymxrvw0df0ep5472v8kgn0zgj94whma6qmy832r6cwkl4fsk8lseq",
  "age1zjyqs0rwjl5dk8hxjvjvxawx29n965vplp2ev0xst0kgyuh3savs085r2s",
] as const;

/** The configuration as a file. */
export const tomlOf = (tree: Tree): string => stringify(tree);

const oneOf = <const T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** An object of optional values: what is undefined is left out. */
const table = (shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Tree> =>
  fc
    .record(shape)
    .map((values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)));

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const span = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);

const unit = fc.integer({ min: 0, max: 8 }).map((n) => n / 8);

/** A rectangle or a triangle on a coarse grid, so that equal, nested and overlapping ones are common. */
const polygon = fc
  .tuple(unit, unit, unit, unit, fc.boolean())
  .filter(([x, y, right, bottom]) => x < right && y < bottom)
  .map(([x, y, right, bottom, triangle]) =>
    triangle
      ? [
          [x, y],
          [right, y],
          [x, bottom],
        ]
      : [
          [x, y],
          [right, y],
          [right, bottom],
          [x, bottom],
        ],
  );

const areas = (...names: readonly string[]): fc.Arbitrary<Tree[]> =>
  fc.uniqueArray(table({ name: fc.constantFrom(...names), polygon }), { maxLength: 3, selector: ({ name }) => name });

const minute = fc.integer({ min: 0, max: 95 }).map((quarter) => {
  const [hour, rest] = [Math.floor(quarter / 4), (quarter % 4) * 15];
  return `${String(hour).padStart(2, "0")}:${String(rest).padStart(2, "0")}`;
});
const hours = fc.oneof(
  oneOf("always"),
  fc
    .tuple(minute, minute)
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => `${from}-${to}`),
);

const some = <T>(...items: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...items], { minLength: 1 });

function recipient(name: string, zones: readonly string[]): fc.Arbitrary<Tree> {
  const lock = fc.oneof(
    fc.record({ key: fc.subarray([...AGE_KEYS], { minLength: 1 }) }),
    fc.record({ plain: oneOf(true), home_assistant: fc.boolean() }),
  );
  const grants = table({
    clips: maybe(oneOf("never", "ask", "auto")),
    stills: maybe(oneOf("never", "ask", "auto")),
    previews: maybe(oneOf("never", "ask", "auto")),
    events: maybe(oneOf("never", "auto")),
    audio: maybe(fc.boolean()),
    told_of_asks: maybe(fc.boolean()),
    told_of_state: maybe(fc.boolean()),
    triggers: fc.oneof(oneOf("all"), some("pir", "button", "motion", "owner")),
    zones: zones.length ? fc.oneof(oneOf("all"), some(...zones)) : oneOf("all"),
    hours,
    until: oneOf("forever", "2026-12-31", "2027-06-30"),
    max_per_day: oneOf<number | string>("unlimited", 1, 5, 20),
  });
  return fc.tuple(grants, lock).map(([rest, encryption]) => ({ name, ...rest, ...encryption }));
}

const LINES = [4, 5, 6, 17, 22, 23, 24, 25, 27];

/** A valid configuration. */
export const validTree = (): fc.Arbitrary<Tree> =>
  fc
    .record({
      zone: areas("path", "gate", "step"),
      mask: areas("window", "garden", "street"),
      property: areas("own", "drive"),
    })
    .chain(({ zone, mask, property }) => {
      const zoneNames = zone.map(({ name }) => String(name));
      return fc.record({
        zone: oneOf(zone),
        mask: oneOf(mask),
        property: oneOf(property),
        device: table({
          name: oneOf("porch", "gate"),
          timezone: oneOf("Europe/Paris", "UTC"),
          clock: maybe(oneOf("ntp", "assume")),
        }),
        camera: camera(),
        trigger: trigger(),
        audio: table({ record: maybe(fc.boolean()), device: maybe(oneOf("default", "hw:1,0")) }),
        sharing: table({ enabled: maybe(fc.boolean()) }),
        recipient: fc
          .tuple(recipient("anna", zoneNames), recipient("ben", zoneNames))
          .chain((both) => fc.subarray(both)),
        approvals: approvals(),
        requests: table({ accept: maybe(fc.boolean()) }),
        retention: table({
          keep: maybe(span("1d", "7d", "30d")),
          keep_objected: maybe(span("1h", "24h")),
          max_bytes: maybe(span("1GB", "4GB", "512MiB")),
        }),
        mqtt: mqtt(),
        review: fc.oneof(oneOf({}), table({ lan: fc.boolean(), password_file: oneOf("/etc/doorstep/review") })),
      });
    });

const camera = (): fc.Arbitrary<Tree> => {
  const rest = {
    width: maybe(oneOf(640, 1280)),
    fps: maybe(oneOf(5, 15, 30)),
    rotation: maybe(oneOf(0, 180)),
    encoder: maybe(oneOf("libx264", "h264_v4l2m2m")),
    mode: maybe(oneOf("ready", "asleep")),
    pre_roll: maybe(span("0s", "2500ms", "5s")),
    post_roll: maybe(span("8s", "20s")),
    max_clip: maybe(span("30s", "60s", "2m")),
  };
  return fc.oneof(
    table({ source: oneOf("libcamera"), index: maybe(oneOf(0, 1)), ...rest }),
    table({ source: oneOf("v4l2"), device: oneOf("/dev/video0", "/dev/video2"), ...rest }),
    table({
      source: oneOf("replay"),
      file: oneOf("/srv/a.mp4", "/srv/b.mp4"),
      loop: maybe(fc.boolean()),
      speed: maybe(oneOf(1, 2.5)),
      ...rest,
    }),
    table({ source: oneOf("simulated"), speed: maybe(oneOf(1, 20)), ...rest }),
  );
};

/** Every input on a line of its own, since two never share one. */
const trigger = (): fc.Arbitrary<Tree> =>
  fc
    .tuple(
      fc.shuffledSubarray(LINES, { minLength: 5, maxLength: 5 }),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
    )
    .chain(([[a, b, c, d, e], pir, button, light, privacy, objection]) =>
      table({
        pir: oneOf(pir ? { gpio: a } : undefined),
        button: oneOf(button ? { gpio: b, debounce: "40ms" } : undefined),
        light: oneOf(light ? { gpio: c } : "none"),
        privacy_switch: oneOf(privacy ? { gpio: d, active: "low" } : undefined),
        objection: oneOf(objection ? { gpio: e } : undefined),
        video: maybe(fc.boolean()),
        confirm: maybe(oneOf("none", "motion")),
        sensitivity: maybe(oneOf(0, 0.25, 1)),
      }),
    );

const approvals = (): fc.Arbitrary<Tree> =>
  table({
    channels: maybe(fc.subarray(["page", "cli", "home_assistant"])),
    owner_key: maybe(oneOf(`${"A".repeat(43)}=`, `${"B".repeat(42)}A=`)),
    ask_expires: maybe(span("1h", "72h")),
  }).map((values) => ("owner_key" in values ? { ...values, channels: ["page", "mqtt_signed"] } : values));

const mqtt = (): fc.Arbitrary<Tree> =>
  table({
    url: oneOf("mqtts://broker.lan", "mqtt://broker.lan", "wss://broker.lan/mqtt", "mqtts://other.example:8884"),
    username: maybe(oneOf("porch", "gate")),
    discovery_prefix: maybe(oneOf("homeassistant", "ha")),
  });

/** Anything a file could hold below the names that mean something. */
export const wildTree = (): fc.Arbitrary<Tree> => {
  const scalar = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.integer({ min: -5, max: 2000 }),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -10, max: 10 }),
    fc.boolean(),
    oneOf(
      "ask",
      "auto",
      "all",
      "always",
      "none",
      "forever",
      "unlimited",
      "5s",
      "4GB",
      "libcamera",
      "mqtt",
      "path",
      ...AGE_KEYS,
    ),
  );
  const value = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 6 }), scalar, { maxKeys: 3 }),
  );
  return validTree().chain((tree) =>
    fc
      .array(fc.tuple(fc.nat(), fc.nat(), fc.oneof(value, oneOf(undefined)), fc.boolean()), {
        minLength: 1,
        maxLength: 4,
      })
      .map((edits) =>
        edits.reduce((edited, [at, key, replacement, whole]) => replaced(edited, at, key, replacement, whole), tree),
      ),
  );
};

/** The tree with one section, or one key of a section, replaced or removed. */
function replaced(tree: Tree, at: number, key: number, replacement: unknown, whole: boolean): Tree {
  const sections = Object.keys(tree);
  const section = sections[at % sections.length];
  if (section === undefined) return tree;
  const value = tree[section];
  if (whole || typeof value !== "object" || value === null) return without(tree, section, replacement);
  if (Array.isArray(value)) {
    if (value.length === 0) return tree;
    const index = key % value.length;
    const inner = value[index] as Tree;
    const name = Object.keys(inner)[at % Math.max(1, Object.keys(inner).length)];
    if (name === undefined) return tree;
    return { ...tree, [section]: value.with(index, without(inner, name, replacement)) };
  }
  const names = Object.keys(value);
  const name = names[key % Math.max(1, names.length)];
  return name === undefined ? tree : { ...tree, [section]: without(value as Tree, name, replacement) };
}

const without = (tree: Tree, key: string, replacement: unknown): Tree =>
  Object.fromEntries(Object.entries({ ...tree, [key]: replacement }).filter(([, value]) => value !== undefined));
