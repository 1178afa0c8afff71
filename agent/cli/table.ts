// Tables that fit the terminal they are shown on. Pure.

export interface Column {
  readonly title: string;
  /** The one that gives way when the terminal is narrow. */
  readonly flexible?: true;
  /** Left out, the last one first, where the flexible one would have too little room. */
  readonly dispensable?: true;
  readonly align?: "right";
}

/** What a flexible cell should have before columns are left out for it. */
const ROOM = 20;

/**
 * Rows under their titles, two spaces apart, no wider than `columns`. A flexible cell that is too long goes on below; a word that
 * is too long even then ends in "…".
 */
export function table(titles: readonly Column[], rows: readonly (readonly string[])[], columns: number): string {
  const widths = titles.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const flexible = titles.findIndex((column) => column.flexible);
  const excess = widths.reduce((sum, width) => sum + width + 2, -2) - columns;
  const spare = titles.findLastIndex((column) => column.dispensable);
  if (flexible >= 0 && spare >= 0 && excess > 0 && widths[flexible]! - excess < Math.min(ROOM, widths[flexible]!))
    return table(
      titles.toSpliced(spare, 1),
      rows.map((row) => row.toSpliced(spare, 1)),
      columns,
    );
  if (flexible >= 0 && excess > 0) widths[flexible] = Math.max(8, widths[flexible]! - excess);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (titles[i]!.align === "right" ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  const lines = (row: readonly string[]): readonly string[] => {
    const [first, ...below] = broken(row[flexible] ?? "", widths[flexible] ?? 0);
    return [
      line(row.with(flexible, first!)),
      ...below.map((text) => line(row.map((_, i) => (i === flexible ? text : "")))),
    ];
  };
  const all = [titles.map(({ title }) => title), ...rows];
  return `${all.flatMap((row) => (flexible < 0 ? [line(row)] : lines(row))).join("\n")}\n`;
}

/** A list in lines of at most `width`, broken after commas, or between words where that is not enough. At least one. */
const broken = (list: string, width: number): readonly string[] =>
  filled(
    list.split(/(?<=,) /).flatMap((piece) => (piece.length > width ? piece.split(" ") : [piece])),
    width,
  );

/** Pieces with a space between them in lines of at most `width`. At least one line. */
function filled(pieces: readonly string[], width: number): readonly string[] {
  const lines = [""];
  for (const piece of pieces) {
    const longer = [lines.at(-1)!, piece].filter(Boolean).join(" ");
    if (longer.length <= width || lines.at(-1) === "") lines.splice(-1, 1, longer);
    else lines.push(piece);
  }
  return lines.map((line) => cut(line, width));
}

const cut = (text: string, width: number): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text);

/** Number, time, type and reference of an entry as `ledger list` prints it; its words follow. */
const ENTRY_HEAD = /^ *\d+ {2}\S+ {2}\S+ *(?: [0-9a-z]{26}(?= {2}))? +/;

const INDENT = " ".repeat(9);

/** Entries of the ledger on a terminal: the words of one that is too wide go on lines of their own. */
export function entriesWithin(text: string, columns: number): string {
  return text
    .split("\n")
    .flatMap((line) => {
      const head = ENTRY_HEAD.exec(line)?.[0];
      if (line.length <= columns || head === undefined) return [cut(line, columns)];
      const words = filled(line.slice(head.length).split(" "), Math.max(8, columns - INDENT.length));
      return [cut(head.trimEnd(), columns), ...words.map((text) => `${INDENT}${text}`)];
    })
    .join("\n");
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** 1234567 → "1.2 MB": decimal units, as cards and disks are sold. */
export function bytes(n: number): string {
  const power = n < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(n) / 3));
  return power === 0 ? `${n} B` : `${(n / 1000 ** power).toFixed(1)} ${UNITS[power]!}`;
}
