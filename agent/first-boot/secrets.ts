// Secrets that an owner has written into the doorstep.toml of a card's boot partition: found, and replaced by where they go.
// Line by line, so that a file with mistakes elsewhere keeps no secret either. Pure.
import { parse } from "smol-toml";

/** Where each kind of secret lives on the device. */
export const SECRET_FILES = {
  mqtt: "/etc/doorstep/mqtt-password",
  review: "/etc/doorstep/review-password",
} as const;

export interface TakenSecrets {
  /** The file without them. Every other byte is as it was. */
  readonly text: string;
  /** mqtt.password. */
  readonly mqtt?: string;
  /** review.password. */
  readonly review?: string;
  /** setup_code, as it was written. */
  readonly setupCode?: string;
}

const HEADER = /^\s*\[{1,2}\s*([^\]]*?)\s*\]{1,2}\s*(#.*)?$/;
const PAIR = /^(\s*)((?:mqtt\.|review\.)?(?:password|password_file)|(?:review\.)?setup_code)\s*=\s*(.*)$/;

/** Takes every secret out of `text`. A value that cannot be read is blanked all the same, and counts as none. */
export function takeSecrets(text: string): TakenSecrets {
  const taken: { mqtt?: string; review?: string; setupCode?: string } = {};
  let section = "";
  const lines = text.split("\n");
  const named = new Map<string, number>();
  const moved = new Set<string>();
  for (const [i, line] of lines.entries()) {
    const bare = line.replace(/\r$/, "");
    const end = line.slice(bare.length);
    const header = HEADER.exec(bare);
    if (header) section = header[1]!;
    const pair = PAIR.exec(bare);
    if (header || !pair) continue;
    const [, indent = "", key = "", value = ""] = pair;
    const [table, name] = key.includes(".") ? key.split(".") : [section, key];
    const place = key.slice(0, key.length - (name?.length ?? 0));
    if (name === "setup_code" && (table === "" || table === "review" || table === "device")) {
      taken.setupCode = stringOf(value) ?? "";
      lines[i] = `${indent}# setup_code was taken; for another one: ${place}setup_code = "..."${end}`;
    } else if (table === "mqtt" || table === "review") {
      if (name === "password_file") named.set(table, i);
      else {
        moved.add(table);
        const secret = stringOf(value);
        if (secret) taken[table] = secret;
        const file = SECRET_FILES[table];
        lines[i] =
          `${indent}${place}password_file = "${file}" # it was moved there; for another: ${place}password = "..."${end}`;
      }
    }
  }
  // Of two names for one thing the newer counts: somebody has just written the password.
  for (const table of moved) {
    const i = named.get(table);
    if (i !== undefined) lines[i] = `# ${lines[i]!.trimStart()}`;
  }
  return { text: lines.join("\n"), ...taken };
}

function stringOf(value: string): string | undefined {
  try {
    const { it } = parse(`it = ${value}`);
    return typeof it === "string" ? it : undefined;
  } catch {
    return undefined;
  }
}

/** At least eight letters or digits; spaces and dashes are for the eye. Lower case, as it will be compared. */
export function setupCode(written: string): string | undefined {
  const code = written.toLowerCase().replaceAll(/[\s-]/g, "");
  return /^[a-z0-9]{8,64}$/.test(code) ? code : undefined;
}
