// What mosquitto 2.0 does with Doorstep: no limit but MQTT's own.
import { mosquitto } from "./mosquitto.ts";
import { questions } from "./suite.ts";

const name = "mosquitto";
questions({ name, make: mosquitto(), protocol: 5 });
questions({ name, make: mosquitto(), protocol: 4, only311: true });
