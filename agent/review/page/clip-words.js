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

/** Nobody is expected to confirm a picture: that it left is all there is to know. */
const isSentPicture = ({ kind, state }) => kind !== "clip" && state === "unconfirmed";

/** A small mark of where a clip stands for somebody. */
export function shareMark(share) {
  const state = isSentPicture(share) ? "accepted" : share.state;
  return h("span", { class: `mark ${MOODS[state] ?? "off"}` }, t(`mark.${state}`, { name: share.recipient }));
}

/** Where it stands, in a sentence; of what was withdrawn, how much had left. */
export function shareText(share) {
  const { state, recipient, left } = share;
  const said = isSentPicture(share) ? t("share.picture") : t(`share.${state}`, { name: recipient });
  return [said, left && leftText(left)].filter(Boolean).join(" ");
}

const leftText = ({ sent, parts, of }) =>
  of ? t("left.parts", { parts: String(parts), of: String(of) }) : t(`left.${sent}`);

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
