// What the page says, out of its own catalogue: a test that walks through it in every language finds its buttons by their words.
const ROOT = new URL("../../agent/review/page/words/", import.meta.url);

/** The sentence `key` with {names} filled in, in one language; fails when there is none. */
export type Say = (key: string, values?: Readonly<Record<string, string>>) => string;

export async function wordsOf(language: "en" | "fr"): Promise<Say> {
  const { words } = (await import(new URL(`${language}.js`, ROOT).href)) as { words: Readonly<Record<string, string>> };
  return (key, values = {}) => {
    const text = words[key];
    if (text === undefined) throw new TypeError(`${language} has no ${key}`);
    return text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
  };
}
