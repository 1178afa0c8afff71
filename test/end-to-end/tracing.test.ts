// What the two roles ask the kernel for, watched with strace through a whole story: who opens a network, a device, a file of
// the other's (promises 3 and 6). Not what the source says, but what happened.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asCameraRecording, footage } from "../footage.ts";
import type { Household } from "./household.ts";
import { Rig } from "./rig.ts";

const source = footage("vtest.avi");
/** Each of them with its text whole. */
const STRACE = [
  "strace",
  "-D",
  "-f",
  "-qq",
  "-s",
  "4096",
  "-e",
  "trace=socket,connect,bind,open,openat,openat2,execve",
];

describe.skipIf(!source || !mayTrace())("with every system call watched", { timeout: 120_000 }, () => {
  let rig: Rig;
  let house: Household;
  let recorder: readonly string[];
  let publisher: readonly string[];

  beforeAll(async () => {
    rig = await Rig.stand((file) => asCameraRecording(source!, file, 6));
    house = rig.house(rig.config({ recipients: [{ name: "anna", more: 'stills = "auto"' }] }));
    for (const role of ["recorder", "publisher"] as const)
      house.start(role, [...STRACE, "-o", join(rig.folder, `${role}.trace`)]);
    await house.status("both up", ({ camera, broker: { state } }) => camera.state === "on" && state === "connected");
    await house.visit("button");
    await house.clips("storyboard and still", ([clip]) => clip?.pictures === true);
    await house.clips("sent", ([clip]) => clip?.shares[0]?.state === "accepted");
    await rig.ear.message(({ topic }) => topic.endsWith("/latest/still"));
    await house.end("publisher");
    await house.end("recorder");
    recorder = calls("recorder");
    publisher = calls("publisher");
  }, 120_000);
  afterAll(() => rig?.close());

  const calls = (role: string): string[] => readFileSync(join(rig.folder, `${role}.trace`), "utf8").split("\n");
  const families = (trace: readonly string[]): Set<string> =>
    new Set(trace.flatMap((line) => /\bsocket\((\w+)/.exec(line)?.[1] ?? []));
  const opened = (trace: readonly string[]): string[] =>
    trace.flatMap((line) => /\bopen(?:at2?)?\([^"]*"([^"]*)"/.exec(line)?.[1] ?? []);
  const programs = (trace: readonly string[]): string[] =>
    trace.flatMap((line) => (line.includes("ENOENT") ? [] : (/\bexecve\("([^"]*)"/.exec(line)?.[1] ?? [])));

  test("the recorder, its helpers included, opens Unix sockets and no other, from its start to its end", () => {
    expect(families(recorder)).toEqual(new Set(["AF_UNIX"]));
    expect(programs(recorder).some((program) => program.endsWith("/ffmpeg"))).toBe(true);
  });

  test("with audio.record = false no sound device is opened and no program for sound is started", () => {
    expect(
      opened(recorder).filter((path) => /^\/(dev|proc|sys)\/.*(snd|asound)|^\/dev\/(dsp|audio)/.test(path)),
    ).toEqual([]);
    expect(programs(recorder).filter((program) => /arecord|aplay|pulse|pipewire/.test(program))).toEqual([]);
    expect(recorder.filter((line) => /-c:a|"alsa"|arecord/.test(line))).toEqual([]);
  });

  test("the publisher opens nothing of clips, ledger, keys or configuration, and starts no program", () => {
    const files = opened(publisher).filter((path) => path.startsWith(house.folder));

    const own = [house.paths.publisher, house.paths.spool];
    expect(files.filter((path) => !own.some((room) => path === room || path.startsWith(`${room}/`)))).toEqual([]);
    expect(files.some((path) => path.startsWith(`${house.paths.spool}/`))).toBe(true);
    expect(opened(publisher).filter((path) => /^\/dev\/(?!null$|urandom$|random$|pts|tty)/.test(path))).toEqual([]);
    expect(
      programs(publisher).filter((program) => !/\/(strace|doorstep|readlink|dirname|node)$/.test(program)),
    ).toEqual([]);
  });

  test("the publisher reaches the door and the broker, and nothing else", () => {
    const reached = publisher.flatMap((line) => /\bconnect\(\d+, \{(.*?)\}/.exec(line)?.[1] ?? []);

    const elsewhere = reached.filter(
      (to) =>
        !to.includes(`sun_path="${house.paths.doorSocket}"`) &&
        !(to.includes(`htons(${rig.broker.port})`) && to.includes('inet_addr("127.0.0.1")')),
    );
    expect(elsewhere).toEqual([]);
    expect(reached.some((to) => to.includes("door.sock"))).toBe(true);
    expect(publisher.filter((line) => /\bbind\(/.test(line))).toEqual([]);
  });
});

/** Whether processes may be traced here. */
function mayTrace(): boolean {
  try {
    execFileSync("strace", ["-qq", "-o", "/dev/null", "true"], { stdio: "ignore" });
    return true;
  } catch {
    process.stderr.write("skipped: what the roles ask the kernel for (needs strace, and to be allowed to trace)\n");
    return false;
  }
}
