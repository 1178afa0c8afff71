// doorstep(1), written from the commands themselves, so that it cannot disagree with them. Pure.
import type { Command } from "commander";

/** roff takes a leading dot or quote for a request, and a hyphen for a dash. */
const roff = (text: string): string =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(/^([.'])/gm, "\\&$1");

/** `program` with all its commands registered; `date` as "2026-11-22". */
export function manPage(program: Command, version: string, date: string): string {
  const commands = program.commands.filter((command) => command.name() !== "help");
  return `.TH DOORSTEP 1 "${date}" "doorstep ${version}" "User Commands"
.SH NAME
doorstep \\- doorbell camera agent that asks its owner first
.SH SYNOPSIS
.B doorstep
.I COMMAND
.RI [ OPTIONS ]
.SH DESCRIPTION
Doorstep records when somebody comes to the door, keeps the recording on the device, and lets a clip out over MQTT only to
the people its owner has approved. The process that sees has no network; the process that speaks has no camera, no clips, no
policy and no keys.
.PP
Installed from the Debian package it runs by itself, as
.BR doorstep.target .
Members of the group
.B doorstep\\-owner
may use the commands that talk to it.
.SH COMMANDS
${commands.map((command) => section(command)).join("")}.SH FILES
.TP
.I /etc/doorstep/doorstep.toml
The configuration: what is recorded, and who gets what. Read again when it changes.
.TP
.I /boot/firmware/doorstep.toml
On a Raspberry Pi, the same for whoever can only reach the card: taken over when the device starts.
.TP
.I /etc/doorstep/mqtt\\-password
The password at the broker, readable by root alone.
.TP
.I /var/lib/doorstep
Recordings, ledger, keys, and what is on its way out (spool/out).
.TP
.I /usr/share/doc/doorstep/doorstep.example.toml
Every key of the configuration, explained.
.SH EXIT STATUS
0 done, 1 the answer is no, 2 wrong usage, 3 the agent or the broker cannot be reached.
.SH SEE ALSO
.BR age (1),
.BR mosquitto_sub (1),
.BR rpicam\\-vid (1),
.BR systemctl (1)
`;
}

function section(command: Command, parents = ""): string {
  const name = `${parents}${command.name()}`;
  if (command.commands.length)
    return command.commands
      .filter((child) => child.name() !== "help")
      .map((child) => section(child, `${name} `))
      .join("");
  const usage = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  const options = command.options.map((option) => `.TP\n.B ${roff(option.flags)}\n${roff(described(option))}\n`);
  return `.SS ${roff([name, ...usage].join(" "))}
${roff(command.description())}
${options.join("")}`;
}

function described({ description, defaultValue, argChoices }: Command["options"][number]): string {
  const text = description || "One object on standard output, for programs.";
  const choices = argChoices ? ` (${argChoices.join(", ")})` : "";
  return typeof defaultValue === "string" ? `${text}${choices}; by default ${defaultValue}` : `${text}${choices}`;
}
