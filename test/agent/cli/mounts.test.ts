// Finding out on what a path lies.
import { expect, test } from "vitest";
import { readMountOf } from "../../../agent/cli/mounts.ts";

const MOUNTS = `/dev/mmcblk0p2 / ext4 rw,noatime 0 0
/dev/mmcblk0p1 /boot/firmware vfat ro,relatime 0 0
tmpfs /run tmpfs rw,nosuid 0 0
overlay /var overlay rw,lowerdir=/a 0 0
/dev/sda1 /var/lib/door\\040step ext4 rw 0 0
tmpfs /mnt tmpfs rw 0 0
/dev/sdb1 /mnt ext4 rw 0 0
`;

test.each([
  ["/home/pi", { device: "/dev/mmcblk0p2", filesystem: "ext4", readOnly: false }],
  ["/boot/firmware/config.txt", { device: "/dev/mmcblk0p1", filesystem: "vfat", readOnly: true }],
  ["/running", { device: "/dev/mmcblk0p2", filesystem: "ext4", readOnly: false }],
  ["/var/lib/doorstep", { device: "overlay", filesystem: "overlay", readOnly: false }],
  ["/var/lib/door step/vault", { device: "/dev/sda1", filesystem: "ext4", readOnly: false }],
  ["/mnt/x", { device: "/dev/sdb1", filesystem: "ext4", readOnly: false }],
])("knows on which file system %s lies", (path, mount) => {
  expect(readMountOf(path, MOUNTS)).toEqual(mount);
});

test("without a list of mounts it says that it does not know", () => {
  expect(readMountOf("/home", "")).toEqual({ device: "", filesystem: "unknown", readOnly: false });
});
