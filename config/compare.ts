// What a changed configuration tightens and what it widens, and what to go by while a widening waits (DESIGN §6). Pure.
import { weighApprovals, weighAudio, weighBroker } from "./change/broker.ts";
import { weighMasks, weighProperty, weighZones } from "./change/areas.ts";
import { weighCamera, weighChime, weighTrigger } from "./change/inputs.ts";
import { weighRecipients } from "./change/recipients.ts";
import { type Comparison, Weighing } from "./change/weighing.ts";
import type { Config } from "./config.ts";
import { frozen } from "./frozen.ts";

export type { Comparison } from "./change/weighing.ts";

/**
 * Every path that differs, by which way it goes. Whatever could let more leave, record more, keep more or show more is
 * a widening; so is what cannot be compared.
 */
export function compareConfigs(old: Config, now: Config): Comparison {
  const { tightened, widened, neutral } = weigh(old, now).weighing;
  return { tightened, widened, neutral };
}

/**
 * What both configurations allow: every tightening of `now`, no widening of it. Two values that cannot be compared (two
 * cameras, two pins) leave the old one in place; two brokers close sharing, two microphones close the microphone. Only
 * retention stays as it was: what it deletes cannot be brought back if the file was half saved.
 */
export const narrowest = (old: Config, now: Config): Config => frozen(weigh(old, now).meeting);

function weigh(old: Config, now: Config): { readonly weighing: Weighing; readonly meeting: Config } {
  const weighing = new Weighing();
  const { mqtt, agreed } = weighBroker(weighing, old.mqtt, now.mqtt);
  const enabled = weighing.both("sharing.enabled", old.sharing.enabled, now.sharing.enabled);
  const accept = weighing.both("requests.accept", old.requests.accept, now.requests.accept);
  const trigger = weighTrigger(weighing, old.trigger, now.trigger);
  const notice = weighing.harmless("notice", old.notice, now.notice);
  const meeting: Config = {
    device: {
      name: weighing.unknown("device.name", old.device.name, now.device.name),
      timezone: weighing.unknown("device.timezone", old.device.timezone, now.device.timezone),
      clock: weighing.rank("device.clock", ["ntp", "assume"], old.device.clock, now.device.clock),
    },
    camera: weighCamera(weighing, old.camera, now.camera),
    masks: weighMasks(weighing, old.masks, now.masks),
    property: weighProperty(weighing, old.property, now.property),
    zones: weighZones(weighing, old.zones, now.zones),
    trigger,
    chime: weighChime(weighing, old.chime, now.chime, trigger),
    audio: weighAudio(weighing, old.audio, now.audio),
    sharing: { enabled: enabled && agreed },
    recipients: weighRecipients(weighing, old, now),
    approvals: weighApprovals(weighing, old.approvals, now.approvals),
    requests: { accept: accept && agreed },
    retention: weighRetention(weighing, old.retention, now.retention),
    ...(notice && { notice }),
    ...(mqtt && { mqtt }),
    review: weighReview(weighing, old.review, now.review),
    lines: now.lines,
  };
  return { weighing, meeting };
}

function weighRetention(weighing: Weighing, old: Config["retention"], now: Config["retention"]): Config["retention"] {
  weighing.least("retention.keep", old.keepMs, now.keepMs);
  weighing.least("retention.keep_unshared", old.keepUnsharedMs, now.keepUnsharedMs);
  weighing.least("retention.keep_objected", old.keepObjectedMs, now.keepObjectedMs);
  weighing.least("retention.max_bytes", old.maxBytes, now.maxBytes);
  weighing.least("retention.ledger", old.ledgerMs, now.ledgerMs);
  return old;
}

function weighReview(weighing: Weighing, old: Config["review"], now: Config["review"]): Config["review"] {
  const passwordFile = weighing.unknown("review.password_file", old.passwordFile, now.passwordFile);
  return { lan: weighing.both("review.lan", old.lan, now.lan), ...(passwordFile !== undefined && { passwordFile }) };
}
