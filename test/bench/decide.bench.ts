// How many decisions a second one core makes with fifty recipients, each with every kind of restriction. Wanted: 200,000.
import { decide } from "../../agent/consent/decide.ts";
import type { Context, Disclosure } from "../../agent/consent/decision.ts";
import { parseConfig } from "../../config/parse.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { Figure } from "./ledger.bench.ts";

const RECIPIENTS = 50;
const NOON = Date.parse("2026-11-22T11:00:00Z") as WallTime;
const WANTED_A_SECOND = 200_000;

const block = (name: string): string => `
[[recipient]]
name = "${name}"
clips = "ask"
stills = "auto"
events = "never"
audio = false
told_of_asks = false
plain = true
triggers = ["button", "pir"]
zones = ["path"]
hours = "07:00-22:00"
until = 2027-06-30
max_per_day = 20
home_assistant = false
`;

function policy(): Extract<ReturnType<typeof parseConfig>, { config: unknown }>["config"] {
  const names = Array.from({ length: RECIPIENTS }, (_, n) => block(`r${n}`)).join("");
  const parsed = parseConfig(`
[device]
name = "porch"
timezone = "Europe/Paris"
[camera]
source = "simulated"
[trigger]
light = "none"
[sharing]
enabled = true
[mqtt]
url = "mqtt://127.0.0.1"
[[zone]]
name = "path"
polygon = [[0.2, 1.0], [0.4, 0.5], [0.7, 0.5]]
${names}`);
  if ("faults" in parsed) throw new RangeError(JSON.stringify(parsed.faults));
  return parsed.config;
}

/** By CPU time, the median of nine rounds; what is asked about, and what is denied for two reasons at once. */
export function decisionFigures(): Figure[] {
  const config = policy();
  const disclosure: Omit<Disclosure, "recipient"> = {
    ...{ kind: "clip", startedAt: NOON, startTrusted: true, triggers: ["pir"], zones: ["path"] },
    ...{ hasAudio: true, objected: false },
  };
  const context: Context = { now: NOON, clockTrusted: true, paused: false, sentToday: 3 };
  const at = (recipient: number, change: Partial<Disclosure>): Disclosure => ({
    ...disclosure,
    recipient: `r${recipient}`,
    ...change,
  });
  return [
    { what: "asked", change: {}, effect: "ask" },
    { what: "denied", change: { triggers: ["motion"], zones: ["street"] } as const, effect: "deny" },
  ].map(({ what, change, effect }) => {
    const disclosures = Array.from({ length: RECIPIENTS }, (_, n) => at(n, change));
    const rates = Array.from({ length: 9 }, () => {
      const from = process.cpuUsage();
      let right = 0;
      for (let round = 0; round < 2000; round++)
        for (const each of disclosures) if (decide(config, each, context).effect === effect) right++;
      const { user, system } = process.cpuUsage(from);
      if (right !== 2000 * RECIPIENTS) throw new RangeError(`${right} were ${what}`);
      return right / ((user + system) / 1e6);
    });
    const rate = rates.sort((a, b) => a - b)[4]!;
    return {
      name: `consent: decisions a second on one core, ${RECIPIENTS} recipients, ${what} / ${WANTED_A_SECOND.toLocaleString("en-GB")}`,
      ratio: rate / WANTED_A_SECOND,
      wanted: ">= 1",
      detail: `${Math.round(rate).toLocaleString("en-GB")} decisions a second of CPU`,
    };
  });
}
