// What aedes does with Doorstep. It refuses MQTT 5.
import { aedes } from "./aedes.ts";
import { questions } from "./suite.ts";

questions({ name: "aedes", make: aedes, protocol: 4 });
