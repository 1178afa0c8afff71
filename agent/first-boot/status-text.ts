// doorstep-status.txt on the boot partition: how it went, for somebody who has nothing but the card and a computer. Pure.

export interface BootStatus {
  readonly version: string;
  /** Of the machine, for its address. */
  readonly hostname: string;
  /** What became of the file on the boot partition, in sentences. */
  readonly configuration: readonly string[];
  /** What `doorstep check` says about the configuration in force. */
  readonly check: { readonly valid: boolean; readonly output: string };
  /** What `doorstep status` says; undefined while the recorder does not answer. */
  readonly agent: string | undefined;
  /** What the agent keeps lies on a disk that forgets it at the next start. */
  readonly forgets: boolean;
  /** Whether the page answers on the network. */
  readonly lan: boolean;
  /** Whether a setup code waits to be used. */
  readonly setupCodeWaits: boolean;
}

/** Where the page is on the network: doorstep-page.socket. */
export const PAGE_PORT = 8470;

/** No date in it, so that it stays the same, and is not written again, as long as nothing changes. Windows line ends: Notepad shows them. */
export function statusText(status: BootStatus): string {
  const { version, check, agent } = status;
  const head = !check.valid
    ? "Something in doorstep.toml is not right: see below. Until it is mended, nothing leaves this device."
    : agent === undefined
      ? "The configuration is right, but the recorder does not answer."
      : "It runs.";
  const blocks = [
    `Doorstep ${version}\n\n${head}`,
    ["The page", ...page(status)].join("\n  "),
    ["The configuration", ...status.configuration].join("\n  "),
    status.forgets ? FORGETS : "",
    check.output.trimEnd(),
    ...(agent === undefined ? [check.valid ? NO_ANSWER : ""] : [agent.trimEnd()]),
    EDITING,
  ].filter((block) => block !== "");
  return `${blocks.join("\n\n")}\n`.replaceAll("\n", "\r\n");
}

function page({ lan, hostname, setupCodeWaits }: BootStatus): readonly string[] {
  if (!lan)
    return [
      "answers on the device itself only (`doorstep page`). For your network, write into doorstep.toml:",
      "  [review]",
      "  lan = true",
      '  password = "..."',
    ];
  return [
    `http://${hostname}.local:${PAGE_PORT}/`,
    ...(setupCodeWaits ? ["Sign in once with your setup_code, then choose a password."] : []),
  ];
}

const FORGETS = `This device forgets
  Its disk is an overlay: clips, ledger and settings are lost at each start. Switch the overlay off (sudo raspi-config,
  Performance), or give /var/lib/doorstep a disk of its own.`;

const NO_ANSWER = `The recorder does not answer
  Turn the device off and on again. If this stays, somebody with a keyboard can see why:
  journalctl -u doorstep-recorder`;

const EDITING = `To change the configuration
  Edit doorstep.toml beside this file, on any computer, and put the card back. It is taken over at the next start.
  This file is written by the device; what you write here is lost.`;
