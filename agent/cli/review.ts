// `doorstep review`: signing in on the page. Whoever may use control.sock may let somebody in.
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import type { IssuedCode } from "../review/one-time-code.ts";
import { agentCommand } from "./command.ts";
import { json, type Io } from "./io.ts";

/** Adds the commands to `program`. */
export function registerReview(program: Command, io: Io): void {
  const review = program.command("review").description("signing in on the review page");
  const code = review
    .command("code")
    .description("print a code that signs in once, within ten minutes")
    .option("--json", "for programs");
  agentCommand(code, io, async ({ agent, json: asJson }) => {
    const issued = await agent.send<IssuedCode>("POST", "/review/code");
    io.out(asJson ? json(issued) : `${issued.code}\n`);
    if (!asJson && io.terminal) io.err(`type it on the page before ${issued.expires}; it works once\n`);
  });
  agentCommand(
    review
      .command("password")
      .description("set the page's password, read from standard input; everybody is signed out"),
    io,
    async ({ agent }) => {
      if (io.terminal) io.err("new password (8 characters or more): ");
      const lines = createInterface({ input: process.stdin });
      const { value } = await lines[Symbol.asyncIterator]().next();
      lines.close();
      await agent.send("PUT", "/review/password", { password: value ?? "" });
    },
  );
}
