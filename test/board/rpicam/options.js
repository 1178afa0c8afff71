// The options of rpicam-apps 1.13 and the way boost::program_options reads them: what the real program refuses, this refuses.

/** kind: "value" needs one, "flag" may have one (bare means true), "bare" may have one (bare means `bare`). */
const value = (name, short) => ({ name, short, kind: "value" });
const flag = (name, short) => ({ name, short, kind: "flag" });
const bare = (name, short, implicit) => ({ name, short, kind: "bare", implicit });

const COMMON = [
  flag("help", "h"),
  flag("version"),
  flag("list-cameras"),
  value("camera"),
  bare("verbose", "v", "2"),
  value("config", "c"),
  value("info-text"),
  value("width"),
  value("height"),
  value("timeout", "t"),
  value("output", "o"),
  value("post-process-file"),
  value("post-process-libs"),
  flag("nopreview", "n"),
  value("preview", "p"),
  flag("fullscreen", "f"),
  flag("qt-preview"),
  value("preview-libs"),
  value("preview-backend"),
  flag("hflip"),
  flag("vflip"),
  value("rotation"),
  value("roi"),
  value("shutter"),
  value("gain"),
  value("analoggain"),
  value("metering"),
  value("exposure"),
  value("ev"),
  value("awb"),
  value("awbgains"),
  value("ccm"),
  flag("flush"),
  value("wrap"),
  value("brightness"),
  value("contrast"),
  value("saturation"),
  value("sharpness"),
  value("framerate"),
  value("denoise"),
  value("viewfinder-width"),
  value("viewfinder-height"),
  value("viewfinder-mode"),
  value("viewfinder-buffer-count"),
  value("tuning-file"),
  value("lores-width"),
  value("lores-height"),
  flag("lores-par"),
  value("mode"),
  value("buffer-count"),
  flag("no-raw"),
  value("autofocus-mode"),
  value("autofocus-range"),
  value("autofocus-speed"),
  value("autofocus-window"),
  value("lens-position"),
  bare("hdr", undefined, "auto"),
  value("metadata"),
  value("metadata-format"),
  value("flicker-period"),
];

const VIDEO = [
  value("bitrate", "b"),
  value("profile"),
  value("level"),
  value("intra", "g"),
  flag("inline"),
  value("codec"),
  value("encoder-libs"),
  value("save-pts"),
  value("quality", "q"),
  flag("listen", "l"),
  flag("keypress", "k"),
  flag("signal", "s"),
  value("initial"),
  flag("split"),
  value("segment"),
  bare("circular", undefined, "4"),
  value("frames"),
  value("libav-video-codec"),
  value("libav-video-codec-opts"),
  value("libav-format"),
  flag("libav-audio"),
  value("audio-codec"),
  value("audio-source"),
  value("audio-device"),
  value("audio-channels"),
  value("audio-bitrate"),
  value("audio-samplerate"),
  value("av-sync"),
  { ...flag("low-latency"), since: "1.6.0" },
  { ...value("sync"), since: "1.6.0" },
];

const STILL = [
  value("quality", "q"),
  value("exif", "x"),
  value("timelapse"),
  value("framestart"),
  flag("datetime"),
  flag("timestamp"),
  value("restart"),
  flag("keypress", "k"),
  flag("signal", "s"),
  value("thumb"),
  value("encoding", "e"),
  flag("raw", "r"),
  value("latest"),
  flag("immediate"),
  flag("autofocus-on-capture"),
  flag("zsl"),
];

const NUMBERS = new Set([
  "camera",
  "width",
  "height",
  "framerate",
  "intra",
  "rotation",
  "frames",
  "quality",
  "buffer-count",
]);

/** Ends the program as an exception does in the real one. */
export class Refusal extends Error {}

/** Reads an argument list. Throws Refusal with the words of the real program. */
export function readOptions(kind, version, argv) {
  const known = [...COMMON, ...(kind === "vid" ? VIDEO : STILL)].filter(
    ({ since }) => !since || !before(version, since),
  );
  const options = new Map();
  const args = [...argv];
  while (args.length > 0) {
    const token = args.shift();
    if (token.startsWith("--") && token.length > 2) readLong(token, known, options, args);
    else if (token.startsWith("-") && token.length > 1) readShort(token, known, options, args);
    else throw new Refusal("too many positional options have been specified on the command line");
  }
  for (const name of NUMBERS) {
    const given = options.get(name);
    if (given !== undefined && Number.isNaN(Number(given))) {
      throw new Refusal(`the argument ('${given}') for option '--${name}' is invalid`);
    }
  }
  return options;
}

function readLong(token, known, options, args) {
  const [, name, , given] = /^--([^=]+)(=(.*))?$/s.exec(token) ?? [undefined, token.slice(2)];
  const exact = known.find((option) => option.name === name);
  const guesses = known.filter((option) => option.name.startsWith(name));
  if (!exact && guesses.length > 1) throw new Refusal(`option '--${name}' is ambiguous`);
  const option = exact ?? guesses[0];
  if (!option) throw new Refusal(`unrecognised option '${token}'`);
  set(option, given, options, args);
}

function readShort(token, known, options, args) {
  const option = known.find(({ short }) => short === token[1]);
  if (!option) throw new Refusal(`unrecognised option '${token}'`);
  set(option, token.length > 2 ? token.slice(2) : undefined, options, args);
}

function set({ name, kind, implicit }, given, options, args) {
  const next = args[0];
  const mayTake = given === undefined && next !== undefined && (next === "-" || !next.startsWith("-"));
  const argument = given ?? (mayTake ? args.shift() : undefined);
  if (kind === "value" && (argument === undefined || argument === "")) {
    throw new Refusal(`the required argument for option '--${name}' is missing`);
  }
  options.set(name, argument ?? (kind === "flag" ? "1" : implicit));
}

/** Whether dotted version `a` is older than `b`. */
function before(a, b) {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  const place = right.findIndex((part, index) => part !== (left[index] ?? 0));
  return place >= 0 && (left[place] ?? 0) < right[place];
}

/** Milliseconds of a time such as "5sec", "500ms" or "0"; a bare number is milliseconds. */
export function readTime(text) {
  const [, number, unit = "ms"] = /^([\d.]+)(min|sec|s|ms|us|ns)?$/.exec(text) ?? [];
  if (number === undefined) throw new Refusal("Invalid time string provided");
  return Number(number) * { min: 60_000, sec: 1000, s: 1000, ms: 1, us: 1e-3, ns: 1e-6 }[unit];
}
