// On which file system a path lies, as /proc/self/mounts tells it. Pure.

export interface Mount {
  readonly device: string;
  readonly filesystem: string;
  readonly readOnly: boolean;
}

/** The deepest mount above an absolute `path`; of two on the same place the later one, which hides the other. */
export function readMountOf(path: string, mounts: string): Mount {
  let best = { place: "", device: "", filesystem: "unknown", readOnly: false };
  for (const row of mounts.split("\n")) {
    const [device = "", place, filesystem = "", options = ""] = row.split(" ").map(unescape);
    if (place === undefined || place.length < best.place.length) continue;
    if (path !== place && !path.startsWith(place.endsWith("/") ? place : `${place}/`)) continue;
    best = { place, device, filesystem, readOnly: options.split(",").includes("ro") };
  }
  const { device, filesystem, readOnly } = best;
  return { device, filesystem, readOnly };
}

/** The kernel writes a space as \040, and so on. */
const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
