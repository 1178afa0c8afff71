// The Debian package's life on a virtual board: installed, rung at, upgraded, robbed of its power, started again, purged; with a
// real broker on this machine. And what it costs meanwhile: figures are told, not judged.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { minutes } from "../../drivers/clock/clock.ts";
import { Ear } from "../end-to-end/ear.ts";
import { startMosquitto, type Mosquitto } from "../mosquitto.ts";
import { ROOT } from "../repository/sources.ts";
import { Board, CACHE, HOST } from "./machine/board.ts";
import { recipient } from "../configs.ts";
import { describeBoard } from "./skip.ts";

const QUIET_MINUTES = Number(process.env["QUIET_MINUTES"] ?? 10);
const tell = (figure: string, facts: object): void =>
  void process.stdout.write(`figure: ${figure}: ${JSON.stringify(facts)}\n`);

const config = (port: number): string => `
${readFileSync(new URL("board.toml", import.meta.url), "utf8")
  .replace('mode = "asleep"', 'mode = "ready"')
  .replace('post_roll = "2s"', 'post_roll = "6s"')}
[sharing]
enabled = true
[mqtt]
url = "mqtt://${HOST}:${port}"
username = "board"
password_file = "/etc/doorstep/mqtt-password"
${recipient({ name: "anna" })}`;

/** On the board: words for what the tests below do often. The agent is asked by curl: a command of its own takes the emulator seconds. */
const WORDS = `
  ask() { curl -sS --unix-socket /var/lib/doorstep/control.sock "http://doorstep/api/$1"; }
  within() { local end=$((SECONDS + $1)); shift; until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || return 1; sleep 0.3; done; }
  wire() { echo pull-$2 >/run/board/gpio/sim_gpio$1/pull; }
  says() { ask status | grep -q "$1"; }
  ready() { [ "$(ask clips | grep -o '"state":"ready"' | wc -l)" -ge "$1" ]; }
  fail() { echo "failed: $1"; ask status; ask clips; journalctl -u 'doorstep-*' -o cat --no-pager | tail -n 30; exit 1; }
  up() { within 420 says '"state":"connected"' || fail connected; within 120 says '"state":"on"' || fail on; }
  pids() { cat /sys/fs/cgroup/system.slice/doorstep-{recorder,publisher}.service/cgroup.procs; }
  written() { for p in $(pids); do awk '/^write_bytes/ {print $2}' /proc/$p/io; done | awk '{n += $1} END {print n + 0}'; }
`;

describeBoard("the package on the virtual board", () => {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-board-"));
  const packages = join(CACHE, `packages-${process.pid}`);
  let broker: Mosquitto;
  let ear: Ear;
  let board: Board;
  let clips = 0;
  const heard = new Set<string>();

  const start = async (): Promise<void> => {
    board = await Board.start(folder, { checkout: "/mnt", keepsDisk: true, network: true });
    // A pull that is asked for would move the simulated wires.
    await board.must("echo pull-down >/run/board/gpio/sim_gpio23/pull; echo pull-up >/run/board/gpio/sim_gpio27/pull");
  };
  const on = (script: string, limit = minutes(9)): Promise<string> => board.must(`${WORDS}\n${script}`, limit);
  const file = (version: string): string => `/mnt/.cache/board/packages-${process.pid}/doorstep_${version}_amd64.deb`;
  /** Somebody rings; resolves when the clip has come to anna, whole. */
  const ring = async (): Promise<void> => {
    clips++;
    await on(`wire 27 down; sleep 1; wire 27 up; within 240 ready ${clips} || fail ready`);
    const clip = await ear.message(
      ({ topic, payload }) => topic.endsWith("/data") && !heard.has(topic) && payload.includes("ftyp"),
    );
    heard.add(clip.topic);
    expect(clip.payload.subarray(4, 8).toString()).toBe("ftyp");
  };

  beforeAll(async () => {
    mkdirSync(packages, { recursive: true });
    for (const version of ["0.1.0", "0.1.1"])
      execFileSync(
        process.execPath,
        [
          ...["--disable-warning=ExperimentalWarning", join(ROOT, "packaging/deb/build.ts")],
          ...["--fast", "--arch", "x64", "--version", version, "--out", packages],
        ],
        { stdio: ["ignore", "ignore", "inherit"] },
      );
    broker = await startMosquitto();
    ear = await Ear.on(broker.url);
    await start();
  });
  afterAll(async () => {
    ear?.close();
    await board?.stop();
    await broker?.stop();
    for (const path of [folder, packages]) rmSync(path, { recursive: true, force: true });
  });

  test("it installs without a network and a question, and runs as it is configured", async () => {
    await on(
      `
      # Only the emulator needs this: loading takes it a minute where a Pi takes seconds.
      mkdir -p /etc/systemd/system/doorstep-recorder.service.d
      printf '[Service]\nTimeoutStartSec=5min\nWatchdogSec=5min\n' >/etc/systemd/system/doorstep-recorder.service.d/emulator.conf
      dpkg --install ${file("0.1.0")} </dev/null || exit 1
      install -m 600 /dev/stdin /etc/doorstep/mqtt-password <<<"secret of the board"
      cat >/etc/doorstep/doorstep.toml <<'TOML'
${config(broker.port)}
TOML
      systemctl restart --no-block doorstep-recorder doorstep-publisher
      up
      # The board has Debian's ffmpeg as well.
      for p in $(pids); do readlink /proc/$p/exe; done | grep -qx /usr/lib/doorstep/bin/ffmpeg || fail "its own ffmpeg"
      for n in $(seq 100); do gpioinfo | grep -q 'GPIO27.*gpiomon' && exit 0; sleep 0.5; done
      fail watched`,
      minutes(15),
    );
  });

  test("an edge at a pin becomes a clip at the broker, and the light has shone", async () => {
    await ring();
    expect((await on("cat /run/board/gpio/sim_gpio22/value")).trim()).toBe("1");
    await on("doorstep ledger verify");
  });

  test("what all its processes take while they record and publish", async () => {
    const rung = await on(`
      pss() { for p in $(pids); do awk -v c="$(cat /proc/$p/comm)" '/^Pss:/ {print c, $2}' /proc/$p/smaps_rollup; done; }
      wire 27 down; sleep 1; wire 27 up
      most=0
      for n in $(seq 600); do
        now=$(pss 2>/dev/null); sum=$(awk '{n += $2} END {print n}' <<<"$now")
        [ "$sum" -gt "$most" ] && most=$sum && at=$now
        ready ${++clips} && break
      done
      echo "$most"; echo "$at"`);
    const [most, ...each] = rung.trim().split("\n");
    tell("memory of all our processes, PSS, recording and publishing", { MB: Math.round(Number(most) / 1024), each });
  });

  test("while nothing happens, it writes nothing to its card", async () => {
    const found = await on(
      `
      disk() { awk '{print $7 * 512}' /sys/block/vda/stat; }
      # What the last visit left to do is done first.
      sleep 90; sync
      before=$(written) whole=$(disk) lines=$(journalctl -u 'doorstep-*' -o cat | wc -l)
      sleep ${QUIET_MINUTES * 60}; sync
      echo "{\\"ours_bytes\\": $(($(written) - before)), \\"whole_disk_bytes\\": $(($(disk) - whole)), \\"journal_lines\\": $(($(journalctl -u 'doorstep-*' -o cat | wc -l) - lines))}"`,
      minutes(QUIET_MINUTES + 5),
    );
    const figures = JSON.parse(found) as { ours_bytes: number };
    tell(`written in ${QUIET_MINUTES} idle minutes`, figures);
    expect(figures.ours_bytes).toBe(0);
  });

  test("an upgrade asks nothing, keeps everything, and goes on", async () => {
    const kept = await on("sha256sum </var/lib/doorstep/keys/ledger.ed25519; sha256sum </etc/doorstep/doorstep.toml");
    const after = await on(
      `
      dpkg --install ${file("0.1.1")} </dev/null >/tmp/dpkg 2>&1 || { cat /tmp/dpkg; exit 1; }
      up
      doorstep --version | grep -q 0.1.1 && ready ${clips} && doorstep ledger verify >/dev/null || fail kept
      sha256sum </var/lib/doorstep/keys/ledger.ed25519; sha256sum </etc/doorstep/doorstep.toml`,
      minutes(15),
    );
    expect(after).toBe(kept);
  });

  test("robbed of its power in the middle of a clip, it comes back by itself with all that it had", async () => {
    // Somebody who does not go away.
    await on(`wire 17 up; within 60 says '"state":"recording"' || fail recording; sleep 15`);
    await board.stop();
    await start();
    const found = await on(
      `
      up
      ready ${clips} && doorstep ledger verify >/dev/null || fail kept
      at() { systemctl show doorstep-recorder -P "$1TimestampMonotonic"; }
      began=$(date +%s%N); /usr/lib/doorstep/node -e 0; bare=$((($(date +%s%N) - began) / 1000000))
      echo "{\\"power_to_ready_s\\": $(($(at ActiveEnter) / 1000000)), \\"power_to_our_start_s\\": $(($(at ExecMainStart) / 1000000)), \\"bare_node_ms\\": $bare, \\"clips\\": $(ask clips | grep -o '"state":"ready"' | wc -l)}"`,
      minutes(12),
    );
    tell("boot, emulated", JSON.parse(found) as object);
    clips = (JSON.parse(found) as { clips: number }).clips;
    await ring();
  });

  test("purged, it is gone: program, clips, users, light", async () => {
    await on(`
      dpkg --purge doorstep </dev/null >/tmp/dpkg 2>&1 || { cat /tmp/dpkg; exit 1; }
      for path in /usr/lib/doorstep /var/lib/doorstep /var/lib/doorstep-publisher /etc/doorstep; do [ ! -e $path ] || { ls $path; exit 1; }; done
      ! getent passwd doorstep-recorder doorstep-publisher doorstep-page && ! getent group | grep doorstep || exit 1
      [ "$(cat /run/board/gpio/sim_gpio22/value)" = 0 ]`);
  });
});
