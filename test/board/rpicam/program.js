// Behaves as rpicam-apps do on a Raspberry Pi: their words on stderr, exit codes, signal habits and faults, with a test
// picture from ffmpeg for the sensor. What is wrong with "the Pi" comes in by environment variables:
//   STANDIN_PLATFORM  vc4 (default: a hardware encoder) or pisp (a Pi 5: libx264, four slices with --low-latency)
//   STANDIN_LIBAV     1 (default) or 0: whether rpicam-apps-encoder is installed
//   STANDIN_VERSION   default 1.13.0
//   STANDIN_FAULT     no-camera busy busy-v4l2 memory no-dma-heap legacy modes; or, after STANDIN_AFTER bytes of video (default
//                     40000): stall (silent), hang (sensor gone, deaf to SIGINT), exit, abort, garbage, flood
//   STANDIN_ROWS      bytes that rows of raw pictures are padded to; default 64
//   STANDIN_FLOOD     bytes of stderr for flood
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { readOptions, readTime, Refusal } from "./options.js";

const environment = process.env;
const platform = environment.STANDIN_PLATFORM ?? "vc4";
const libav = environment.STANDIN_LIBAV ?? "1";
const version = environment.STANDIN_VERSION ?? "1.13.0";
const fault = environment.STANDIN_FAULT ?? "";
const faultAfter = Number(environment.STANDIN_AFTER ?? 40_000);

const SENSOR = "/base/soc/i2c0mux/i2c@1/imx708@1a";
const STDIO_BUFFER = 4096;
const started = process.hrtime.bigint();

const say = (text) => {
  for (let bytes = Buffer.from(`${text}\n`); bytes.length > 0;) {
    try {
      bytes = bytes.subarray(writeSync(2, bytes));
    } catch (error) {
      if (error.code !== "EAGAIN") return;
    }
  }
};

/** A line as libcamera logs it. */
function log(level, where, text) {
  const ns = process.hrtime.bigint() - started + 312_345_678_901n;
  const seconds = String((ns / 1_000_000_000n) % 60n).padStart(2, "0");
  say(
    `[0:05:${seconds}.${String(ns % 1_000_000_000n).padStart(9, "0")}] [${process.pid}] ${level.padStart(5)} ${where} ${text}`,
  );
}

/** Runs `kind` ("vid" or "still") with the arguments of the command line. */
export function main(kind) {
  try {
    run(kind, readOptions(kind, version, process.argv.slice(2)));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(`ERROR: *** ${error.message} ***`);
    process.exit(255);
  }
}

function run(kind, options) {
  if (options.has("version")) {
    process.stdout.write(`rpicam-apps build: v${version} 24a0f2b0d8c9-intree 07-08-2026 (12:00:00)\n`);
    process.stdout.write(`rpicam-apps capabilites: egl:0 qt:0 drm:1 libav:${libav}\n`);
    process.stdout.write("libcamera build: v0.7.1+rpt20260807\n");
    return;
  }
  if (options.has("help")) return void process.stdout.write("Valid options are:\n");
  if (options.has("list-cameras")) return void process.stdout.write(cameras());
  checkValues(kind, options);
  log("INFO", "Camera", "camera_manager.cpp:340 libcamera v0.7.1+rpt20260807");
  openCamera(options);
  if (options.get("verbose") !== "0") {
    say(`Mode selection for ${options.get("width") ?? 640}:${options.get("height") ?? 480}:12:P`);
    say("    SRGGB10_CSI2P,1536x864/120.1 - Score: 1486.68");
    say("Stream configuration adjusted");
  }
  if (kind === "still") takeStill(options);
  else film(options);
}

const cameras = () =>
  fault === "no-camera"
    ? "No cameras available!\n"
    : `Available cameras\n-----------------\n0 : imx708 [4608x2592 10-bit RGGB] (${SENSOR})\n    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]\n                             2304x1296 [56.03 fps - (0, 0)/4608x2592 crop]\n\n`;

function checkValues(kind, options) {
  const rotation = options.get("rotation") ?? "0";
  if (!["0", "180"].includes(rotation)) throw new Refusal("transforms requiring transpose not supported");
  if (kind !== "vid") return;
  const codec = options.get("codec") ?? "h264";
  if (!["h264", "libav", "mjpeg", "yuv420"].includes(codec)) throw new Refusal(`unrecognised codec ${codec}`);
  const profile = options.get("profile");
  if (profile && !["baseline", "main", "high"].includes(profile)) throw new Refusal(`no such profile ${profile}`);
  const level = options.get("level");
  if (platform === "vc4" && level && !["4", "4.1", "4.2"].includes(level)) throw new Refusal(`no such level ${level}`);
}

/** What can go wrong between the program and the first picture. */
function openCamera(options) {
  if (fault === "legacy") {
    say("ERROR: the system appears to be configured for the legacy camera stack");
    process.exit(255);
  }
  if (fault === "no-camera") throw new Refusal("no cameras available");
  if (Number(options.get("camera") ?? 0) > 0) throw new Refusal("selected camera is not available");
  if (fault === "busy") {
    log("INFO", "Camera", "camera.cpp:1022 Pipeline handler in use by another process");
    throw new Refusal(`failed to acquire camera ${SENSOR}`);
  }
  if (fault === "busy-v4l2") {
    log(
      "ERROR",
      "V4L2",
      "v4l2_videodevice.cpp:1046 /dev/video0[14:cap]: Unable to set format: Device or resource busy",
    );
    throw new Refusal("failed to configure streams");
  }
  if (fault === "modes") throw new Refusal("failed to configure streams");
  if (fault === "no-dma-heap") {
    log("ERROR", "DmaBufAllocator", "dma_buf_allocator.cpp:110 Could not open any dmaHeap device");
    throw new Refusal("failed to allocate capture buffers for stream");
  }
  if (fault === "memory") {
    log("ERROR", "DmaBufAllocator", "dma_buf_allocator.cpp:217 dmaHeap allocation failure for rpicam-apps0");
    throw new Refusal("failed to allocate capture buffers for stream");
  }
}

function encoder(options) {
  const width = options.get("width") ?? "640";
  const height = options.get("height") ?? "480";
  const fps = options.get("framerate") ?? "30";
  const source = ["-f", "lavfi", "-i", `testsrc2=size=${width}x${height}:rate=${fps}`, "-pix_fmt", "yuv420p"];
  if (options.get("codec") === "yuv420") {
    // Rows are padded to 64 bytes, those of chroma to 32, as the image processors want them. STANDIN_ROWS says otherwise.
    const rows = Number(environment.STANDIN_ROWS ?? 64);
    return [...source, "-vf", `pad=ceil(iw/${rows})*${rows}:ih:0:0:magenta`, "-c:v", "rawvideo"];
  }
  if (platform === "vc4") {
    const gop = options.get("intra") ?? "60";
    const headers = options.has("inline") ? "" : ":repeat-headers=0";
    return [
      ...source,
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
      "-tune",
      "zerolatency",
      "-threads",
      "1",
      "-g",
      gop,
      "-bf",
      "0",
    ].concat("-b:v", options.get("bitrate") ?? "10000000", "-x264-params", `scenecut=0:slices=1${headers}`);
  }
  if (libav !== "1") throw new Refusal("Unable to find an appropriate H.264 codec");
  if (!options.has("libav-format") && (options.get("output") ?? "-") === "-") {
    throw new Refusal("libav: cannot allocate output context, try setting with --libav-format");
  }
  const gop = options.get("intra") ?? fps;
  const slices = options.has("low-latency") ? "4" : "1";
  const b = options.has("low-latency") || options.get("profile") === "baseline" ? "0" : "1";
  const rate = options.has("bitrate") ? ["-b:v", options.get("bitrate")] : [];
  const preset = options.has("low-latency")
    ? ["-preset", "ultrafast", "-tune", "zerolatency"]
    : ["-preset", "superfast"];
  return [
    ...source,
    "-c:v",
    "libx264",
    ...preset,
    "-g",
    gop,
    "-bf",
    b,
    ...rate,
    "-x264-params",
    `scenecut=0:sliced-threads=0:slices=${slices}`,
  ];
}

function film(options) {
  const timeout = readTime(options.get("timeout") ?? "5sec");
  const frames = options.has("frames") ? ["-frames:v", options.get("frames")] : [];
  const args = [
    "-loglevel",
    "error",
    "-re",
    ...encoder(options),
    ...frames,
    "-flush_packets",
    "1",
    "-f",
    options.get("codec") === "yuv420" ? "rawvideo" : "h264",
    "pipe:1",
  ];
  const sensor = spawn("ffmpeg", ["-nostdin", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const state = { quit: false, faulty: false, written: 0, held: Buffer.alloc(0) };
  process.on("SIGINT", () => {
    state.quit = true;
    if (fault !== "hang" || !state.faulty) say("Received signal 2");
    // A camera that sends nothing any more also means that nobody looks whether a signal came.
    if (state.faulty && fault === "hang") return;
    if (state.faulty) finish();
  });
  const finish = () => {
    sensor.kill("SIGKILL");
    if (!state.faulty) write(state.held);
    process.exit(0);
  };
  const write = (bytes) => {
    for (let rest = bytes; rest.length > 0;) {
      try {
        rest = rest.subarray(writeSync(1, rest));
      } catch (error) {
        if (error.code === "EAGAIN") continue;
        say(
          "terminate called after throwing an instance of 'std::runtime_error'\n  what():  failed to write output bytes",
        );
        sensor.kill("SIGKILL");
        process.kill(process.pid, "SIGABRT");
        return;
      }
    }
  };
  sensor.stdout.on("data", (chunk) => {
    if (state.faulty) return;
    if (state.quit) return finish();
    // C's stdio keeps the last bytes back until the next picture unless it is told to flush.
    const all = Buffer.concat([state.held, chunk]);
    const ready = options.has("flush") ? all.length : all.length - (all.length % STDIO_BUFFER);
    state.held = all.subarray(ready);
    write(all.subarray(0, ready));
    state.written += ready;
    if (state.written >= faultAfter) fail(state, sensor, write);
  });
  sensor.on("exit", () => {
    if (!state.faulty) finish();
  });
  if (timeout > 0) setTimeout(finish, timeout);
}

function fail(state, sensor, write) {
  if (["stall", "hang", "exit", "abort", "garbage"].includes(fault)) {
    state.faulty = true;
    sensor.kill("SIGKILL");
  }
  if (fault === "exit") process.exit(0);
  if (fault === "abort") process.kill(process.pid, "SIGABRT");
  if (fault === "garbage") write(Buffer.alloc(8 * 1024 * 1024, 0x5a));
  if (fault === "flood") {
    const line = Buffer.alloc(64 * 1024, "x").toString();
    for (let left = Number(environment.STANDIN_FLOOD ?? 1_000_000); left > 0; left -= line.length) say(line);
    environment.STANDIN_FLOOD = "0";
  }
  if (fault === "stall" || fault === "garbage") setInterval(() => {}, 1000);
  if (fault === "hang") {
    const complain = () => {
      log("WARN", "V4L2", "v4l2_videodevice.cpp:2150 /dev/video0[14:cap]: Dequeue timer of 1000000.00us has expired!");
      log("ERROR", "RPI", "pipeline_base.cpp:1364 Camera frontend has timed out!");
      log(
        "ERROR",
        "RPI",
        "pipeline_base.cpp:1365 Please check that your camera sensor connector is attached securely.",
      );
      log("ERROR", "RPI", "pipeline_base.cpp:1366 Alternatively, try another cable and/or sensor.");
      say("ERROR: Device timeout detected, attempting a restart!!!");
    };
    complain();
    setInterval(complain, 1000);
  }
}

function takeStill(options) {
  const output = options.get("output");
  if (!output) throw new Refusal("output file name required");
  if (fault === "hang" || fault === "stall") {
    process.on("SIGINT", () => {});
    return void setInterval(() => {}, 1000);
  }
  const size = `${options.get("width") ?? 640}x${options.get("height") ?? 480}`;
  const args = ["-loglevel", "error", "-nostdin", "-y", "-f", "lavfi", "-i", `testsrc2=size=${size}`, "-frames:v", "1"];
  spawn("ffmpeg", [...args, "-f", "mjpeg", output], { stdio: "ignore" }).on("exit", (code) =>
    process.exit(code ? 255 : 0),
  );
}
