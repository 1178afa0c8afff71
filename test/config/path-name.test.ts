// Which paths and devices may be named, and where relative ones start.
import { expect, test } from "vitest";
import { fileKind, resolvedPath, soundDeviceKind, videoDeviceKind } from "../../config/path-name.ts";

test("a relative path starts at the folder of the configuration", () => {
  expect(resolvedPath("visit.mp4", "/etc/doorstep")).toBe("/etc/doorstep/visit.mp4");
  expect(resolvedPath("/srv/visit.mp4", "/etc/doorstep")).toBe("/srv/visit.mp4");
  expect(resolvedPath("visit.mp4", "/")).toBe("/visit.mp4");
  expect(resolvedPath("visit.mp4", "")).toBe("visit.mp4");
});

for (const [kind, name, good, bad] of [
  [
    fileKind,
    "file",
    ["/etc/doorstep/ca.pem", "visit with spaces.mp4", "ü.mp4"],
    ["", "folder/", "a\0b", "a\nb", "~/x", "x".repeat(1025)],
  ],
  [
    videoDeviceKind,
    "video device",
    ["/dev/video0", "/dev/v4l/by-id/usb-cam"],
    ["video0", "/etc/passwd", "/dev/../etc/passwd", "/dev/video0\n"],
  ],
  [
    soundDeviceKind,
    "sound device",
    ["default", "hw:1,0", "plughw:CARD=Device,DEV=0", "sysdefault:CARD=Mic"],
    ["", "-D", "hw:1 0", "a;b", "$(x)", "x".repeat(101)],
  ],
] as const) {
  for (const text of good)
    test(`the ${name} ${JSON.stringify(text)} can be named`, () => expect(kind.read(text)).toEqual({ value: text }));
  for (const text of bad)
    test(`the ${name} ${JSON.stringify(text.slice(0, 30))} cannot be named`, () =>
      expect(kind.read(text)).toHaveProperty("refusals"));
}
