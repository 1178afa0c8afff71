// `doorstep masks preview`: the newest picture with masks, property and zones over it, so that an owner need not guess numbers.
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Area, Config } from "../../config/config.ts";
import { type Blocks, paintedBlocks, paintedShare } from "../../drivers/mask/mask.ts";
import type { PictureDecoder } from "../../drivers/picture/picture.ts";
import { AgentError } from "../error.ts";
import type { PolicyView } from "../review/owner.ts";
import { keyPictures } from "../vault/key-pictures.ts";
import { AgentClient } from "./agent-client.ts";
import { givenFile } from "./given-file.ts";
import { guarded } from "./guarded.ts";
import { json, type Io } from "./io.ts";
import { masksSheet, SHEET_PAPER } from "./masks-sheet.ts";
import { validConfig } from "./valid-config.ts";

interface Options {
  readonly out: string;
  readonly from: string;
  readonly config?: string;
  readonly state: string;
  readonly json?: boolean;
}

/** Adds the command to `program`. `pictures` decodes the key pictures of clips. */
export function registerMasks(program: Command, io: Io, pictures: () => Promise<PictureDecoder>): void {
  const masks = program.command("masks").description("what is painted over in every picture");
  const command = masks
    .command("preview")
    .description("draw masks, property and zones over a picture, with a grid of fractions")
    .option("--out <file>", "where to: .png or .jpg", "masks.png")
    .option("--from <file|agent>", "an image or a clip; agent: what the camera sees now, or its last clip", "agent")
    .option("--config <file>", "the areas of this file, whether in force or not; those in force if absent")
    .option("--state <dir>", "state directory of the agent", io.defaultState)
    .option("--json")
    .action(async () => {
      const options = command.opts<Options>();
      await guarded(io, options.json ?? false, async () => {
        const agent = new AgentClient(options.state);
        const config = await configFor(options, agent);
        const { width, height } = config.camera;
        const blocks = paintedBlocks(hiddenBy(config), width, height);
        const picture =
          options.from === "agent" ? await fromAgent(agent) : await fromFile(givenFile(options.from), pictures);
        const file = resolve(options.out);
        await draw(config, blocks, picture, file);
        io.out(options.json ? json(document(file, config, blocks)) : words(file, config, blocks));
      });
    });
}

async function configFor({ config: file }: Options, agent: AgentClient): Promise<Config> {
  if (file !== undefined) return validConfig(resolve(file));
  const { config } = await agent.get<PolicyView>("/policy");
  if (!config) throw new AgentError("NO_CONFIGURATION", "no configuration has been accepted yet");
  return config;
}

const hiddenBy = ({ masks, property }: Config): Parameters<typeof paintedBlocks>[0] => ({
  hidden: masks.map(({ polygon }) => polygon),
  kept: property.map(({ polygon }) => polygon),
});

async function fromAgent(agent: AgentClient): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of await agent.stream("/scene")) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** An image that sharp reads; otherwise the first key picture of a clip. */
async function fromFile(file: string, pictures: () => Promise<PictureDecoder>): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  try {
    return await sharp(file).png().toBuffer();
  } catch {
    const units = (async function* () {
      for await (const { unit } of keyPictures(resolve(file), (times) => times.slice(0, 1))) yield unit;
    })();
    for await (const { width, height, rgb } of (await pictures()).decode(units, { maxWidth: 1280 }))
      return sharp(rgb, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer();
    throw new AgentError("CLIP_UNREADABLE", `${file} is neither an image nor a clip`);
  }
}

/** @throws AgentError OUT_NOT_WRITABLE. */
async function draw(config: Config, blocks: Blocks, picture: Buffer, file: string): Promise<void> {
  const { default: sharp } = await import("sharp");
  const { width, height, picture: place, svg } = masksSheet(config, blocks);
  const input = await sharp(picture).resize(place.width, place.height, { fit: "fill" }).removeAlpha().toBuffer();
  const sheet = sharp({ create: { width, height, channels: 3, background: SHEET_PAPER } }).composite([
    { input, left: place.left, top: place.top },
    { input: Buffer.from(svg), left: 0, top: 0 },
  ]);
  const bytes = await (/\.jpe?g$/i.test(file) ? sheet.jpeg({ quality: 88 }) : sheet.png()).toBuffer();
  try {
    await writeFile(file, bytes, { mode: 0o600 });
  } catch (cause) {
    throw new AgentError("OUT_NOT_WRITABLE", file, cause);
  }
}

/** How much of a zone is painted over, 0–1: nothing can be seen to move there. */
function hiddenShare({ polygon }: Area, blocks: Blocks): number {
  const zone = paintedBlocks({ hidden: [polygon], kept: [] }, blocks.width, blocks.height);
  let [all, hidden] = [0, 0];
  for (const [block, within] of zone.painted.entries()) {
    all += within;
    hidden += within & blocks.painted[block]!;
  }
  return all === 0 ? 0 : hidden / all;
}

const document = (file: string, config: Config, blocks: Blocks): object => ({
  file,
  width: blocks.width,
  height: blocks.height,
  painted: Math.round(paintedShare(blocks) * 1000) / 1000,
  masks: config.masks,
  property: config.property,
  zones: config.zones.map((zone) => ({ ...zone, hidden: Math.round(hiddenShare(zone, blocks) * 1000) / 1000 })),
});

function words(file: string, config: Config, blocks: Blocks): string {
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const covered = config.zones.flatMap((zone) => {
    const share = hiddenShare(zone, blocks);
    if (share === 0) return [];
    const end = share === 1 ? ": nothing can be seen to move there" : "";
    return [`  zone ${zone.name}: ${percent(share)} of it is painted over${end}\n`];
  });
  return `${file}\n  ${percent(paintedShare(blocks))} of every picture is painted over\n${covered.join("")}`;
}
