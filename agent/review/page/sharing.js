// Answering for a clip: what exactly would be sent to whom, and yes, no, or back again.
import { get, post } from "./agent.js";
import { isHandedOver, reasonText, shareText, untilText } from "./clip-words.js";
import { ask } from "./dialog.js";
import { h, show, toast } from "./dom.js";
import { icon } from "./icons.js";
import { dateTime, size, span, t } from "./words.js";

const LEFT = ["accepted", "confirmed", "unconfirmed"];
const GOING = ["released", ...LEFT];
/** Where the agent's own words say more than the state does. */
const TOLD = ["withheld", "failed", "expired"];
const AGAIN = ["denied", "expired", "failed", "withdrawn"];

/**
 * One panel a recipient: the offer while it asks, and afterwards where it stands. `onChange` is called before each answer with
 * true, and after it. Open questions come first; `places` keeps where each stood, for nothing moves under a thumb afterwards.
 */
export function sharePanels(clip, onChange, places) {
  const offers = new Map(clip.offers.map((offer) => [offer.recipient, offer]));
  const names = clip.shares.map(({ recipient }) => recipient).filter((name) => !places.includes(name));
  places.push(...names.filter((name) => offers.has(name)), ...names.filter((name) => !offers.has(name)));
  const place = ({ recipient }) => places.indexOf(recipient);
  const files = new Set(clip.disclosures.filter(isHandedOver).map(({ recipient }) => recipient));
  const shares = [...clip.shares].sort((a, b) => place(a) - place(b));
  return shares.map((share) =>
    offers.has(share.recipient)
      ? offerPanel(clip, offers.get(share.recipient), onChange)
      : files.has(share.recipient)
        ? filePanel(share)
        : sharePanel(clip, share, onChange),
  );
}

function offerPanel(clip, offer, onChange) {
  const { recipient } = offer;
  const panel = h("section", { class: "offer", role: "group", "aria-label": t("offer.for", { name: recipient }) });
  show(
    panel,
    h("h3", {}, t("offer.title", { name: recipient })),
    h("p", { class: "why" }, reasonText(offer.reasons[0], recipient)),
    h(
      "ul",
      { class: "terms", "aria-label": t("offer.what") },
      ...(offer.clip ? recordingTerms(clip, offer) : pictureTerms(offer)),
      term(
        offer.keys ? "lock" : "open",
        offer.keys ? t("offer.encrypted", { name: recipient, n: offer.keys }) : t("offer.plain"),
        offer.keys ? "" : "warn",
      ),
      term("clock", untilText(offer.notAfter)),
    ),
    h(
      "div",
      { class: "actions" },
      h(
        "button",
        { class: "primary", type: "button", onclick: (event) => answer(event, clip, recipient, "approved", onChange) },
        icon("check"),
        t("send.to", { name: recipient }),
      ),
      h(
        "button",
        { class: "quiet", type: "button", onclick: (event) => answer(event, clip, recipient, "denied", onChange) },
        icon("cross"),
        t("send.not"),
      ),
    ),
    offer.asksUntil && h("p", { class: "fine" }, t("offer.asks.until", { when: dateTime(offer.asksUntil) })),
  );
  return panel;
}

const recordingTerms = (clip, offer) => [
  term("film", `${span(clip.durationMs)}, ${size(clip.bytes)}`),
  offer.still && term("image", t("offer.still")),
  offer.preview && term("film", t("offer.preview")),
  term(
    offer.sound ? "sound" : "mute",
    offer.sound ? t("offer.sound") : t(clip.hasAudio ? "offer.stripped" : "offer.silent"),
    offer.sound ? "warn" : "",
  ),
];

const pictureTerms = (offer) => [
  term("film", t("offer.stays")),
  offer.still && term("image", t("offer.still.alone")),
  offer.preview && term("image", t("offer.preview.alone")),
];

const term = (name, text, mood = "") => h("li", { class: mood }, icon(name), h("span", {}, text));

/** What has left as a file is out of anybody's hands here. */
const filePanel = ({ recipient }) =>
  h(
    "section",
    { class: "share", role: "group", "aria-label": t("offer.for", { name: recipient }) },
    h("h3", {}, recipient),
    h("p", { class: "state" }, t("share.handed")),
  );

function sharePanel(clip, share, onChange) {
  const { recipient, state, detail, rule } = share;
  const button = (text, sign, run, kind = "quiet") =>
    h("button", { class: kind, type: "button", onclick: run }, icon(sign), text);
  const now = (word) => (event) => answer(event, clip, recipient, word, onChange);
  return h(
    "section",
    { class: `share ${state}`, role: "group", "aria-label": t("offer.for", { name: recipient }) },
    h("h3", {}, recipient),
    h("p", { class: "state" }, shareText(share)),
    share.kind !== "clip" && h("p", { class: "fine" }, t(`share.only.${share.kind}`)),
    rule
      ? h("p", { class: "fine" }, reasonText({ rule, effect: "deny", text: detail }, recipient))
      : detail && TOLD.includes(state) && h("p", { class: "fine", lang: "en" }, detail),
    h(
      "div",
      { class: "actions" },
      state === "released" && button(t("undo"), "undo", now("withdrawn")),
      LEFT.includes(state) && button(t("withdraw"), "undo", () => withdraw(clip, recipient, onChange)),
      AGAIN.includes(state) &&
        clip.state === "ready" &&
        button(t("send.after.all", { name: recipient }), "check", now("approved")),
    ),
  );
}

async function answer(event, clip, recipient, word, onChange) {
  const panel = event.target.closest("section");
  for (const button of panel.querySelectorAll("button")) button.disabled = true;
  await onChange(true);
  try {
    const { state } = await post(`/clips/${clip.id}/answers`, { recipient, answer: word });
    if (word !== "approved") toast(t(`answered.${word}`, { name: recipient }));
    // Not when it was undone while it was made ready.
    else if (GOING.includes(state))
      toast(t("answered.approved", { name: recipient }), {
        text: t("undo"),
        run: () => undo(clip, recipient, onChange),
      });
  } finally {
    for (const button of panel.querySelectorAll("button")) button.disabled = false;
    await onChange();
  }
}

/** Undone silently only while nothing has left. */
async function undo(clip, recipient, onChange) {
  const { shares } = await get(`/clips/${clip.id}`);
  if (LEFT.includes(shares.find((share) => share.recipient === recipient)?.state))
    return withdraw(clip, recipient, onChange);
  await post(`/clips/${clip.id}/answers`, { recipient, answer: "withdrawn" });
  await onChange();
}

async function withdraw(clip, recipient, onChange) {
  const sure = await ask({
    title: t("withdraw.title", { name: recipient }),
    text: t("withdraw.text", { name: recipient }),
    yes: t("withdraw"),
  });
  if (!sure) return;
  await post(`/clips/${clip.id}/answers`, { recipient, answer: "withdrawn" });
  await onChange();
}
