// The whole configuration from its TOML values: section by section, then what must agree between sections. Pure.
import type { Config, Recipient } from "./config.ts";
import type { FaultList } from "./fault.ts";
import { frozen } from "./frozen.ts";
import { sectionsWith } from "./keys.ts";
import { readAreas } from "./section/areas.ts";
import { readBroker } from "./section/broker.ts";
import { readCamera } from "./section/camera.ts";
import { DEVICE } from "./section/device.ts";
import { linesInUse, readChime, readTrigger } from "./section/inputs.ts";
import { AUDIO, RETENTION, readNotice, readReview } from "./section/keeping.ts";
import { readRecipients } from "./section/recipient.ts";
import { REQUESTS, SHARING, checkSwitches, readApprovals } from "./section/sharing.ts";
import { type Table, TableReader } from "./table-reader.ts";
import type { Fields, Values } from "./field.ts";

export interface DocumentOptions {
  readonly demo: boolean;
  readonly directory: string;
}

/** The Config, or undefined if `faults` holds anything afterwards. */
export function readDocument(
  document: Table,
  faults: FaultList,
  { demo, directory }: DocumentOptions,
): Config | undefined {
  const lines: Record<string, number> = {};
  const report = { faults, lines, tablesWith: sectionsWith, directory };
  const root = new TableReader(document, { report, steps: [], path: "", name: "" });
  const simple = <F extends Fields>(name: string, fields: F): Values<F> => {
    const table = root.table(name);
    const values = table.fields(fields);
    table.finish();
    return values;
  };

  const deviceTable = root.table("device");
  const device = deviceTable.fields(DEVICE);
  deviceTable.finish();
  const camera = readCamera(root.table("camera"), directory);
  const masks = readAreas(root, "mask").areas;
  const property = readAreas(root, "property").areas;
  const zones = readAreas(root, "zone");
  const tables = { trigger: root.table("trigger"), chime: root.table("chime") };
  const trigger = readTrigger(tables.trigger, camera.source);
  const chime = readChime(tables.chime, camera.source, directory);
  const audio = simple("audio", AUDIO);
  const sharing = root.table("sharing");
  const { enabled } = sharing.fields(SHARING);
  sharing.finish();
  const recipients = readRecipients(root, device.name, zones.names);
  const approvals = readApprovals(root.table("approvals"));
  const requests = root.table("requests");
  const { accept } = requests.fields(REQUESTS);
  requests.finish();
  const retention = simple("retention", RETENTION);
  const notice = readNotice(root.table("notice"));
  const broker = root.table("mqtt");
  const mqtt = readBroker(broker, demo, directory);
  const review = readReview(root.table("review"), directory);
  root.finish();

  checkSwitches(sharing, requests, { enabled, accept, mqtt: broker.present });
  checkGpio(tables, linesInUse(trigger, chime));
  if (!deviceTable.has("timezone")) checkTimezone(deviceTable, recipients);

  if (faults.count > 0) return undefined;
  // No fault was found, so every value that must be there is there.
  return frozen({
    device,
    camera,
    masks,
    property,
    zones: zones.areas,
    trigger,
    chime,
    audio,
    sharing: { enabled },
    recipients,
    approvals,
    requests: { accept },
    retention,
    notice,
    mqtt,
    review,
    lines,
  }) as Config;
}

function checkGpio(tables: Record<"trigger" | "chime", TableReader>, lines: ReturnType<typeof linesInUse>): void {
  const holders = new Map<number, string>();
  for (const [path, { gpio }] of lines) {
    const holder = holders.get(gpio);
    if (holder === undefined) holders.set(gpio, path);
    else {
      const key = path.split(".")[1];
      const table = key === undefined ? tables.chime : tables.trigger;
      table.fault("CONFIG_GPIO_SHARED", key ?? "gpio", {
        found: `gpio = ${gpio}, which ${holder} has`,
        expected: "a line of its own",
      });
    }
  }
}

/** Hours, dates and daily limits silently in UTC would let something out at another time than the owner thinks. */
function checkTimezone(device: TableReader, recipients: readonly Recipient[]): void {
  const bound = recipients.find(
    ({ hours, until, maxPerDay }) => hours !== "always" || until !== "forever" || maxPerDay !== "unlimited",
  );
  if (bound)
    device.missing(
      "timezone",
      "CONFIG_NEEDS_TIMEZONE",
      `a time zone, since recipient ${bound.name} has hours, a last day or a daily limit`,
      'for example timezone = "Europe/Paris"',
    );
}
