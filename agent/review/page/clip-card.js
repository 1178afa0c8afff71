// One clip among many: a picture, when, why, and where it stands.
import { shareMark, triggerIcons, triggerText, zonesText } from "./clip-words.js";
import { calm, h } from "./dom.js";
import { icon } from "./icons.js";
import { clockTime, span, t, whenText } from "./words.js";

/** A link to the clip. `day`: the time alone is enough. */
export function clipCard(clip, { day = false } = {}) {
  const image =
    clip.pictures && h("img", { src: `/api/clips/${clip.id}/still`, alt: "", loading: "lazy", decoding: "async" });
  const told = clip.shares.filter(({ state }) => state !== "withheld").slice(0, 3);
  const card = h(
    "a",
    { class: `card ${clip.state}`, href: `#/clips/${clip.id}`, "data-id": clip.id },
    h(
      "span",
      { class: "thumb" },
      image || h("span", { class: "blank" }, icon("film")),
      h("span", { class: "why-icons" }, triggerIcons(clip)),
      h("span", { class: "length" }, clip.state === "recording" ? t("recording") : span(clip.durationMs)),
      clip.pinned && h("span", { class: "pinned" }, icon("pin"), h("span", { class: "unseen" }, t("pinned"))),
    ),
    h(
      "span",
      { class: "when" },
      day ? clockTime(clip.startedAt) : whenText(clip.startedAt),
      !clip.clockTrusted && h("span", { class: "doubt", title: t("clock.doubt") }, " ?"),
    ),
    h("span", { class: "what" }, [triggerText(clip), zonesText(clip)].filter(Boolean).join(" · ")),
    h(
      "span",
      { class: "told" },
      clip.state === "quarantined" && h("span", { class: "mark bad" }, t("quarantined")),
      clip.objected && h("span", { class: "mark warn" }, t("objected")),
      told.length
        ? told.map(shareMark)
        : clip.state === "ready" && !clip.objected && h("span", { class: "mark home" }, t("stays.home")),
    ),
  );
  if (image && !calm()) moving(card, image, clip);
  return card;
}

/** The short moving picture while the pointer is on it. */
function moving(card, image, clip) {
  card.addEventListener("pointerenter", ({ pointerType }) => {
    if (pointerType === "mouse") image.src = `/api/clips/${clip.id}/preview`;
  });
  card.addEventListener("pointerleave", () => (image.src = `/api/clips/${clip.id}/still`));
}
