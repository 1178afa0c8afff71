// What mosquitto 2.0 does with Doorstep: no limit but MQTT's own.
import { mosquitto } from "./mosquitto.ts";
import { questions } from "./suite.ts";

const name = "mosquitto";
questions({ file: "mosquitto-5", name, make: mosquitto(), protocol: 5 });
questions({ file: "mosquitto-3", name, make: mosquitto(), protocol: 4, only311: true });
