// QR codes on a terminal, for a key or an invitation that a telephone is to read.
import QRCode from "qrcode";

/** The widest code that still fits 80 columns: a quiet zone and version 14. */
const MOST_CHARACTERS = 450;

/** The code as half-block characters, or undefined when `text` would not fit a terminal. */
export async function qr(text: string): Promise<string | undefined> {
  if (text.length > MOST_CHARACTERS) return undefined;
  return QRCode.toString(text, { type: "utf8", errorCorrectionLevel: "L" });
}
