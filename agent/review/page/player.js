// A clip, storyboard first: it is played when somebody asks for it, and what made it can be jumped to.
import { h, show } from "./dom.js";
import { icon } from "./icons.js";
import { span, t } from "./words.js";

/** The storyboard with a button to play; `marks` are causes of the clip ({ kind, name, offsetMs, spanMs }). */
export function player(clip, marks = []) {
  const root = h("div", { class: "player" });
  const video = h("video", { controls: true, playsinline: true, preload: "metadata", "aria-label": t("clip.video") });
  const play = (fromMs = 0) => {
    if (!video.isConnected) {
      video.src = `/api/clips/${clip.id}/media`;
      root.querySelector(".poster")?.replaceWith(video);
    }
    video.currentTime = fromMs / 1000;
    void video.play().catch(() => {});
    video.focus();
  };
  let drawn = "";
  /** The clip as it is now: recorded to its end, its pictures made. Not under the eyes of whoever watches it. */
  root.update = (clip, marks = []) => {
    const shape = JSON.stringify([clip.state, clip.pictures, clip.durationMs, marks]);
    if (shape === drawn || video.isConnected) return;
    drawn = shape;
    const ready = clip.state !== "recording";
    const held = root.contains(document.activeElement);
    show(root, poster(clip, ready, play), marks.length > 0 && ready && timeline(clip, marks, play, video));
    if (held) root.querySelector(".play")?.focus();
  };
  root.update(clip, marks);
  root.play = play;
  root.toggle = () =>
    !video.isConnected || video.paused ? (video.isConnected ? void video.play() : play()) : video.pause();
  return root;
}

const poster = (clip, ready, play) =>
  h(
    "div",
    { class: "poster" },
    clip.pictures
      ? h("img", {
          src: `/api/clips/${clip.id}/storyboard`,
          alt: t("clip.storyboard", { span: span(clip.durationMs) }),
        })
      : h("div", { class: "blank" }, icon("film"), h("span", {}, ready ? t("clip.no.pictures") : t("clip.recording"))),
    ready &&
      h(
        "button",
        { class: "play", type: "button", onclick: () => play() },
        icon("play"),
        t("clip.play"),
        h("span", { class: "span" }, span(clip.durationMs)),
      ),
  );

function timeline(clip, marks, play, video) {
  const share = (ms) => `${Math.min(100, Math.max(0, (ms / clip.durationMs) * 100)).toFixed(2)}%`;
  const hand = h("div", { class: "hand" });
  video.addEventListener("timeupdate", () => hand.style.setProperty("left", share(video.currentTime * 1000)));
  const words = ({ kind, name }) => (kind === "trigger" ? t(`trigger.${name}`) : name);
  return h(
    "div",
    { class: "marks", role: "group", "aria-label": t("clip.marks") },
    h(
      "div",
      { class: "track", "aria-hidden": "true" },
      clip.preRollMs > 0 &&
        h("div", {
          class: "pre-roll",
          title: t("clip.pre.roll", { span: span(clip.preRollMs) }),
          style: { width: share(clip.preRollMs) },
        }),
      marks.map(({ kind, offsetMs, spanMs }) =>
        h("div", { class: `tick ${kind}`, style: { left: share(offsetMs), width: spanMs ? share(spanMs) : "6px" } }),
      ),
      hand,
    ),
    // Beside the track and not on it: things happen closer together than a thumb is wide.
    marks.map((mark) =>
      h(
        "button",
        { type: "button", class: `jump ${mark.kind}`, onclick: () => play(Math.max(0, mark.offsetMs - 500)) },
        h("span", { class: "unseen" }, t("clip.jump", { what: words(mark), at: span(mark.offsetMs) })),
        h("span", { "aria-hidden": "true" }, words(mark), h("small", {}, ` ${span(mark.offsetMs)}`)),
      ),
    ),
  );
}
