// `doorstep requests …`: what third parties ask for. The owner reads, writes letters down, mutes and closes; nothing here sends.
import { Option, type Command } from "commander";
import { printable } from "../../config/describe.ts";
import { type WallTime, minutes, rfc3339 } from "../../drivers/clock/clock.ts";
import { REQUEST_KINDS } from "../consent/request-text.ts";
import type { StoredRequest } from "../consent/requests.ts";
import type { ClipView } from "../review/owner.ts";
import type { AgentClient } from "./agent-client.ts";
import { agentCommand } from "./command.ts";
import { readInstant, readSpan } from "./instant.ts";
import { json, type Io } from "./io.ts";

/** A request with the clips of the time it asks about. */
interface Asked {
  readonly request: StoredRequest;
  readonly clips: readonly string[];
}

/** Adds the commands to `program`. */
export function registerRequests(program: Command, io: Io): void {
  const requests = program
    .command("requests")
    .description("what third parties ask for; you alone decide what becomes of it");

  const list = requests
    .command("list", { isDefault: true })
    .description("newest first, with your clips of the time they ask about")
    .option("--muted", "muted requesters too")
    .option("--json");
  agentCommand(list, io, async (call) => {
    const muted = call.options["muted"] !== undefined;
    const found = await call.agent.get<{ requests: readonly StoredRequest[] }>(`/requests?muted=${muted}`);
    const asked = await Promise.all(found.requests.map((request) => withClips(call.agent, request)));
    io.out(call.json ? json({ requests: asked.map(document) }) : asked.length ? asked.map(words).join("\n") : NOTHING);
  });

  const add = requests
    .command("add")
    .description("write a letter or a caller down")
    .addOption(new Option("--kind <kind>").choices(REQUEST_KINDS).makeOptionMandatory())
    .requiredOption("--from <name>", "who asks")
    .option("--span <from/to>", "the time they ask about, two instants: 2026-11-22 14:00/2026-11-22 15:00")
    .option("--why <text>", "in their words", "")
    .option("--contact <text>", "where an answer goes", "")
    .option("--legal-basis <text>", "what they say obliges you", "")
    .option("--emergency", "they say that it is one; this decides nothing")
    .option("--due <instant>", "by when; a month for what the law gives people, if absent")
    .option("--json");
  agentCommand(add, io, async (call) => {
    const { kind, from, why, contact, legalBasis, span, due, emergency } = call.options;
    const { from: begin, to: end } = span === undefined ? {} : readSpan(span);
    const request = await call.agent.send<StoredRequest>("POST", "/requests", {
      ...{ kind, from, why, contact, legal_basis: legalBasis, emergency: emergency !== undefined },
      ...(begin !== undefined && end !== undefined && { span: { from: rfc3339(begin), to: rfc3339(end) } }),
      ...(due !== undefined && { due: rfc3339(readInstant(due)) }),
    });
    const asked = await withClips(call.agent, request);
    io.out(call.json ? json(document(asked)) : words(asked));
  });

  for (const [name, muted, description] of [
    ["mute", true, "hear no more of somebody, however the name is spelled; they cannot tell"],
    ["unmute", false, "hear of them again"],
  ] as const)
    agentCommand(requests.command(`${name} <from>`).description(description), io, async ({ agent, argument }) => {
      const from = decodeURIComponent(argument);
      await agent.send("POST", "/requests/mute", { from, muted });
      io.out(`${printable(from)}: ${muted ? "muted" : "heard of again"}\n`);
    });

  const close = requests
    .command("close <id>")
    .description("you have dealt with it; nothing is sent")
    .option("--refused", "with a no")
    .option("--answer <text>", "what you answered, for your own ledger", "")
    .option("--json");
  agentCommand(close, io, async (call) => {
    const body = {
      state: call.options["refused"] === undefined ? "answered" : "refused",
      answer: call.options["answer"],
    };
    const request = await call.agent.send<StoredRequest>("POST", `/requests/${call.argument}/answer`, body);
    const asked = await withClips(call.agent, request);
    io.out(call.json ? json(document(asked)) : words(asked));
  });
}

const NOTHING = "nobody has asked for anything\n";
/** A clip may have begun so long before the time asked about, and still show some of it. */
const LONGEST_CLIP = minutes(10);
/** More are not listed with one request. */
const CLIPS_LISTED = 200;

async function withClips(agent: AgentClient, request: StoredRequest): Promise<Asked> {
  const { span } = request;
  if (!span) return { request, clips: [] };
  const query = `from=${Math.max(0, span.from - LONGEST_CLIP)}&to=${span.to}&limit=${CLIPS_LISTED}`;
  const { clips } = await agent.get<{ clips: readonly ClipView[] }>(`/clips?${query}`);
  const during = clips.filter(({ startedAt, durationMs }) => startedAt + durationMs > span.from);
  return { request, clips: during.map(({ id }) => id).toReversed() };
}

const instant = (at: WallTime | undefined): string | null => (at === undefined ? null : rfc3339(at));

const document = ({ request, clips }: Asked): object => ({
  id: request.id,
  received: rfc3339(request.receivedAt),
  source: request.source,
  kind: request.kind,
  from: request.from,
  suspicious: request.suspicious,
  why: request.why,
  contact: request.contact,
  legal_basis: request.legalBasis,
  emergency: request.emergency,
  span: request.span ? { from: rfc3339(request.span.from), to: rfc3339(request.span.to) } : null,
  due: instant(request.dueAt),
  state: request.state,
  answer: request.answer,
  given: request.given,
  clips,
});

function words({ request, clips }: Asked): string {
  const { span, dueAt, answer } = request;
  const said: [string, string][] = [
    ["says", request.emergency ? "EMERGENCY (this decides nothing)" : ""],
    [
      "name",
      request.suspicious ? "is written in letters of several alphabets: somebody may pretend to be somebody else" : "",
    ],
    ["why", request.why],
    ["about", span ? `${rfc3339(span.from)} to ${rfc3339(span.to)}` : ""],
    ["claims", request.legalBasis],
    ["contact", request.contact],
    ["due", instant(dueAt) ?? ""],
    ["answer", answer],
    ["given", request.given.map(({ to, disclosure }) => `${disclosure} to ${to}`).join(", ")],
    ["clips", clips.join(", ")],
  ];
  const lines = said.filter(([, text]) => text).map(([name, text]) => `  ${name.padEnd(8)} ${text}\n`);
  return `${request.id}  ${rfc3339(request.receivedAt)}  ${request.kind} for ${request.from}: ${request.state}\n${lines.join("")}`;
}
