// QR codes on a terminal, for a key or an invitation that a telephone is to read.

/** The longest text whose code, quiet zone included, fits 80 columns. */
const MOST_CHARACTERS = 425;

const BLACK_ON_WHITE = "\u001b[30;107m";
const RESET = "\u001b[0m";

/**
 * The code as half-block characters, black on white whatever the terminal's colours: many cameras refuse it the other way round.
 * Undefined when `text` would not fit a terminal.
 */
export async function qr(text: string): Promise<string | undefined> {
  if (text.length > MOST_CHARACTERS) return undefined;
  // Only for who asks for a code: the recorder answers for the ledger's key, and does without until then.
  const { default: QRCode } = await import("qrcode");
  const code = await QRCode.toString(text, { type: "utf8", errorCorrectionLevel: "L" });
  return code
    .split("\n")
    .filter(Boolean)
    .map((line) => `${BLACK_ON_WHITE}${line}${RESET}\n`)
    .join("");
}
