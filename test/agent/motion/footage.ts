// Real footage with labelled events, which anyone can get (Debian's opencv-doc) and nobody copies into the project.
import { existsSync } from "node:fs";
import { join } from "node:path";

const DEBIAN = "/usr/share/doc/opencv-doc/examples/data";

/** Where a recording is: DOORSTEP_FOOTAGE, beside the project, or where Debian puts it; undefined when nowhere. */
export function realFootage(name: string): string | undefined {
  const beside = new URL("../../../../shared/footage/", import.meta.url).pathname;
  return [process.env["DOORSTEP_FOOTAGE"], beside, DEBIAN]
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}
