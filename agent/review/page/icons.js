// The page's icons: strokes on a grid of 24. Decoration only: what they mean is always said in words too.
import { svg } from "./dom.js";

const PATHS = {
  now: "M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6Z M12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  waiting: "M6 16V11a6 6 0 1 1 12 0v5l1.5 2h-15L6 16Z M10 21h4",
  clips: "M4 5h16v14H4z M10 9.5v5l4.5-2.5z",
  ledger: "M6 3h11a2 2 0 0 1 2 2v16H8a2 2 0 0 1-2-2z M6 19a2 2 0 0 1 2-2h11 M10 8h5 M10 12h5",
  policy: "M12 3l7 3v5c0 5-3 8.5-7 10-4-1.5-7-5-7-10V6z M9 12l2.2 2.2L15.5 10",
  zones: "M5 6l8-2 6 6-3 9-9-1z M5 6h.01 M13 4h.01 M19 10h.01 M16 19h.01 M7 18h.01",
  requests: "M4 6h16v12H4z M4 7l8 6 8-6",
  camera: "M4 8h3l2-3h6l2 3h3v11H4z M12 16a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  microphone: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3Z M6 11a6 6 0 0 0 12 0 M12 17v4",
  sharing: "M12 15V4 M8 8l4-4 4 4 M5 13v6h14v-6",
  light: "M9 18h6 M10 21h4 M12 3a6 6 0 0 0-3.5 10.9c.6.5.5 1.1.5 2.1h6c0-1-.1-1.6.5-2.1A6 6 0 0 0 12 3Z",
  broker: "M4 12a12 12 0 0 1 16 0 M7 15.5a7.5 7.5 0 0 1 10 0 M12 19h.01",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z M12 7v5l3.5 2",
  space: "M4 7c0-2 3.6-3 8-3s8 1 8 3-3.6 3-8 3-8-1-8-3Z M4 7v10c0 2 3.6 3 8 3s8-1 8-3V7 M4 12c0 2 3.6 3 8 3s8-1 8-3",
  config: "M5 6h14 M5 12h14 M5 18h14 M9 4v4 M15 10v4 M8 16v4",
  pause: "M9 5v14 M15 5v14",
  play: "M8 5l11 7-11 7z",
  stop: "M7 7h10v10H7z",
  pin: "M9 4h6l-1 6 3 3H7l3-3z M12 13v7",
  delete: "M5 7h14 M10 4h4 M7 7l1 13h8l1-13 M10 11v5 M14 11v5",
  download: "M12 4v11 M8 11l4 4 4-4 M5 19h14",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  bell: "M6 16V11a6 6 0 1 1 12 0v5l1.5 2h-15L6 16Z M10 21h4",
  walk: "M13 5.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z M10 21l2-6-2-3 1-5 4 3 3 1 M11 7l-4 2-1 4 M12 15l3 2 1 4",
  hand: "M7 12V6.5a1.5 1.5 0 0 1 3 0V11 M10 11V5a1.5 1.5 0 0 1 3 0v6 M13 11V6a1.5 1.5 0 0 1 3 0v7 M16 12a1.5 1.5 0 0 1 3 0v3a6 6 0 0 1-6 6c-3 0-4.500-1.500-6-4l-2.500-4a1.500 1.500 0 0 1 2.500-1.500L7 12",
  lock: "M6 11h12v9H6z M8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  open: "M6 11h12v9H6z M8.500 11V8a3.500 3.500 0 0 1 6.800-1.200",
  sound: "M4 10v4h3l5 4V6L7 10z M15.500 9a4 4 0 0 1 0 6",
  mute: "M4 10v4h3l5 4V6L7 10z M16 10l4 4 M20 10l-4 4",
  check: "M5 12.500l4.500 4.500L19 7.500",
  cross: "M6 6l12 12 M18 6L6 18",
  alert: "M12 4l9 16H3z M12 10v4 M12 17h.01",
  more: "M4.5 12h1 M11.5 12h1 M18.5 12h1",
  filter: "M4 6h16 M7 12h10 M10 18h4",
  full: "M4 9V4h5 M20 9V4h-5 M4 15v5h5 M20 15v5h-5",
  copy: "M9 9h11v11H9z M15 9V4H4v11h5",
  undo: "M9 7L4 12l5 5 M4 12h10a6 6 0 0 1 6 6",
  out: "M14 4h5v16h-5 M10 8l-4 4 4 4 M6 12h9",
  film: "M4 5h16v14H4z M8 5v14 M16 5v14 M4 9.500h4 M4 14.500h4 M16 9.500h4 M16 14.500h4",
  image: "M4 5h16v14H4z M4 16l5-5 4 4 3-2 4 3 M15.500 9.500h.01",
};

/** An icon by name, hidden from screen readers. */
export function icon(name, className = "icon") {
  return svg(
    "svg",
    { viewBox: "0 0 24 24", class: className, "aria-hidden": "true", focusable: "false" },
    svg("path", { d: PATHS[name] ?? PATHS.more }),
  );
}

/** The door, the page's own sign. */
export function door(className = "door") {
  return svg(
    "svg",
    { viewBox: "0 0 64 64", class: className, "aria-hidden": "true" },
    svg("path", { class: "arch", d: "M16 52V28a16 16 0 0 1 32 0v24z" }),
    svg("path", { class: "step", d: "M9 52h46" }),
    svg("circle", { class: "knob", cx: "40.5", cy: "37", r: "2.8" }),
  );
}
