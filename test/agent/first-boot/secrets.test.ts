// Secrets in the doorstep.toml of a boot partition are found wherever an owner may have written them, and are gone afterwards.
import fc from "fast-check";
import { expect, test } from "vitest";
import { setupCode, takeSecrets } from "../../../agent/first-boot/secrets.ts";
import { parseConfig } from "../../../config/parse.ts";

const CONFIG = `[device]
name = "porch"
[camera]
source = "libcamera"
[trigger]
light = "none"
`;

test("the broker's password goes into a file of its own, and the configuration names that file", () => {
  const { text, mqtt } = takeSecrets(
    `${CONFIG}[mqtt]\nurl = "mqtts://broker.lan"\nusername = "porch"\npassword = "old \\"friend\\"" # ours\n`,
  );

  expect(mqtt).toBe('old "friend"');
  expect(text).not.toContain("friend");
  const parsed = parseConfig(text);
  expect("config" in parsed && parsed.config.mqtt?.passwordFile).toBe("/etc/doorstep/mqtt-password");
});

test("the page's password and the setup code go too, and the line ends of Windows stay", () => {
  const { text, review, setupCode } = takeSecrets(
    `setup_code = 'Blue-Door-47'\r\n${CONFIG.replaceAll("\n", "\r\n")}[review]\r\nlan = true\r\npassword = "a long one"\r\n`,
  );

  expect({ review, setupCode }).toEqual({ review: "a long one", setupCode: "Blue-Door-47" });
  expect(text).not.toMatch(/Blue-Door|a long one|[^\r]\n/);
  const parsed = parseConfig(text);
  expect("config" in parsed && parsed.config.review).toEqual({
    lan: true,
    passwordFile: "/etc/doorstep/review-password",
  });
});

test.each([
  ["with a dotted key", 'mqtt.password = "hidden"\n'],
  ["with a byte order mark", '\ufeff[mqtt]\npassword = "hidden"\n'],
  ["with spaces everywhere", '  [ mqtt ]  # broker\n\t password="hidden"\n'],
  ["in a file with mistakes elsewhere", '[mqtt]\nurl = oops\npassword = "hidden"\nname = \n'],
  ["in single quotes", "[mqtt]\npassword = 'hidden'\n"],
])("a password %s is found", (_, text) => {
  const taken = takeSecrets(text);

  expect(taken.mqtt).toBe("hidden");
  expect(taken.text).not.toContain("hidden");
});

test("a password that cannot be read is blanked all the same, and is none", () => {
  const { text, mqtt } = takeSecrets("[mqtt]\npassword = “hidden”\n");

  expect(mqtt).toBeUndefined();
  expect(text).not.toContain("hidden");
});

test("a new password counts more than the file that was named before", () => {
  const { text } = takeSecrets(
    `${CONFIG}[mqtt]\nurl = "mqtts://broker.lan"\nusername = "porch"\npassword_file = "/home/me/old"\npassword = "new"\n`,
  );

  const parsed = parseConfig(text);
  expect("config" in parsed && parsed.config.mqtt?.passwordFile).toBe("/etc/doorstep/mqtt-password");
});

test("a file without secrets is the same to the byte", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      fc.pre(!/password|setup_code/.test(text));
      expect(takeSecrets(text)).toEqual({ text });
    }),
  );
});

test("whatever the password is, it is taken whole, and taking again finds none", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (secret) => {
      const first = takeSecrets(`[mqtt]\npassword = ${JSON.stringify(secret)}\n`);
      expect(first.mqtt).toBe(secret);
      expect(takeSecrets(first.text)).toEqual({ text: first.text });
    }),
  );
});

test.each([
  ["Blue-Door-47", "bluedoor47"],
  ["1234 5678", "12345678"],
])("the setup code %s is compared as %s", (written, code) => {
  expect(setupCode(written)).toBe(code);
});

test.each(["1234567", "", "blue dor", "blue_door_47", "x".repeat(65)])(
  "%j is too short, too long or too odd for a setup code",
  (written) => {
    expect(setupCode(written)).toBeUndefined();
  },
);
