// The control file of the Debian package, and the changelog and copyright that go with it. Pure.

/** As dpkg calls it, by what Node calls it. */
export const DEBIAN_ARCH = { arm64: "arm64", x64: "amd64" } as const;
export type Arch = keyof typeof DEBIAN_ARCH;

export interface PackageFacts {
  readonly version: string;
  readonly arch: Arch;
  /** Of all files, in KiB. */
  readonly installedKiB: number;
  /** "Name <address>": who has built it answers for it. */
  readonly maintainer: string;
  /** What comes along; without, Debian's is recommended. */
  readonly ffmpeg?: OwnFfmpeg;
}

/** The ffmpeg that comes along. */
export interface OwnFfmpeg {
  /** Of Debian's source package: "7.1.5-0+deb13u1". */
  readonly version: string;
  /** The oldest libc it runs with: "2.35". */
  readonly libc: string;
}

/** Why each is there: docs/guide/install.md. The cameras' programs exist in Raspberry Pi OS only, so nothing may depend on them. */
const RECOMMENDS = ["rpicam-apps-core | rpicam-apps-lite | rpicam-apps", "rpicam-apps-encoder", "alsa-utils"];
/** What Node needs of it. */
const LIBC = "2.34";
const DEPENDS = [
  "libstdc++6 (>= 11)",
  "libgcc-s1",
  // systemd-sysusers and systemd-notify; 252 is bookworm's.
  "systemd (>= 252)",
  "gpiod",
];

export function control({ version, arch, installedKiB, maintainer, ffmpeg }: PackageFacts): string {
  const libc = [LIBC, ffmpeg?.libc ?? LIBC].toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }))[1];
  return `Package: doorstep
Version: ${version}
Architecture: ${DEBIAN_ARCH[arch]}
Maintainer: ${maintainer}
Installed-Size: ${installedKiB}
Depends: ${[`libc6 (>= ${libc})`, ...DEPENDS].join(", ")}
Recommends: ${[...RECOMMENDS, ...(ffmpeg ? [] : ["ffmpeg"])].join(", ")}
Suggests: age, mosquitto, avahi-daemon, librsvg2-bin
Section: misc
Priority: optional
Description: doorbell camera agent that asks its owner first
 Turns a Raspberry Pi with a camera and a motion sensor into a doorbell camera
 that records when somebody comes, keeps the recording on the device, and lets
 a clip out over MQTT only to the people its owner has approved.
 .
 The process that sees has no network; the process that speaks has no camera,
 no clips, no policy and no keys. As installed, nothing is shared.
 .
 This package brings its own Node${ffmpeg ? ", and an ffmpeg of the parts that are used" : ""}.
`;
}

/** `at`: seconds since 1970. */
export function changelog({ version, maintainer, at }: { version: string; maintainer: string; at: number }): string {
  return `doorstep (${version}) unstable; urgency=medium

  * See CHANGELOG.md of the source.

 -- ${maintainer}  ${rfc2822(at)}
`;
}

function rfc2822(at: number): string {
  return new Date(at * 1000).toUTCString().replace("GMT", "+0000");
}

/** A package from npm that comes along. */
export interface Passenger {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

/** `ffmpeg`: its version, if it comes along. */
export function copyright(licence: string, passengers: readonly Passenger[], ffmpeg?: string): string {
  const rows = passengers.map(({ name, version, licence }) => `  ${`${name} ${version}`.padEnd(44)} ${licence}`);
  return `Doorstep

${licence.trim()}

This package brings along Node.js, whose licence is in LICENSE.node beside this
file, and the following packages from the npm registry. Each one's own notice
stands with its code below /usr/lib/doorstep/node_modules.

${rows.join("\n")}

The shared library libvips-cpp (in @img/sharp-libvips-*) is under the LGPL, on
Debian systems in /usr/share/common-licenses/LGPL-3, and may be exchanged for
another build; its sources and those of what it contains are at
https://github.com/lovell/sharp-libvips.
${ffmpeg === undefined ? "" : ofFfmpeg(ffmpeg)}`;
}

const ofFfmpeg = (version: string): string => `
The program /usr/lib/doorstep/bin/ffmpeg is built from Debian's source packages
ffmpeg (${version}) and x264, without changes. It is a program of its own, under
the GNU General Public License, version 2 or later, on Debian systems in
/usr/share/common-licenses/GPL-2. Copyright (c) 2000-2026 the FFmpeg developers,
2003-2026 the x264 project. Whoever hands this package out hands out its sources
too: they are in doorstep_VERSION_ffmpeg-source.tar, written together with it,
and how they were configured.
`;
