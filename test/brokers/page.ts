// docs/reference/brokers.md as the findings in test/golden/brokers make it.
import { readdirSync, readFileSync } from "node:fs";
import { type Findings, QUESTIONS, type Question } from "./findings.ts";

const GOLDEN = new URL("../golden/brokers/", import.meta.url);
/** In the order of the page. */
const MAKES = ["mosquitto", "aedes", "RabbitMQ", "NATS"];

/** What was found alike in one or more versions of a broker. */
type Column = readonly Findings[];

function columnsOf(make: string): readonly Column[] {
  const all = readdirSync(GOLDEN)
    .map((name) => JSON.parse(readFileSync(new URL(name, GOLDEN), "utf8")) as Findings)
    .filter(({ broker }) => broker === make)
    .sort((a, b) => place(a).localeCompare(place(b), "en", { numeric: true }));
  return [...Map.groupBy(all, (findings) => JSON.stringify({ ...findings, version: "" })).values()];
}

/** Plain before capped, then by age; MQTT 5 last. */
const place = ({ note, version, protocol }: Findings): string => [note, version, protocol].join(" ");

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;

function table(make: string): string {
  const columns = columnsOf(make);
  const title = (column: Column): string => {
    const [{ note, protocol }] = column as [Findings];
    return [column.map(({ version }) => version).join(" and "), note, protocol].filter(Boolean).join(", ");
  };
  const questions = Object.entries(QUESTIONS) as [Question, string][];
  const answers = questions.map(([question, asked]) =>
    row([`**${asked}**`, ...columns.map(([alike]) => alike!.found[question])]),
  );
  return `## ${make}\n\n${row(["", ...columns.map(title)])}${row(["---", ...columns.map(() => "---")])}${answers.join("")}`;
}

/** The whole page. */
export function brokersPage(): string {
  return `# Brokers

What was found when the same publisher and the same receiver were set against each broker, with the configurations of [the guide](../guide/broker.md): \`test/brokers\` asks again at every run, of what is installed, and fails if this page is wrong. Each clip arrived at every one of them, once. "Capped" is mosquitto 2.0 told \`max_packet_size 2000000\`, which is the default of 2.1 and of Home Assistant's. The first version of each is that of Debian 12; newer ones are those of Debian 13 and of what comes after it, which \`make brokers DEBIAN=trixie\` and \`DEBIAN=forky\` ask.

${MAKES.map(table).join("\n")}
## What that means

* **Nobody is subscribed.** Only MQTT 5 tells a publisher. On the others a clip that nobody was there for is \`accepted\`; \`doorstep receive\` asks for it when it comes, and what no receiver asks for or confirms within a day becomes \`unconfirmed\`.
* **Wildcards.** RabbitMQ sends nothing retained to a subscription with a wildcard, so Home Assistant finds a doorbell there only after its own start, and \`mosquitto_sub -t 'doorstep/porch/anna/#'\` shows no still that was sent before. Ask for \`…/latest/still\` by name, as \`doorstep receive\` does.
* **Size.** An MQTT 5 broker announces its limit. A broker that says nothing and hangs up teaches it at the cost of two connections; it is remembered.
* **Forbidden topics.** mosquitto says so over MQTT 5, says nothing over 3.1.1, and the others hang up or say nothing. In the table is what \`doorstep doctor\` or \`doorstep status\` makes of each.
`;
}
