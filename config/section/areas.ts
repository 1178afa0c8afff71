// [[mask]], [[property]] and [[zone]]: named areas of the picture. Pure.
import type { Area } from "../config.ts";
import { lineKind } from "../device-name.ts";
import { required, writeFields } from "../field.ts";
import { polygonKind } from "../polygon.ts";
import type { Table, TableReader } from "../table-reader.ts";

export const AREA = {
  name: required("name", lineKind(60), "What the owner calls it."),
  polygon: required(
    "polygon",
    polygonKind,
    "Its corners [x, y] in order, as fractions of the picture from the top left: 3 to 64, not crossing itself.",
  ),
};

export type AreaTable = "mask" | "property" | "zone";

const MAX_AREAS = 32;

export interface Areas {
  readonly areas: readonly Area[];
  /** Of those with a fault too, so that naming one of them is not a second fault. */
  readonly names: readonly string[];
}

/** Reads every [[key]]; areas with a fault are left out. */
export function readAreas(root: TableReader, key: AreaTable): Areas {
  const names: string[] = [];
  const tables = root.tables(key, MAX_AREAS, (table, index) => areaPath(key, table, index));
  const areas = tables.flatMap((table): Area[] => {
    const { name, polygon } = table.fields(AREA);
    table.finish();
    if (name === undefined) return [];
    if (names.includes(name))
      table.fault("CONFIG_NAME_DUPLICATE", "name", { expected: `a name that no other [[${key}]] has` });
    names.push(name);
    return polygon === undefined ? [] : [{ name, polygon }];
  });
  return { areas, names };
}

/** The areas as TOML has them. */
export const writeAreas = (areas: readonly Area[]): readonly Record<string, unknown>[] =>
  areas.map((area) => writeFields(AREA, { ...area }));

const areaPath = (key: AreaTable, { name }: Table, index: number): string =>
  typeof name === "string" && name !== "" && name.length <= 60 ? `${key}.${name}` : `${key}[${index + 1}]`;
