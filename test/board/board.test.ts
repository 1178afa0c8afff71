// The drivers and the installed units on a real kernel's GPIO, ALSA and V4L2, in an emulated machine. A part of `make test`.
import { expect, test } from "vitest";
import { minutes } from "../../drivers/clock/clock.ts";
import { describeRunningBoard } from "./skip.ts";

describeRunningBoard("the virtual board", {}, (board) => {
  const inside = async (file: string): Promise<void> => {
    const { status, output } = await board().run(
      `cd /usr/lib/doorstep && CI=1 NO_COLOR=1 NODE_COMPILE_CACHE=/tmp/compiled node node_modules/vitest/vitest.mjs run --config test/board/inside/vitest.config.ts --configLoader native ${file}`,
      minutes(14),
    );
    process.stdout.write(`${output.trim()}\n`);
    expect(status, output).toBe(0);
  };

  test("lines hold their contracts through sysfs and through the character device", () => inside("gpio"));

  test("microphone, chime and USB camera do their work on real devices", () => inside("sound-and-pictures"));

  test("the installed recorder, hardened as it ships, sees a press, lights its light and rings", async () => {
    await board().must(
      `
      cd /usr/lib/doorstep/systemd
      cp *.service *.target /etc/systemd/system/
      cp 60-doorstep.rules /etc/udev/rules.d/ && udevadm control --reload
      systemd-sysusers "$PWD/sysusers.conf" && systemd-tmpfiles --create "$PWD/tmpfiles.conf"
      mkdir -p /etc/doorstep && cp ../test/board/board.toml /etc/doorstep/doorstep.toml
      # At rest, however the drivers' tests have left them.
      for line in 17 23; do echo pull-down >/run/board/gpio/sim_gpio$line/pull; done; echo pull-up >/run/board/gpio/sim_gpio27/pull
      mkdir -p /etc/systemd/system/doorstep-recorder.service.d
      # Only the emulator needs this: loading takes it a minute where a Pi takes two seconds.
      printf '[Service]\\nTimeoutStartSec=5min\\nWatchdogSec=5min\\nEnvironment=NODE_COMPILE_CACHE=/var/lib/doorstep/compiled\\n' >/etc/systemd/system/doorstep-recorder.service.d/emulator.conf
      systemctl daemon-reload
      # V8 has been seen to trip over the emulated processor while it starts; the unit starts it again, and that is waited for.
      systemctl start doorstep-recorder || for i in $(seq 100); do systemctl is-active -q doorstep-recorder && break; sleep 2; done
      systemctl is-active -q doorstep-recorder || { journalctl -u doorstep-recorder --no-pager | tail -40; exit 1; }
      for i in $(seq 100); do gpioinfo | grep -q 'GPIO27.*gpiomon' && exit 0; sleep 0.2; done
      exit 1`,
      minutes(6),
    );
    const status = async (): Promise<{ camera: { state: string }; light: { state: string } }> =>
      JSON.parse(await board().must("/usr/lib/doorstep/doorstep status --json --state /var/lib/doorstep")) as Awaited<
        ReturnType<typeof status>
      >;
    expect(await status()).toMatchObject({ camera: { state: "off" }, light: { state: "off" }, alarms: [] });

    const seen = await board().must(`
      value() { cat /run/board/gpio/sim_gpio$1/value; }
      echo pull-down >/run/board/gpio/sim_gpio27/pull
      for i in $(seq 200); do
        [ "$(value 25)" = 1 ] && rang=yes
        [ "$(value 22)" = 1 ] && lit=yes
        [ "$rang$lit" = yesyes ] && break
        sleep 0.05
      done
      echo pull-up >/run/board/gpio/sim_gpio27/pull
      echo "rang=$rang lit=$lit"`);
    expect(seen).toContain("rang=yes lit=yes");

    const clips = await board().must(`
      for i in $(seq 60); do
        doorstep=/usr/lib/doorstep/doorstep
        $doorstep clips --json --state /var/lib/doorstep >/tmp/clips; grep -q '"ready"' /tmp/clips && break; sleep 1
      done
      cat /tmp/clips`);
    expect(JSON.parse(clips)).toMatchObject({ clips: [{ state: "ready", triggers: ["button"] }] });

    const moved = await board().must(
      `
      gpioinfo | grep 'GPIO17"\\? .*sysfs'
      # A sensor is not believed in its first minute.
      until [ "$(cut -d . -f 1 /proc/uptime)" -gt 65 ]; do sleep 1; done
      echo pull-up >/run/board/gpio/sim_gpio17/pull; sleep 3; echo pull-down >/run/board/gpio/sim_gpio17/pull
      for i in $(seq 90); do
        /usr/lib/doorstep/doorstep clips --json --state /var/lib/doorstep >/tmp/clips; [ "$(grep -o '"ready"' /tmp/clips | wc -l)" = 2 ] && break; sleep 1
      done
      cat /tmp/clips`,
      minutes(5),
    );
    const [line, list] = [moved.slice(0, moved.indexOf("{")), moved.slice(moved.indexOf("{"))];
    expect(line).toContain("GPIO17");
    const { clips: both } = JSON.parse(list) as { clips: { triggers: string[] }[] };
    expect(both.flatMap(({ triggers }) => triggers).sort()).toEqual(["button", "pir"]);
    expect((await board().must("cat /run/board/gpio/sim_gpio22/value")).trim()).toBe("0");
  });

  test("turning the privacy switch closes the camera, and the doctor finds nothing to mend on it", async () => {
    await board().must("echo pull-up >/run/board/gpio/sim_gpio23/pull; sleep 2");
    const status = await board().must("/usr/lib/doorstep/doorstep status --json --state /var/lib/doorstep");
    expect(JSON.parse(status)).toMatchObject({ camera: { state: "closed", detail: "privacy switch" } });

    const { output } = await board().run("/usr/lib/doorstep/doorstep doctor --json --state /var/lib/doorstep");
    const { checks } = JSON.parse(output) as { checks: { name: string; state: string; detail: string }[] };
    const lines = checks.filter(({ name }) => ["gpio", "pir", "button", "light wire", "privacy switch"].includes(name));
    expect(lines.map(({ state }) => state)).toEqual(lines.map(() => "ok"));
    expect(checks.filter(({ state }) => state === "fail")).toEqual([]);
    expect(lines.find(({ name }) => name === "gpio")!.detail).toMatch(/^onoff, gpiod 2/);

    // Sysfs keeps no queue of edges: the hardened unit can read the kernel's count of them.
    const journal = await board().must("journalctl -u doorstep-recorder -o cat --no-pager");
    expect(journal).toMatch(/"gpio":23,"driver":"onoff"/);
    expect(journal).not.toContain("does not count");
  });

  test("a recorder that is killed leaves no light on, and comes back by itself", async () => {
    await board().must(
      `
      echo pull-down >/run/board/gpio/sim_gpio23/pull; sleep 1
      echo pull-down >/run/board/gpio/sim_gpio27/pull; sleep 0.5; echo pull-up >/run/board/gpio/sim_gpio27/pull
      for i in $(seq 100); do [ "$(cat /run/board/gpio/sim_gpio22/value)" = 1 ] && break; sleep 0.1; done
      systemctl kill --signal=KILL --kill-whom=all doorstep-recorder
      for i in $(seq 300); do [ "$(cat /run/board/gpio/sim_gpio22/value)" = 0 ] && break; sleep 0.1; done
      [ "$(cat /run/board/gpio/sim_gpio22/value)" = 0 ]
      for i in $(seq 60); do /usr/lib/doorstep/doorstep status --state /var/lib/doorstep >/dev/null && exit 0; sleep 1; done
      exit 1`,
      minutes(3),
    );
  });

  test("with a microphone on, the installed recorder's clip has sound from its first picture on", async () => {
    const packets = await board().must(
      `
      sed -i 's/mode = "asleep"/mode = "ready"/' /etc/doorstep/doorstep.toml
      printf '\n[audio]\nrecord = true\ndevice = "hw:Loopback,0,0"\n' >>/etc/doorstep/doorstep.toml
      # Asked by curl: a command of its own takes the emulator seconds.
      ask() { curl -sS --unix-socket /var/lib/doorstep/control.sock http://doorstep/api/status; }
      on() { ask | grep -q '"'"$1"'":{"state":"on"'; }
      for i in $(seq 60); do on camera && on microphone && break; sleep 1; done
      on camera && on microphone || { ask; journalctl -u doorstep-recorder -o cat --no-pager | tail -n 20; exit 1; }
      sleep 5
      count() { ls /var/lib/doorstep/vault/clips/*.mp4 | wc -l; }
      before=$(count)
      echo pull-down >/run/board/gpio/sim_gpio27/pull; sleep 0.5; echo pull-up >/run/board/gpio/sim_gpio27/pull
      for i in $(seq 60); do [ "$(count)" -gt "$before" ] && break; sleep 1; done
      ffprobe -v error -show_entries packet=codec_type,pts_time -of json "$(ls -t /var/lib/doorstep/vault/clips/*.mp4 | head -n 1)"`,
      minutes(5),
    );
    const { packets: all } = JSON.parse(packets) as { packets: { codec_type: string; pts_time: string }[] };
    const begins = (type: string): number => Number(all.find(({ codec_type }) => codec_type === type)!.pts_time);

    process.stdout.write(`figure: sound begins ${1000 * (begins("audio") - begins("video"))} ms after the pictures\n`);
    expect(Math.abs(begins("audio") - begins("video"))).toBeLessThan(0.04);
  });
});
