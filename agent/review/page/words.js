// What the page says, in the language of whoever reads it; and dates, sizes and spans as that language writes them.

const LANGUAGES = { en: () => import("./words/en.js"), fr: () => import("./words/fr.js") };
const KEY = "doorstep.language";

let words = {};
let language = "en";
let zone = "UTC";
let plurals = new Intl.PluralRules("en");

/** The languages there are, each by its own name. */
export const languages = { en: "English", fr: "Français" };

export const currentLanguage = () => language;

/** Loads the catalogue of `wanted`, or of what the browser prefers. */
export async function speak(wanted) {
  const stored = remembered();
  language =
    [wanted, stored, ...navigator.languages.map((name) => name.slice(0, 2))].find((name) => name in LANGUAGES) ?? "en";
  ({ words } = await LANGUAGES[language]());
  plurals = new Intl.PluralRules(language);
  document.documentElement.lang = language;
  if (wanted) remember(wanted);
}

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function remember(name) {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Private windows may have no storage: then it is asked for again.
  }
}

/** The zone of every time on the page: the device's, not the reader's. */
export function setZone(name) {
  zone = name;
  formats.clear();
}

export const currentZone = () => zone;

/** The sentence `key`, with {names} filled in; `n` chooses between key.one and key.other. */
export function t(key, values = {}) {
  const found =
    (values.n !== undefined && words[`${key}.${plurals.select(values.n)}`]) || words[key] || words[`${key}.other`];
  return (found ?? key).replace(/\{(\w+)\}/g, (_, name) =>
    String(typeof values[name] === "number" ? number(values[name]) : (values[name] ?? "")),
  );
}

/** Whether there is such a sentence. */
export const has = (key) => key in words || `${key}.other` in words;

const formats = new Map();
/** Made once each: making one takes a phone longer than everything it then formats. */
function kept(kind, make) {
  const key = `${language} ${kind}`;
  if (!formats.has(key)) formats.set(key, make(language === "en" ? "en-GB" : language));
  return formats.get(key);
}
const format = (kind, options) =>
  kept(kind, (locale) => new Intl.DateTimeFormat(locale, { timeZone: zone, ...options }));

/** 14:32 */
export const clockTime = (at) => format("clock", { hour: "2-digit", minute: "2-digit" }).format(new Date(at));
/** 14:32:05 */
export const clockSeconds = (at) =>
  format("seconds", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(at));
/** Sunday 22 November */
export const longDay = (at) =>
  capital(format("day", { weekday: "long", day: "numeric", month: "long" }).format(new Date(at)));
/** 22 Nov 2026, 14:32 */
export const dateTime = (at) =>
  format("both", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }).format(
    new Date(at),
  );
/** Sunday 14:32 within a week, else with the date. */
export const whenText = (at) => {
  const days = dayNumber(Date.now()) - dayNumber(at);
  if (days === 0) return `${t("today")}, ${clockTime(at)}`;
  if (days === 1) return `${t("yesterday")}, ${clockTime(at)}`;
  return dateTime(at);
};

/** The instant of "2026-11-22T14:00" on the clock of the device, in milliseconds. */
export function fromLocal(text) {
  const wanted = Date.parse(`${text}:00Z`.replace(/(:\d\d:\d\d):00Z$/, "$1Z"));
  const shown = (at) => Date.parse(`${localDay(at)}T${clockSeconds(at)}Z`);
  const once = wanted - (shown(wanted) - wanted);
  return once - (shown(once) - wanted);
}

const dayNumber = (at) => Math.round(Date.parse(`${localDay(at)}T00:00:00Z`) / 86_400_000);
/** 2026-11-22 */
export const localDay = (at) => {
  const parts = Object.fromEntries(
    format("iso", { year: "numeric", month: "2-digit", day: "2-digit" })
      .formatToParts(new Date(at))
      .map(({ type, value }) => [type, value]),
  );
  return `${parts.year}-${parts.month}-${parts.day}`;
};
/** "Today", "Yesterday", or the day in words; `at` is any instant of it. */
export const dayText = (at) => {
  const days = dayNumber(Date.now()) - dayNumber(at);
  return days === 0 ? t("today") : days === 1 ? t("yesterday") : longDay(at);
};

/** With at most so many decimals, and at least `least`. */
export function number(value, most = 1, least = 0) {
  // A browser's number formats take a slow phone a tenth of a second to load: small numbers need none.
  if (Math.abs(value) >= 1000)
    return kept(`number ${most}`, (locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: most })).format(
      value,
    );
  const [whole, decimals = ""] = value.toFixed(most).split(".");
  const shown = decimals.slice(0, least) + decimals.slice(least).replace(/0+$/, "");
  return shown ? `${whole}${t("number.point")}${shown}` : whole;
}

/** 12 s, 1 min 5 s */
export function span(ms) {
  const s = Math.round(ms / 1000);
  if (s < 60) return `${ms < 10_000 ? number(Math.round(ms / 100) / 10) : number(s)} s`;
  return s % 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${s / 60} min`;
}

/** 1.4 MB */
export function size(bytes) {
  const unit = bytes >= 1e9 ? ["GB", 1e9] : bytes >= 1e6 ? ["MB", 1e6] : bytes >= 1e3 ? ["kB", 1e3] : ["B", 1];
  const name = language === "fr" ? unit[0].replace("B", "o") : unit[0];
  return `${number(bytes / unit[1], unit[1] === 1 || bytes / unit[1] >= 100 ? 0 : 1)} ${name}`;
}

/** "a", "a and b", "a, b and c". */
export const listText = (items) => joined("conjunction", items);
/** The same, of which one is enough. */
export const eitherText = (items) => joined("disjunction", items);

const joined = (type, items) => kept(type, (locale) => new Intl.ListFormat(locale, { type })).format(items);

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
