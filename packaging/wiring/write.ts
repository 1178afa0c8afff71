// Writes the pictures of docs/guide/wiring.md (`make docs`); a test holds them to what is drawn here.
import { writeFileSync } from "node:fs";
import { wiringPictures } from "./draw.ts";

for (const [name, text] of wiringPictures()) writeFileSync(new URL(`../../docs/guide/${name}`, import.meta.url), text);
