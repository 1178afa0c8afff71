// What NATS does with Doorstep. It refuses MQTT 5.
import { nats } from "./nats.ts";
import { questions } from "./suite.ts";

questions({ name: "NATS", make: nats, protocol: 4 });
