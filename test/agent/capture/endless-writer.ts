// A program that writes an endless clip into a directory until it is killed. Arguments: directory, clip id, file of H.264
// pictures (JSON of base64). Prints a line after each group of pictures.
import { readFileSync } from "node:fs";
import { ClipWriter } from "../../../agent/capture/clip-writer.ts";
import type { Uptime } from "../../../drivers/clock/clock.ts";

const [directory, id, source] = process.argv.slice(2) as [string, string, string];
const units = JSON.parse(readFileSync(source, "utf8")) as { data: string; key: boolean }[];
const writer = new ClipWriter({ directory, id, audio: false });
for (let n = 0; ; n++) {
  const { data, key } = units[n % units.length]!;
  await writer.video({ data: Buffer.from(data, "base64"), key, at: (n * 66.7) as Uptime });
  if (key) process.stdout.write(`${n}\n`);
}
