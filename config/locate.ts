// Where everything stands in a TOML text: smol-toml gives values without positions, this gives positions without values.
// Pure. Assumes text that the TOML parser has accepted; on any other text it never throws and knows what it can.
import type { Place, Places, Steps } from "./fault.ts";

/** Beyond these a hostile file is not indexed further: places fall back to the nearest thing around. */
const MAX_NODES = 20_000;
const MAX_DEPTH = 100;

interface Node {
  key: number;
  value: number;
  end: number;
  children?: Map<string | number, Node>;
  /** Items so far, when this is an array of tables. */
  items?: number;
}

export interface Statement {
  readonly kind: "header" | "pair";
  /** 1-based. */
  readonly line: number;
  readonly lastLine: number;
}

/** The index of one text. Built in one pass; time and memory grow with the text, never faster. */
export class TomlIndex implements Places {
  readonly statements: Statement[] = [];
  readonly #text: string;
  readonly #lineStarts: number[] = [0];
  readonly #root: Node = { key: 0, value: 0, end: 0 };
  #at = 0;
  #nodes = 0;

  constructor(text: string) {
    this.#text = text;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lineStarts.push(at + 1);
    this.#scan();
  }

  keyAt(steps: Steps): Place | undefined {
    const node = this.#nearest(steps);
    return node && this.#place(node.key);
  }

  valueAt(steps: Steps): Place | undefined {
    const node = this.#nearest(steps);
    return node && this.#place(node.value);
  }

  written(steps: Steps): string | undefined {
    let node: Node | undefined = this.#root;
    for (const step of steps) node = node?.children?.get(step);
    return node && this.#text.slice(node.value, node.end);
  }

  /** The statement that `line` belongs to, or undefined between statements. */
  statementAt(line: number): Statement | undefined {
    return this.statements.findLast((statement) => statement.line <= line && line <= statement.lastLine);
  }

  #nearest(steps: Steps): Node | undefined {
    let node: Node | undefined;
    let inner: Node | undefined = this.#root;
    for (const step of steps) {
      inner = inner.children?.get(step);
      if (!inner) break;
      node = inner;
    }
    return node;
  }

  #place(offset: number): Place {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! + 1 };
  }

  #scan(): void {
    let table = this.#root;
    if (this.#text.startsWith("\uFEFF")) this.#at = 1;
    while ((this.#blank(true), this.#at < this.#text.length)) {
      const start = this.#at;
      const header = this.#peek() === "[";
      if (header) table = this.#header();
      else this.#pair(table, 0);
      if (this.#at === start) this.#at++;
      this.statements.push({
        kind: header ? "header" : "pair",
        line: this.#place(start).line,
        lastLine: this.#place(this.#at - 1).line,
      });
      this.#restOfLine();
    }
  }

  #header(): Node {
    const start = this.#at;
    const many = this.#text.startsWith("[[", start);
    this.#at += many ? 2 : 1;
    const parts = this.#key("]");
    this.#at += many ? 2 : 1;
    let node = this.#root;
    for (const [index, { name }] of parts.entries()) {
      node = this.#child(node, name, start, start);
      const last = index === parts.length - 1;
      if (last && many) {
        node.items = (node.items ?? 0) + 1;
        return this.#child(node, node.items - 1, start, start);
      }
      if (node.items) node = this.#child(node, node.items - 1, start, start);
      // A table that is named by its header after its sub-tables stands where its header stands.
      if (last) node.key = node.value = start;
    }
    return node;
  }

  #pair(table: Node, depth: number): void {
    const parts = this.#key("=");
    this.#at++;
    this.#blank(false);
    let node = table;
    for (const { name, offset } of parts) node = this.#child(node, name, offset, this.#at);
    this.#value(node, depth);
  }

  #value(node: Node, depth: number): void {
    node.value = this.#at;
    const first = this.#peek();
    if (first === '"' || first === "'") this.#string();
    else if (first === "[") this.#list(node, depth + 1);
    else if (first === "{") this.#inlineTable(node, depth + 1);
    else this.#bare();
    node.end = this.#at;
  }

  #list(node: Node, depth: number): void {
    this.#at++;
    for (let index = 0; this.#more("]", depth); index++) {
      const start = this.#at;
      this.#value(this.#child(node, index, start, start), depth);
      this.#comma(start);
    }
    this.#at++;
  }

  #inlineTable(node: Node, depth: number): void {
    this.#at++;
    while (this.#more("}", depth)) {
      const start = this.#at;
      this.#pair(node, depth);
      this.#comma(start);
    }
    this.#at++;
  }

  /** Whether another item begins here. Gives up on the rest of a text that nests too deep to be a configuration. */
  #more(close: string, depth: number): boolean {
    this.#blank(true);
    if (depth > MAX_DEPTH) this.#at = this.#text.length;
    return this.#at < this.#text.length && this.#peek() !== close;
  }

  /** Past the comma after an item that began at `start`. Only a text that is not TOML makes no progress by itself. */
  #comma(start: number): void {
    this.#blank(true);
    if (this.#peek() === "," || this.#at === start) this.#at++;
  }

  #key(end: "=" | "]"): { readonly name: string; readonly offset: number }[] {
    const parts: { name: string; offset: number }[] = [];
    for (;;) {
      this.#blank(false);
      const offset = this.#at;
      const quote = this.#peek();
      if (quote === '"' || quote === "'") {
        this.#string();
        parts.push({ name: unquoted(this.#text.slice(offset, this.#at)), offset });
      } else {
        this.#skip(BARE_KEY);
        parts.push({ name: this.#text.slice(offset, this.#at), offset });
      }
      this.#blank(false);
      const next = this.#peek();
      if (next === ".") this.#at++;
      else if (next === end || next === "" || "\r\n".includes(next)) return parts;
      else if (this.#at === offset) this.#at++;
    }
  }

  #string(): void {
    const quote = this.#peek();
    const triple = quote.repeat(3);
    const many = this.#text.startsWith(triple, this.#at);
    this.#at += many ? 3 : 1;
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#peek();
      if (character === "\\" && quote === '"') this.#at++;
      else if (!many && character === "\n") return;
      else if (many ? this.#text.startsWith(triple, this.#at) : character === quote) {
        this.#at += many ? 3 : 1;
        // Up to two quotes may stand just inside the closing three.
        if (many) this.#skip(quote === '"' ? QUOTES : APOSTROPHES);
        return;
      }
    }
  }

  #bare(): void {
    this.#skip(BARE_VALUE);
    while (this.#at > 0 && " \t".includes(this.#text[this.#at - 1]!)) this.#at--;
  }

  /** Skips spaces and tabs, and, if `lines`, line ends and comments too. */
  #blank(lines: boolean): void {
    for (;;) {
      this.#skip(lines ? BLANK_LINES : BLANK);
      if (!lines || this.#peek() !== "#") return;
      this.#restOfLine();
    }
  }

  #restOfLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #skip(sticky: RegExp): void {
    sticky.lastIndex = this.#at;
    this.#at += sticky.exec(this.#text)?.[0].length ?? 0;
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #child(parent: Node, step: string | number, key: number, value: number): Node {
    const known = parent.children?.get(step);
    if (known) return known;
    const node: Node = { key, value, end: value };
    if (++this.#nodes <= MAX_NODES) (parent.children ??= new Map()).set(step, node);
    return node;
  }
}

const BARE_KEY = /[A-Za-z0-9_-]*/y;
const BARE_VALUE = /[^,\]}#\r\n]*/y;
const QUOTES = /"*/y;
const APOSTROPHES = /'*/y;
const BLANK = /[ \t]*/y;
const BLANK_LINES = /[ \t\r\n]*/y;

function unquoted(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1);
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}
