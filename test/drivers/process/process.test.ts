// Child processes: how they end, what is kept of what they say, and that none is left behind.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { type ProcessOptions, runProgram, startProcess } from "../../../drivers/process/process.ts";

const clock = new SystemClock();
const shell = (script: string): ProcessOptions => ({ program: "/bin/sh", args: ["-c", script] });
const firstBytes = async (stream: NodeJS.ReadableStream): Promise<string> => String((await once(stream, "data"))[0]);

/** A killed process whose parent has not yet collected it is gone as far as its devices are concerned. */
function running(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return !/\) Z/.test(stat);
}

async function gone(pid: number): Promise<void> {
  while (running(pid)) await new Promise((resolve) => setImmediate(resolve));
}

test("a program's own exit code and last words are reported", async () => {
  const { ending, stdout } = await runProgram(shell("echo out; echo why >&2; exit 3"), clock, seconds(10));

  expect(ending).toEqual({ cause: "exited", code: 3, stderr: "why\n" });
  expect(stdout.toString()).toBe("out\n");
});

test("a program that died of somebody else's signal says which", async () => {
  const { ending } = await runProgram(shell("kill -TERM $$"), clock, seconds(10));

  expect(ending).toEqual({ cause: "signalled", signal: "SIGTERM", stderr: "" });
});

for (const program of ["doorstep-has-no-such-program", "/nowhere/rpicam-vid", "/etc/passwd"]) {
  test(`a program that cannot be started (${program}) is told apart from one that failed`, async () => {
    const { ending } = await runProgram({ program, args: [] }, clock, seconds(10));

    expect(ending.cause).toBe("not-started");
    expect(ending.stderr).toMatch(/No such file|Permission denied|ENOENT|EACCES/);
  });
}

test("arguments reach the program as they are, without a shell to read them", async () => {
  const args = ["%s|", "; touch pwned", "$(id)", "a b", ""];
  const { stdout } = await runProgram({ program: "printf", args }, clock, seconds(10));

  expect(stdout.toString()).toBe("; touch pwned|$(id)|a b||");
});

test("stopping asks politely first and reports the reason that was given first", async () => {
  const process = startProcess(shell("trap 'echo bye >&2; exit 0' INT; echo up; while :; do sleep 0.02; done"), clock);
  await firstBytes(process.stdout);

  const [ending] = await Promise.all([process.stop("watchdog"), process.stop("shutting down")]);

  expect(ending).toEqual({ cause: "stopped", code: 0, stderr: "bye\n", reason: "watchdog" });
});

test("a program that ignores the polite signal is killed after the grace, and the first cause still stands", async () => {
  const told = new SimulatedClock();
  const process = startProcess(shell("trap '' INT; echo up; while :; do sleep 0.05; done"), told);
  await firstBytes(process.stdout);

  const stopped = process.stop("watchdog");
  await told.advance(seconds(2.9));
  expect(running(process.pid!)).toBe(true);
  await told.advance(seconds(0.2));

  expect(await stopped).toEqual({ cause: "stopped", signal: "SIGKILL", stderr: "", reason: "watchdog" });
  expect(existsSync(`/proc/${process.pid}`)).toBe(false);
});

test("what a program leaves running behind it is killed with it", async () => {
  const process = startProcess(shell("sleep 600 & echo $!; exit 0"), clock);
  const orphan = Number(await firstBytes(process.stdout));

  await process.ended;

  await gone(orphan);
  expect(running(orphan)).toBe(false);
});

test("children die with us, even when we are killed without warning", async () => {
  const source = new URL("../../../drivers/process/process.ts", import.meta.url).href;
  const clockSource = new URL("../../../drivers/clock/system.ts", import.meta.url).href;
  const parent = spawn(process.execPath, [
    "--input-type=module",
    "-e",
    `import { startProcess } from ${JSON.stringify(source)}; import { SystemClock } from ${JSON.stringify(clockSource)};
     const child = startProcess({ program: "sh", args: ["-c", "echo $$; exec sleep 600"] }, new SystemClock());
     child.stdout.pipe(process.stdout);`,
  ]);
  const child = Number(await firstBytes(parent.stdout));
  expect(running(child)).toBe(true);

  parent.kill("SIGKILL");

  await gone(child);
  expect(running(child)).toBe(false);
});

describe("stderr is heard within bounds", () => {
  test("of a hundred megabytes the first and the last lines are kept", async () => {
    const script = "echo first >&2; head -c 100000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo last >&2";
    const { ending } = await runProgram(shell(script), clock, seconds(60));

    expect(ending.stderr.length).toBeLessThan(9000);
    expect(ending.stderr.startsWith("first\nxxx")).toBe(true);
    expect(ending.stderr).toContain("bytes skipped]");
    expect(ending.stderr.endsWith("x\nlast\n")).toBe(true);
  });

  test("each line is handed on as it comes, the last one without its newline too", async () => {
    const lines: string[] = [];
    const script =
      "printf 'one\\r\\ntw' >&2; printf 'o\\n\\n' >&2; head -c 9000 /dev/zero | tr '\\0' y >&2; printf '\\nend' >&2";
    await runProgram({ ...shell(script), onStderrLine: (line) => lines.push(line) }, clock, seconds(10));

    expect(lines).toEqual(["one", "two", "", "y".repeat(4096), "end"]);
  });
});

test("a short program that takes too long is stopped", async () => {
  const { ending } = await runProgram(shell("exec sleep 600"), clock, seconds(0.05));

  expect(ending).toMatchObject({ cause: "stopped", signal: "SIGINT", reason: "no end within 50 ms" });
});

test("a short program that says too much is killed", async () => {
  const { ending, stdout } = await runProgram({ program: "yes", args: [] }, clock, seconds(10), 1000);

  expect(ending).toMatchObject({ cause: "stopped", signal: "SIGKILL" });
  expect(stdout.length).toBeLessThanOrEqual(1000);
});

test("variables are added to the program's environment, and a program that is missing is still told as such", async () => {
  const variables = { DOORSTEP_TEST: "set" };
  const sh = { program: "sh", args: ["-c", 'echo "$DOORSTEP_TEST $HOME"'], variables };

  expect((await runProgram(sh, clock, seconds(5))).stdout.toString()).toBe(`set ${process.env["HOME"]}\n`);
  const missing = await runProgram({ program: "/nowhere/at-all", args: [], variables }, clock, seconds(5));
  expect(missing.ending.cause).toBe("not-started");
});
