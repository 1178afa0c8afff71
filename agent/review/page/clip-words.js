// A clip, a share and a rule, in words.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { dateTime, has, listText, t } from "./words.js";

const TRIGGER_ICONS = { button: "bell", pir: "walk", motion: "film", owner: "hand" };

/** "The bell rang", "Somebody passed the sensor"… */
export const triggerText = ({ triggers }) =>
  triggers.length
    ? listText(triggers.map((name, n) => t(n ? `trigger.also.${name}` : `trigger.${name}`)))
    : t("trigger.unknown");

export const triggerIcons = ({ triggers }) => triggers.map((name) => icon(TRIGGER_ICONS[name] ?? "film"));

/** Where something moved; "" when nobody looked. */
export const zonesText = ({ zones }) => (zones === "unknown" || zones.length === 0 ? "" : listText(zones));

const MOODS = {
  asks: "warn",
  withheld: "off",
  denied: "off",
  expired: "off",
  released: "busy",
  accepted: "good",
  confirmed: "good",
  unconfirmed: "warn",
  failed: "bad",
  withdrawn: "off",
};

/** A small mark of where a clip stands for somebody. */
export const shareMark = ({ recipient, state }) =>
  h("span", { class: `mark ${MOODS[state] ?? "off"}` }, t(`mark.${state}`, { name: recipient }));

/** One sentence about where it stands. */
export const shareText = ({ state, recipient }) => t(`share.${state}`, { name: recipient });

/** Whether the owner handed it over as a file: no rule of the policy decided that (docs/spec/consent.md §10.2). */
export const isHandedOver = ({ receipt }) =>
  receipt?.decision.reasons.some(({ rule }) => rule.startsWith("§10.2")) ?? false;

/** Why, as a rule says it about `name`: with the line of the file. */
export function reasonText({ rule, effect, text, line, path }, name = "") {
  const section = /§([\d.]+)/.exec(rule)?.[1] ?? "";
  const key = [`reason.${section}.${effect}`, `reason.${section}`].find(has);
  const said = key ? t(key, { text, name }) : text;
  const where = line === undefined ? "" : t("reason.line", { line: String(line), path: path ?? "" });
  return where ? `${said} (${where})` : said;
}

/** "until 29 Nov 2026, 14:32" */
export const untilText = (at) => (at ? t("until", { when: dateTime(at) }) : t("until.never"));
