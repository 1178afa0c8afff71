// What a recipient with told_of_state is told of the owner's status: states and codes, and nothing of today's details. Pure.
import type { HouseCondition } from "../consent/ports.ts";
import type { Status } from "./owner.ts";

/** A code is named once, in the order in which the codes were first met; details (files, names) stay here. */
export function houseCondition({ camera, microphone, alarms, config }: Status): HouseCondition {
  const problems = new Map([...config.faults, ...alarms].map(({ code, remedy = "" }) => [code, remedy]));
  return {
    v: 1,
    camera: camera.state,
    microphone: microphone.state,
    problems: Array.from(problems, ([code, remedy]) => ({ code, remedy })),
  };
}
