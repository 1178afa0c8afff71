// What RabbitMQ does with Doorstep. It refuses MQTT 5.
import { rabbitmq } from "./rabbitmq.ts";
import { questions } from "./suite.ts";

questions({ file: "rabbitmq", name: "RabbitMQ", make: rabbitmq, protocol: 4 });
