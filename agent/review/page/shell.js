// What stands around every view: where one can go, how the device stands, and sharing stopped in one tap.
import { post } from "./agent.js";
import { h, show, toast } from "./dom.js";
import { house, refresh, watchHouse } from "./house.js";
import { door, icon } from "./icons.js";
import { currentLanguage, languages, t } from "./words.js";

const PLACES = ["now", "waiting", "clips", "ledger", "policy", "zones", "requests"];
/** What has a place in the bar of a phone; the rest is behind "more". */
const FIRST = ["now", "waiting", "clips", "ledger"];

let unwatch = () => {};

/** Draws the frame into `root` and returns what the views need of it. */
export function shell(root, { onSignOut, onLanguage }) {
  const main = h("main", { id: "main" });
  const strip = h("section", { class: "strip", "aria-label": t("strip") });
  const links = new Map(PLACES.map((name) => [name, place(name)]));
  const more = place("more");
  more.classList.add("narrow-only");
  for (const [name, link] of links) if (!FIRST.includes(name)) link.classList.add("wide-only");
  show(
    root,
    h(
      "a",
      {
        class: "skip",
        href: "#main",
        onclick: (event) => (event.preventDefault(), main.querySelector("h1, button, a")?.focus()),
      },
      t("skip"),
    ),
    h(
      "div",
      { class: "frame" },
      h(
        "header",
        { class: "rail" },
        h(
          "a",
          { class: "brand", href: "#/now" },
          door(),
          h("span", {}, h("strong", {}, "Doorstep"), h("small", {}, house.status.device)),
        ),
        h("nav", { "aria-label": t("nav") }, [...links.values()], more),
        h(
          "div",
          { class: "rail-foot wide-only" },
          languageChoice(onLanguage),
          h("button", { class: "plain", type: "button", onclick: onSignOut }, icon("out"), t("sign.out")),
        ),
      ),
      h("div", { class: "stage" }, strip, main),
    ),
    h("div", { id: "toasts", class: "toasts" }),
    h("div", { id: "voice", class: "unseen", "aria-live": "polite" }),
  );
  const draw = () => {
    drawStrip(strip);
    badge(links.get("waiting"), house.status?.clips.waiting ?? 0, "waiting.count");
    badge(links.get("requests"), house.requests, "requests.count");
    badge(more, house.requests, "requests.count");
  };
  unwatch();
  unwatch = watchHouse(draw);
  draw();
  return {
    main,
    moved: false,
    choose(name) {
      for (const [other, link] of links) current(link, other === name);
      current(more, !FIRST.includes(name));
    },
  };
}

/** A choice of language, for the rail and the list of more. */
export const languageChoice = (onLanguage) =>
  h(
    "label",
    { class: "language" },
    h("span", { class: "unseen" }, t("language")),
    h(
      "select",
      { onchange: ({ target }) => onLanguage(target.value) },
      Object.entries(languages).map(([key, name]) =>
        h("option", { value: key, selected: key === currentLanguage(), lang: key }, name),
      ),
    ),
  );

const place = (name) =>
  h("a", { href: `#/${name}`, class: "place" }, icon(name), h("span", { class: "place-name" }, t(`place.${name}`)));

function current(link, is) {
  if (is) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
}

function badge(link, n, key) {
  link.querySelector(".badge")?.remove();
  if (n > 0)
    link.append(
      h(
        "span",
        { class: "badge" },
        h("span", { "aria-hidden": "true" }, n > 99 ? "99+" : String(n)),
        h("span", { class: "unseen" }, t(key, { n })),
      ),
    );
}

function drawStrip(strip) {
  const { status, line } = house;
  if (!line) {
    strip.className = "strip lost";
    show(strip, h("p", { role: "alert" }, icon("alert"), t("agent.restarting")));
    return;
  }
  strip.className = "strip";
  if (!status) return show(strip);
  const { camera, microphone, sharing, recording } = status;
  const open = camera.state === "on";
  show(
    strip,
    h(
      "ul",
      { class: "pills" },
      pill(
        recording.state === "recording" ? "hot" : open ? "good" : camera.state === "failed" ? "bad" : "off",
        "camera",
        recording.state === "recording" ? t("recording") : t(`camera.${camera.state}`),
      ),
      pill(
        microphone.state === "on" ? "hot" : microphone.state === "failed" ? "bad" : "off",
        "microphone",
        t(`microphone.${microphone.state}`),
      ),
      pill(
        sharing.state === "enabled"
          ? "good"
          : sharing.state === "closed"
            ? "bad"
            : sharing.state === "paused"
              ? "warn"
              : "off",
        "sharing",
        t(`sharing.${sharing.state}`),
      ),
    ),
    sharing.state === "enabled" &&
      h(
        "button",
        { class: "pause", type: "button", onclick: pause },
        icon("pause"),
        ...lengths("pause", "pause.short"),
      ),
    sharing.state === "paused" &&
      h(
        "button",
        { class: "pause resume", type: "button", onclick: resume },
        icon("play"),
        ...lengths("resume", "resume.short"),
      ),
  );
}

/** The words, and fewer of them where there is no room. */
const lengths = (long, short) => [h("span", { class: "long" }, t(long)), h("span", { class: "short" }, t(short))];

const pill = (mood, name, text) => h("li", { class: `pill ${mood}` }, icon(name), h("span", {}, text));

async function pause() {
  await post("/sharing/pause");
  await refresh();
  toast(t("paused.now"), { text: t("resume"), run: resume });
}

async function resume() {
  document.getElementById("toasts")?.replaceChildren();
  await post("/sharing/resume");
  await refresh();
}
