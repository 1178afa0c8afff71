// What RabbitMQ does with Doorstep. Before 3.13 it knows no MQTT 5.
import { isModern, rabbitmq } from "./rabbitmq.ts";
import { questions } from "./suite.ts";

const name = "RabbitMQ";
const only311 = isModern();
if (only311) questions({ name, make: rabbitmq, protocol: 5 });
questions({ name, make: rabbitmq, protocol: 4, only311 });
