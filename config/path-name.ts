// Paths of files and devices as the configuration names them. Pure: whether they exist is for those who open them.
import type { Kind } from "./kind.ts";
import { read, refuse } from "./kind.ts";

// oxlint-disable-next-line no-control-regex -- no path of ours holds one
const CONTROL = /[\u0000-\u001f\u007f]/;

/** `text` if it can be a path: 1–1024 characters, none of them a control character, not ending in a slash. */
export const parsePath = (text: string): string | undefined =>
  text.length >= 1 && text.length <= 1024 && !CONTROL.test(text) && !text.endsWith("/") && text.isWellFormed()
    ? text
    : undefined;

/** The path below `directory` unless it is absolute. */
export const resolvedPath = (path: string, directory: string): string =>
  path.startsWith("/") || directory === "" ? path : `${directory.replace(/\/$/, "")}/${path}`;

/** A file, absolute or beside the configuration. */
export const fileKind: Kind<string> = {
  expected: 'the path of a file, such as "/etc/doorstep/ca.pem"',
  read(value) {
    const path = typeof value === "string" ? parsePath(value) : undefined;
    if (path === undefined) return refuse();
    return path.startsWith("~") ? refuse({ hint: "write the whole path: ~ means nothing here" }) : read(path);
  },
  write: (path) => path,
};

/** A video device node. */
export const videoDeviceKind: Kind<string> = {
  expected: 'a video device, such as "/dev/video0"',
  read: (value) =>
    typeof value === "string" && value.startsWith("/dev/") && !value.includes("/../") && parsePath(value) !== undefined
      ? read(value)
      : refuse(),
  write: (path) => path,
};

/** A name ALSA understands. One word that does not begin with a hyphen, since it becomes an argument of `arecord`. */
export const soundDeviceKind: Kind<string> = {
  expected: 'a sound device, such as "default" or "plughw:CARD=Device" (`arecord -L` lists them)',
  read: (value) => (typeof value === "string" && /^[A-Za-z0-9][\w:,=.+/-]{0,99}$/.test(value) ? read(value) : refuse()),
  write: (name) => name,
};
