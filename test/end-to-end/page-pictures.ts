// The pictures of the page in docs/guide/, made by the tests that walk through it.
import { join } from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { settled } from "./page.ts";

const GUIDE = new URL("../../docs/guide/", import.meta.url).pathname;

/** Into the guide when asked for (`DOORSTEP_SCREENSHOTS=1`): a picture that changes with each run is not committed with each. */
export async function picture(page: Page, name: string, part = "body"): Promise<void> {
  if (!process.env["DOORSTEP_SCREENSHOTS"]) return;
  await page.evaluate(`document.getElementById("toasts")?.replaceChildren()`);
  await settled(page);
  const png = part === "body" ? await page.screenshot() : await page.locator(part).screenshot();
  await sharp(png)
    .webp({ quality: 84 })
    .toFile(join(GUIDE, `page-${name}.webp`));
}
