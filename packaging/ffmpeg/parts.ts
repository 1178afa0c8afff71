// What of ffmpeg goes along in the Debian package, who asks for it, and how it is configured. Pure.
import type { Arch } from "../deb/control.ts";

/** One kind of component, as `configure --enable-KIND=…` calls it. */
export type Kind = "indev" | "demuxer" | "muxer" | "decoder" | "encoder" | "parser" | "bsf" | "filter" | "protocol";

/**
 * What the drivers ask for by name, what ffmpeg takes of its own accord for that, and what a phone or a camera writes, so that it
 * can be replayed ("recordings"). What is not here, and not needed by what is, is no part of the program.
 */
export const PARTS: Readonly<Record<Kind, readonly string[]>> = {
  // A USB camera.
  indev: ["v4l2"],
  protocol: ["file", "pipe"],
  demuxer: [
    // Pipes of ours, and our own clips.
    ...["h264", "rawvideo", "pcm_s16le", "mov"],
    // Recordings.
    ...["avi", "hevc", "matroska", "mpegts"],
  ],
  muxer: ["h264", "rawvideo", "yuv4mpegpipe", "adts", "pcm_s16le", "mp4"],
  decoder: [
    // aac: how loud a clip is.
    ...["h264", "mjpeg", "rawvideo", "pcm_s16le", "aac"],
    // Recordings.
    ...["hevc", "mpeg4"],
  ],
  // wrapped_avframe: what -f yuv4mpegpipe is made of.
  encoder: ["libx264", "h264_v4l2m2m", "aac", "rawvideo", "wrapped_avframe", "pcm_s16le"],
  parser: ["h264", "mjpeg", "aac", "hevc", "mpeg4video"],
  // extract_extradata: how a stream's parameters are found before its first picture.
  bsf: ["extract_extradata", "h264_mp4toannexb", "aac_adtstoasc"],
  // aformat and aresample: -ac and -ar. Those that turn a recording upright come with the program.
  filter: ["scale", "format", "hflip", "vflip", "fps", "crop", "extractplanes", "aformat", "aresample"],
};

/** As Debian builds its own (dpkg-buildflags with hardening=+all), but for what its version of the compiler has of its own. */
const CFLAGS = "-fstack-protector-strong -D_FORTIFY_SOURCE=2";
const LDFLAGS = "-Wl,-z,relro -Wl,-z,now";

/** Prefix of the compiler for another machine, as Debian's packages name it. */
export const TRIPLET = { arm64: "aarch64-linux-gnu", x64: "x86_64-linux-gnu" } as const;

/** A command, and the folder it runs in: "x264" or "ffmpeg", which lie beside each other. */
export interface Step {
  readonly in: "x264" | "ffmpeg";
  readonly command: readonly string[];
}

/**
 * What makes `ffmpeg/ffmpeg` of the two sources. Folders are named from one another, so that no path of the machine it is built on
 * gets into the program. `cross`: for another machine than that one.
 */
export const steps = (arch: Arch, cross: boolean): Step[] => [
  { in: "x264", command: ["./configure", ...x264Options, ...(cross ? crossX264(arch) : [])] },
  { in: "x264", command: ["make", "-s", "install-lib-static", "DESTDIR=../out"] },
  { in: "ffmpeg", command: [...X264_BESIDE, "./configure", ...ffmpegOptions, ...(cross ? crossFfmpeg(arch) : [])] },
  { in: "ffmpeg", command: ["make", "-s", "ffmpeg"] },
];

/** Its library alone, for what we encode: 8 bit, 4:2:0. */
const x264Options = [
  ...["--prefix=/x264", "--enable-static", "--enable-pic", "--disable-cli", "--disable-opencl", "--disable-interlaced"],
  ...["--bit-depth=8", "--chroma-format=420", `--extra-cflags=${CFLAGS}`],
];
const X264_BESIDE = ["env", "PKG_CONFIG_LIBDIR=../out/x264/lib/pkgconfig", "PKG_CONFIG_SYSROOT_DIR=../out"];
const crossX264 = (arch: Arch): string[] => [`--host=${TRIPLET[arch]}`, `--cross-prefix=${TRIPLET[arch]}-`];

/** {@link PARTS} and nothing else, against x264's archive and no other library than libc's. */
const ffmpegOptions = [
  ...["--disable-everything", "--disable-autodetect", "--disable-network", "--disable-doc", "--disable-debug"],
  ...["--disable-ffplay", "--disable-ffprobe", "--disable-postproc"],
  ...["--enable-gpl", "--enable-libx264", "--enable-v4l2-m2m", "--enable-pthreads", "--enable-pic"],
  ...Object.entries(PARTS).map(([kind, names]) => `--enable-${kind}=${names.join(",")}`),
  ...["--pkg-config=pkg-config", "--pkg-config-flags=--static"],
  ...[`--extra-cflags=${CFLAGS}`, `--extra-ldflags=${LDFLAGS}`, "--extra-ldexeflags=-pie"],
];
const crossFfmpeg = (arch: Arch): string[] => [
  ...["--enable-cross-compile", "--target-os=linux", `--arch=${arch === "x64" ? "x86_64" : "aarch64"}`],
  `--cross-prefix=${TRIPLET[arch]}-`,
];
