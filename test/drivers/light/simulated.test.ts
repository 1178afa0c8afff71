// The light that nobody has to wire.
import { expect, test } from "vitest";
import { DriverError } from "../../../drivers/error.ts";
import { SimulatedLight } from "../../../drivers/light/simulated.ts";

test("it remembers what it showed, and goes out when it is closed", async () => {
  const light = new SimulatedLight();
  await light.show("steady");
  await light.show("slow-blink");
  await light.close();

  expect(light.history).toEqual(["steady", "slow-blink", "off"]);
  expect(light.pattern).toBe("off");
});

test("a broken light says so and shows what it showed before", async () => {
  const light = new SimulatedLight();
  await light.show("steady");
  light.breakWith(new DriverError("CAMERA_BUSY", "any code will do"));

  await expect(light.show("double-blink")).rejects.toMatchObject({ code: "CAMERA_BUSY" });
  expect(light.pattern).toBe("steady");
  light.breakWith(undefined);
  await light.show("double-blink");
  expect(light.pattern).toBe("double-blink");
});
