// The sign for the door, made of what the configuration says, so that it cannot say anything else. Pure: text and squares to SVG.
import type { Config } from "../../config/config.ts";

/** What the sign says. */
export interface NoticeFacts {
  readonly device: string;
  readonly controller: string;
  readonly contact: string;
  readonly purpose: string;
  /** The longest that a recording nobody pinned stays, in seconds. */
  readonly keepS: number;
  readonly sound: boolean;
  /** Names of those who may get recordings or pictures; empty when nothing leaves. */
  readonly recipients: readonly string[];
  /** Somebody may object at the door. */
  readonly objection: boolean;
}

type Language = "en" | "fr";
/** One language, or both beside each other. */
export type NoticeLanguage = Language | "both";

/** What a configuration in force makes of the sign; undefined without [notice]. */
export function noticeFacts(config: Config): NoticeFacts | undefined {
  const { notice, device, retention, audio, sharing, recipients, trigger } = config;
  if (!notice) return undefined;
  const gets = recipients.filter(({ clips, stills }) => clips !== "never" || stills !== "never");
  return {
    device: device.name,
    ...notice,
    keepS: Math.max(retention.keepMs, retention.keepUnsharedMs) / 1000,
    sound: audio.record,
    recipients: sharing.enabled ? gets.map(({ name }) => name) : [],
    objection: trigger.objection !== undefined,
  };
}

/** What the code on the sign opens: a letter to the controller, a call, a page, or the contact as text. */
export function noticeLink({ contact, device }: Pick<NoticeFacts, "contact" | "device">): string {
  if (/^[^\s@]+@[^\s@]+$/.test(contact)) return `mailto:${contact}?subject=${encodeURIComponent(`Camera ${device}`)}`;
  if (/^https?:\/\//i.test(contact)) return contact;
  return /^\+?[\d ()./-]{6,}$/.test(contact) ? `tel:${contact.replace(/[^\d+]/g, "")}` : contact;
}

/** Every line of the sign in one language: a heading, then what has to be known. */
export function noticeLines(facts: NoticeFacts, language: Language): readonly string[] {
  const { controller, contact, purpose, sound, recipients, objection } = facts;
  const span = spanWords(facts.keepS, language);
  const names = recipients.join(", ");
  return language === "en"
    ? [
        "You are being filmed here",
        `By: ${controller}`,
        `Why: ${purpose}`,
        sound ? "With sound." : "Without sound.",
        `Kept on the device for at most ${span}.`,
        names ? `May be shown to: ${names}.` : "Shown to nobody else.",
        ...(objection ? ["Press and hold the button to object: what is filmed then is not passed on by itself."] : []),
        `See, erase or object: ${contact}`,
      ]
    : [
        "Vous êtes filmé ici",
        `Par : ${controller}`,
        `Pourquoi : ${purpose}`,
        sound ? "Avec le son." : "Sans le son.",
        `Conservé sur l’appareil ${span} au plus.`,
        names ? `Peut être montré à : ${names}.` : "Montré à personne d’autre.",
        ...(objection
          ? ["Maintenez le bouton pour vous opposer : ce qui est filmé alors n’est pas transmis automatiquement."]
          : []),
        `Accès, effacement, opposition : ${contact}`,
      ];
}

/** Millimetres of a sheet that is printed as it is: A5, on its side. */
const [WIDTH, HEIGHT] = [210, 148];
const MARGIN = 12;
const CODE = 46;

/** The sign as SVG. `code`: rows of the QR code, true where it is black. */
export function noticeSvg(facts: NoticeFacts, code: readonly (readonly boolean[])[], language: NoticeLanguage): string {
  const languages: readonly Language[] = language === "both" ? ["fr", "en"] : [language];
  const column = (WIDTH - 2 * MARGIN - CODE - 6) / languages.length;
  const texts = languages.map((each, n) => block(noticeLines(facts, each), MARGIN + n * column, column - 6, each));
  const module = CODE / code.length;
  const squares = code.flatMap((row, y) =>
    row.flatMap((black, x) =>
      black ? [`M${round(x * module)} ${round(y * module)}h${round(module)}v${round(module)}h-${round(module)}z`] : [],
    ),
  );
  const at = `translate(${WIDTH - MARGIN - CODE} ${HEIGHT - MARGIN - CODE})`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}mm" height="${HEIGHT}mm" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="Helvetica, Arial, sans-serif">
<title>${escaped(noticeLines(facts, languages[0]!)[0]!)}</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<rect x="4" y="4" width="${WIDTH - 8}" height="${HEIGHT - 8}" rx="5" fill="none" stroke="#000" stroke-width="1.2"/>
${CAMERA}
${texts.join("\n")}
<path transform="${at}" d="${squares.join("")}" fill="#000"/>
</svg>
`;
}

/** A camera, drawn so that nobody has to read to know. */
const CAMERA = `<g transform="translate(${WIDTH - MARGIN - CODE} ${MARGIN + 4})" fill="#000"><rect y="6" width="32" height="24" rx="4"/><path d="M34 14l12-7v22l-12-7z"/><circle cx="16" cy="18" r="7" fill="#fff"/><circle cx="16" cy="18" r="4"/></g>`;

const HEADING = 6.2;
const TEXT = 4.1;
/** Of the width of a letter to its height, for letters as wide as they come in running text. */
const LETTER = 0.54;

function block(lines: readonly string[], x: number, width: number, language: Language): string {
  let y = MARGIN + 8;
  const spans: string[] = [];
  for (const [n, line] of lines.entries()) {
    const size = n === 0 ? HEADING : TEXT;
    for (const piece of wrapped(line, Math.max(8, Math.floor(width / (size * LETTER))))) {
      const weight = n === 0 ? ' font-weight="700"' : "";
      spans.push(`<text x="${round(x)}" y="${round(y)}" font-size="${size}"${weight}>${escaped(piece)}</text>`);
      y += size * 1.3;
    }
    y += n === 0 ? 4 : 2;
  }
  return `<g xml:lang="${language}">${spans.join("")}</g>`;
}

/** `line` in pieces of at most `length` characters; a word that is longer is cut. */
function wrapped(line: string, length: number): readonly string[] {
  const pieces: string[] = [""];
  for (const word of line.split(" ").flatMap((each) => each.match(new RegExp(`.{1,${length}}`, "gu")) ?? [])) {
    const last = pieces.at(-1)!;
    if (last === "") pieces[pieces.length - 1] = word;
    else if (last.length + 1 + word.length <= length) pieces[pieces.length - 1] = `${last} ${word}`;
    else pieces.push(word);
  }
  return pieces;
}

function spanWords(seconds: number, language: Language): string {
  const [n, unit] = seconds % 86_400 === 0 ? [seconds / 86_400, 0] : [Math.ceil(seconds / 3_600), 1];
  const words = language === "en" ? ["day", "hour"] : ["jour", "heure"];
  return `${n} ${words[unit]!}${n === 1 ? "" : "s"}`;
}

const round = (n: number): string => String(Math.round(n * 100) / 100);
const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`).replace(/\p{Cc}/gu, " ");
