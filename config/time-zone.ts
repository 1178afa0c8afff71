// The name of a time zone, "Europe/Paris". Pure: asks only the zone tables that come with JavaScript.
import type { Kind } from "./kind.ts";
import { read, refuse } from "./kind.ts";
import { nearest } from "./nearest.ts";

/** `text` if it names a zone of the IANA database; otherwise undefined. Offsets ("+02:00") know no summer time: refused. */
export function parseTimeZone(text: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{1,60}$/.test(text)) return undefined;
  // The list costs nothing; a formatter brings eight megabytes of tables, and the list lacks only other names of its zones.
  if (text === "UTC" || Intl.supportedValuesOf("timeZone").includes(text)) return text;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone === "" ? undefined : text;
  } catch {
    return undefined;
  }
}

/** A zone name. Names the nearest one to a misspelt name. */
export const timeZoneKind: Kind<string> = {
  expected: 'a time zone such as "Europe/Paris" or "UTC"',
  read(value) {
    const zone = typeof value === "string" ? parseTimeZone(value) : undefined;
    if (zone !== undefined) return read(zone);
    const near = typeof value === "string" ? nearestZone(value) : undefined;
    return refuse(near === undefined ? {} : { hint: `did you mean "${near}"?` });
  },
  write: (zone) => zone,
};

function nearestZone(text: string): string | undefined {
  const zones = new Map(Intl.supportedValuesOf("timeZone").map((zone) => [zone.toLowerCase(), zone]));
  const city = [...zones].find(([zone]) => zone.endsWith(`/${text.toLowerCase().replaceAll(" ", "_")}`));
  const near = city?.[0] ?? nearest(text, zones.keys());
  return near === undefined ? undefined : zones.get(near);
}
