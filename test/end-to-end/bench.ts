// A workbench for end-to-end tests: the Raspberry Pi's programs as stand-ins in a folder, each ailing as its file says until it is mended.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../repository/sources.ts";

/** What may ail: the camera's program, arecord's card, ffmpeg's USB camera, or the line of that name. */
export type Part = "camera" | "sound" | "usb" | `GPIO${number}`;

export class Bench {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = join(folder, "bench");
    mkdirSync(this.#folder);
    writeFileSync(join(this.#folder, "camera.starts"), "");
    for (const [name, lines] of Object.entries(PROGRAMS)) {
      const path = join(this.#folder, name);
      writeFileSync(path, `#!/bin/bash\nhere=${this.#folder}\nai() { cat "$here/$1.ails" 2>/dev/null; }\n${lines}`);
      chmodSync(path, 0o755);
    }
  }

  /** Start a role under this, and it finds the stand-ins. */
  get under(): readonly string[] {
    return ["env", `PATH=${this.#folder}:${process.env["PATH"]}`];
  }

  /** From its next start on, or at once if it looks while it runs. */
  ail(part: Part, how: string): void {
    writeFileSync(join(this.#folder, `${part}.ails`), how);
  }

  /** How often the camera's program has been started. */
  get cameraStarts(): number {
    return readFileSync(join(this.#folder, "camera.starts"), "utf8").length;
  }

  /** Everything the look for motion has been given so far: a YUV4MPEG2 stream for each time its decoder was started. */
  get forDetector(): Uint8Array {
    return readFileSync(join(this.#folder, "detector.y4m"));
  }

  mend(part: Part): void {
    this.ail(part, "");
  }
}

/** Where the real ffmpeg is looked up: a stand-in of that name would find itself. */
const OUTSIDE = process.env["PATH"];

const PROGRAMS: Readonly<Record<string, string>> = {
  // See test/board/rpicam/program.js for what can ail; and one that never says anything at all.
  "rpicam-vid": `printf . >>"$here/camera.starts"
    case "$(ai camera) $*" in *--version*) ;; mute*) exec sleep 600 ;; esac
    STANDIN_FAULT=$(ai camera) STANDIN_FLOOD=1000000000 PATH='${OUTSIDE}' exec '${process.execPath}' ${ROOT}/test/board/rpicam-vid "$@"\n`,
  // A quiet room, a tenth of a second at a time, until the card goes.
  arecord: `
    [ "$(ai sound)" != gone ] || { echo "arecord: main:831: audio open error: No such file or directory" >&2; exit 1; }
    while [ "$(ai sound)" != gone ]; do head -c 9600 /dev/zero; sleep 0.1; done
    echo "arecord: pcm_read:2221: read error: No such device" >&2
    exit 1\n`,
  ffmpeg: `
    case " $* " in *" v4l2 "*) STANDIN_FAULT=$(ai usb) PATH='${OUTSIDE}' exec /bin/sh ${ROOT}/test/board/ffmpeg-v4l2 "$@" ;; esac
    case " $* " in *" -pix_fmt gray "*) PATH='${OUTSIDE}' exec ffmpeg "$@" > >(tee -a "$here/detector.y4m") ;; esac
    PATH='${OUTSIDE}' exec ffmpeg "$@"\n`,
  // It never has the line, and each time that is waited for in vain: two seconds. Or another program has it.
  gpioset: `
    line=\${!#}
    [ "$(ai "\${line%%=*}")" != busy ] || { echo "gpioset: unable to request lines on chip '/dev/gpiochip0': Device or resource busy" >&2; exit 1; }
    [ "$1" = -t ] || exec sleep 600\n`,
  // libgpiod 2: a line at rest, "pressed" for as long as that ails it.
  gpioget: `
    line=\${!#}
    case $(ai "$line") in
      missing) echo "gpioget: cannot find line '$line'" >&2; exit 1 ;;
      busy) echo "gpioget: unable to request lines on chip '/dev/gpiochip0': Device or resource busy" >&2; exit 1 ;;
    esac
    echo 1\n`,
  gpiomon: `
    [ "$1" != --version ] || { echo "gpiomon (libgpiod) v2.2.1"; exit; }
    line=\${!#}
    echo "Monitoring line $line..."
    while :; do
      case $(ai "$line") in
        floating) for i in {1..400}; do printf '2 0.0\\n1 0.0\\n'; done; sleep 0.1 ;;
        pressed) [ -n "$down" ] || echo "2 0.0"; down=yes ;;
        *) [ -z "$down" ] || echo "1 0.0"; down= ;;
      esac
      sleep 0.05
    done\n`,
};
