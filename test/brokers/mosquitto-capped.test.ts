// What mosquitto does as 2.1 and Home Assistant's are by default: packets of 2,000,000 bytes at most, and 3.1.1 is not told.
import { mosquitto } from "./mosquitto.ts";
import { questions } from "./suite.ts";

const [name, note] = ["mosquitto", "capped"];
const make = mosquitto("max_packet_size 2000000");
questions({ name, note, make, protocol: 5 });
questions({ name, note, make, protocol: 4, only311: true });
