// docs/reference/brokers.md as the findings in test/golden/brokers make it.
import { readFileSync } from "node:fs";
import { type Findings, QUESTIONS, type Question } from "./findings.ts";

const COLUMNS = [
  "mosquitto-5",
  "mosquitto-3",
  "mosquitto-capped-5",
  "mosquitto-capped-3",
  "aedes",
  "rabbitmq",
  "nats",
] as const;

const read = (column: string): Findings =>
  JSON.parse(readFileSync(new URL(`../golden/brokers/${column}.json`, import.meta.url), "utf8")) as Findings;

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;

/** The whole page. */
export function brokersPage(): string {
  const columns = COLUMNS.map(read);
  const questions = Object.entries(QUESTIONS) as [Question, string][];
  return `# Brokers

What was found when the same publisher and the same receiver were set against each broker, with the configurations of [the guide](../guide/broker.md): \`test/brokers\` asks again at every run and fails if this page is wrong. Each clip arrived at every one of them, once. "Capped" is mosquitto 2.0 told \`max_packet_size 2000000\`, which is the default of 2.1 and of Home Assistant's. Versions are those of Debian 12; RabbitMQ speaks MQTT 5 from 3.13 on, which has not been tried here.

${row(["", ...columns.map(({ broker }) => broker)])}${row(["---", ...columns.map(() => "---")])}${questions
    .map(([question, title]) => row([`**${title}**`, ...columns.map(({ found }) => found[question])]))
    .join("")}
What that means:

* **Nobody is subscribed.** Only MQTT 5 tells a publisher. On the others a clip that nobody was there for is \`accepted\`; \`doorstep receive\` asks for it when it comes, and what no receiver asks for or confirms within a day becomes \`unconfirmed\`.
* **Wildcards.** RabbitMQ sends nothing retained to a subscription with a wildcard, so Home Assistant finds a doorbell there only after its own start, and \`mosquitto_sub -t 'doorstep/porch/anna/#'\` shows no still that was sent before. Ask for \`…/latest/still\` by name, as \`doorstep receive\` does.
* **Size.** An MQTT 5 broker announces its limit. A broker that says nothing and hangs up teaches it at the cost of two connections; it is remembered.
* **Forbidden topics.** mosquitto says so over MQTT 5, says nothing over 3.1.1, and the others hang up or say nothing. In the table is what \`doorstep doctor\` or \`doorstep status\` makes of each.
`;
}
