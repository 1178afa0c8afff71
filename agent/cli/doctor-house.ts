// The doctor's look at what everything stands on: agent, clock, card, power, and the way to the broker. Pure.
import { type Check, fail, failed, isTrouble, ok, warn } from "./doctor-check.ts";
import { bytes } from "./table.ts";

/** Whether an agent runs, and what it complains of. */
export const checkAgent: Check = async ({ status, stateDirectory }) => {
  if (!status)
    return [
      warn(
        "agent",
        `none answers in ${stateDirectory}`,
        "start it: `sudo systemctl start doorstep.target`, or `doorstep run`",
      ),
    ];
  const { config, alarms } = status;
  return [
    config.faults.length
      ? fail(
          "agent",
          `runs on its last valid configuration: ${config.faults.length} faults in ${config.file}`,
          `mend it: \`doorstep check ${config.file}\``,
        )
      : ok("agent", `runs as ${status.device}, ${status.clips.count} clips, ${status.clips.waiting} waiting for you`),
    ...alarms
      .filter(({ code }) => code !== "INPUT_UNREADABLE")
      .map(({ code, detail, at, remedy }) =>
        warn("alarm", `${code}: ${detail} (${at})`, remedy ?? "see docs/reference/errors.md for its code"),
      ),
  ];
};

/** Whether rules about time can be kept. */
export const checkClock: Check = async ({ machine, config, status }) => {
  const { trusted, detail } =
    status?.clock ??
    (config.device.clock === "assume" ? { trusted: true, detail: "assumed, as configured" } : await machine.clock());
  if (trusted) return [ok("clock", detail)];
  const remedy = "wait for NTP, or see `timedatectl`; until then hours, days and limits deny";
  return [config.sharing.enabled ? fail("clock", detail, remedy) : warn("clock", detail, remedy)];
};

const LITTLE = 200e6;
const WORN_PERCENT = 80;

/** Whether there is room for recordings, and how long the card will last. */
export const checkCard: Check = async ({ machine, config, stateDirectory, status }) => {
  const card = await machine.card(stateDirectory);
  if (isTrouble(card)) return [failed("card", card)];
  const { freeBytes, totalBytes, filesystem, readOnly, swapFiles, wornPercent } = card;
  const wanted = Math.max(0, config.retention.maxBytes - (status?.clips.bytes ?? 0));
  const space = `${bytes(freeBytes)} of ${bytes(totalBytes)} free`;
  const findings = [
    freeBytes < LITTLE
      ? fail("card", space, "delete something, or use a larger card: nothing is recorded on a full one")
      : freeBytes < wanted
        ? warn(
            "card",
            `${space}, retention.max_bytes may want ${bytes(wanted)} more`,
            "lower `retention.max_bytes`; the oldest clips make way either way",
          )
        : ok("card", space),
  ];
  if (filesystem === "overlay" || filesystem === "tmpfs")
    findings.push(
      fail(
        "overlay",
        `${stateDirectory} is on ${filesystem}: everything is lost at each restart`,
        "switch the overlay off in `sudo raspi-config`, or mount a real partition there",
      ),
    );
  else findings.push(ok("overlay", `${stateDirectory} is on ${filesystem}`));
  if (readOnly)
    findings.push(
      fail("card", `${stateDirectory} is read-only`, "the card may be dying: copy what you need, and replace it"),
    );
  if (swapFiles.length)
    findings.push(
      warn("wear", `swap on the card: ${swapFiles.join(", ")}`, "use zram instead: swapping wears a card out"),
    );
  if (wornPercent !== undefined && wornPercent >= WORN_PERCENT)
    findings.push(warn("wear", `${wornPercent} % of the card's life is used`, "copy what you need, and replace it"));
  return findings;
};

/** A Pi with too little power loses its camera first. */
export const checkPower: Check = async ({ machine }) => {
  const undervoltage = await machine.undervoltage();
  if (undervoltage === undefined) return [];
  if (undervoltage === "never") return [ok("power", "no undervoltage since power-up")];
  const when = undervoltage === "now" ? "undervoltage now" : "there has been undervoltage since power-up";
  return [warn("power", when, "use the Pi's own power supply and a short cable: cameras fail first")];
};

/** The publisher's word on the way to the broker; nothing is tried from here, for this process could see. */
export const checkBroker: Check = async ({ config, status, selfTest }) => {
  if (!config.sharing.enabled) return [ok("broker", "sharing is off: nothing leaves")];
  if (!status) return [warn("broker", "not asked: no agent runs", "start the agent, then ask again")];
  const { state, detail, remedy } = status.broker;
  const said = `${state}${detail && `: ${detail}`}`;
  if (state === "connected") {
    const outcome = await selfTest();
    if (outcome === undefined) return [warn("broker", said, "its self-test could not be asked for: ask again")];
    if (outcome === "ok") return [ok("broker", `${said}, and a message to itself came back`)];
    return [fail("broker", `${said}, but ${outcome}`, "compare the broker's access list with docs/guide/broker.md")];
  }
  if (state === "no publisher") return [fail("broker", said, "start it: `sudo systemctl start doorstep-publisher`")];
  return [
    fail("broker", said, remedy ?? "see docs/guide/troubleshooting.md, and `journalctl -u doorstep-publisher -e`"),
  ];
};
