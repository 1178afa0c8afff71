// [device]: what it is called and what time it goes by. Pure.
import { topicLevelKind } from "../device-name.ts";
import { defaulted, required } from "../field.ts";
import { wordKind } from "../kind.ts";
import { timeZoneKind } from "../time-zone.ts";

export const DEVICE = {
  name: required(
    "name",
    topicLevelKind,
    "What the device is called: part of every topic, and its client id at the broker.",
  ),
  timezone: defaulted(
    "timezone",
    timeZoneKind,
    "UTC",
    "Hours, dates and daily limits are in this zone; must be written as soon as a recipient has any of them.",
  ),
  clock: defaulted(
    "clock",
    wordKind(["ntp", "assume"]),
    "ntp",
    "ntp: hours, dates and limits deny until the time has been confirmed over the network. assume: the clock is taken to be right (tests, machines without NTP).",
  ),
};
