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
  const gets = recipients.filter(({ clips, stills, previews }) =>
    [clips, stills, previews].some((grant) => grant !== "never"),
  );
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
const COLUMN = WIDTH - 2 * MARGIN - CODE - 6;
/** Below this nobody can read it: then it may rather run over. */
const SMALLEST = 0.5;

/** The sign as SVG. `code`: rows of the QR code, true where it is black. */
export function noticeSvg(facts: NoticeFacts, code: readonly (readonly boolean[])[], language: NoticeLanguage): string {
  const languages: readonly Language[] = language === "both" ? ["fr", "en"] : [language];
  const title = noticeLines(facts, languages[0]!)[0]!;
  const at = `translate(${WIDTH - MARGIN - CODE} ${HEIGHT - MARGIN - CODE}) scale(${round(CODE / code.length)})`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}mm" height="${HEIGHT}mm" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="Helvetica, Arial, sans-serif">
<title>${escaped(title)}</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<rect x="4" y="4" width="${WIDTH - 8}" height="${HEIGHT - 8}" rx="5" fill="none" stroke="#000" stroke-width="1.2"/>
${CAMERA}
${fitting(languages.map((each) => noticeLines(facts, each))).join("\n")}
<path transform="${at}" d="${code.flatMap(runs).join("")}" fill="#000" shape-rendering="crispEdges"/>
</svg>
`;
}

/** The black stretches of one row. */
function runs(row: readonly boolean[], y: number): readonly string[] {
  const path: string[] = [];
  for (let x = 0; x < row.length; x++) {
    const from = x;
    while (row[x]) x++;
    if (x > from) path.push(`M${from} ${y}h${x - from}v1h-${x - from}z`);
  }
  return path;
}

/** A camera, drawn so that nobody has to read to know. */
const CAMERA = `<g transform="translate(${WIDTH - MARGIN - CODE} ${MARGIN + 4})" fill="#000"><rect y="6" width="32" height="24" rx="4"/><path d="M34 14l12-7v22l-12-7z"/><circle cx="16" cy="18" r="7" fill="#fff"/><circle cx="16" cy="18" r="4"/></g>`;

const HEADING = 6.2;
const TEXT = 4.1;
/** Of the width of a letter to its height, in running text of the widest face it may be set in (DejaVu Sans). */
const LETTER = 0.58;

/** One language below the other, as large as the sheet allows. */
function fitting(languages: readonly (readonly string[])[]): readonly string[] {
  for (let scale = languages.length === 1 ? 1.4 : 1.1; ; scale *= 0.96) {
    const texts: string[] = [];
    let y = MARGIN;
    for (const lines of languages) {
      for (const [n, line] of lines.entries()) {
        const size = (n === 0 ? HEADING : TEXT) * scale;
        const weight = n === 0 ? ' font-weight="700"' : "";
        for (const piece of wrapped(line, Math.max(8, Math.floor(COLUMN / (size * LETTER))))) {
          y += size * 1.25;
          texts.push(
            `<text x="${MARGIN}" y="${round(y)}" font-size="${round(size)}"${weight}>${escaped(piece)}</text>`,
          );
        }
        y += (n === 0 ? 2 : 1) * scale;
      }
      y += 5 * scale;
    }
    if (y <= HEIGHT - MARGIN || scale < SMALLEST) return texts;
  }
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
