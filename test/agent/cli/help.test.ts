// The help, as a newcomer meets it.
import type { Command } from "commander";
import { expect, test } from "vitest";
import { program } from "../../../agent/cli/program.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { CapturedIo } from "./captured-io.ts";

const every = (command: Command): Command[] => [command, ...command.commands.flatMap(every)];

test("every command, option and argument says what it is for", async () => {
  const never = () => Promise.reject(new Error("nothing runs for its help"));
  const io = new CapturedIo();
  const root = await program(
    {
      io,
      clock: new SystemClock(),
      version: "1",
      launch: never,
      recordings: never,
      pictures: never,
      pdfs: never,
      light: never,
    },
    [],
  );

  const silent = every(root).flatMap((command) => [
    ...(command.description() ? [] : [command.name()]),
    ...command.options.filter(({ description }) => !description).map(({ flags }) => `${command.name()} ${flags}`),
    ...command.registeredArguments
      .filter(({ description }) => !description)
      .map((argument) => `${command.name()} <${argument.name()}>`),
  ]);

  expect(every(root).length).toBeGreaterThan(30);
  expect(silent).toEqual([]);
});
