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

/** Rows under their titles, two spaces apart, no wider than `columns`; a flexible cell that is too long ends in "…". */
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
      .map((cell, i) => {
        const width = widths[i]!;
        const text = cell.length > width ? `${cell.slice(0, width - 1)}…` : cell;
        return titles[i]!.align === "right" ? text.padStart(width) : text.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [line(titles.map(({ title }) => title)), ...rows.map(line)].join("\n") + "\n";
}

/** Entries of the ledger on a terminal: the details of one that is too wide go on a line of their own, as far as they fit. */
export function entriesWithin(text: string, columns: number): string {
  const cut = (line: string): string => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line);
  return text
    .split("\n")
    .flatMap((line) => {
      const details = line.indexOf("{");
      if (line.length <= columns || details < 0) return [cut(line)];
      return [cut(line.slice(0, details).trimEnd()), cut(`${" ".repeat(9)}${line.slice(details)}`)];
    })
    .join("\n");
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** 1234567 → "1.2 MB": decimal units, as cards and disks are sold. */
export function bytes(n: number): string {
  const power = n < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(n) / 3));
  return power === 0 ? `${n} B` : `${(n / 1000 ** power).toFixed(1)} ${UNITS[power]!}`;
}
