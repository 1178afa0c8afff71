// Now: what the camera sees, and how everything stands.
import { concerns, get, onNews } from "../agent.js";
import { h, show } from "../dom.js";
import { house, watchHouse } from "../house.js";
import { icon } from "../icons.js";
import { dateTime, number, size, t } from "../words.js";

export async function view(main, { signal }) {
  const picture = livePanel(signal);
  const standing = h("section", { class: "panel standing", "aria-labelledby": "standing" });
  const alarms = h("section", { class: "alarms", hidden: true });
  const waiting = h("div", {});
  const latest = h("section", { hidden: true });
  show(
    main,
    h("h1", { tabindex: "-1" }, t("view.now")),
    waiting,
    alarms,
    h("div", { class: "now" }, picture, standing),
    latest,
  );
  const draw = () => {
    drawStanding(standing);
    drawAlarms(alarms);
    drawWaiting(waiting);
  };
  signal.addEventListener("abort", watchHouse(draw));
  draw();
  const load = async () => {
    // Below the fold of a phone: the first view does not wait for it.
    const [{ clips }, { clipCard }] = await Promise.all([get("/clips?limit=6", signal), import("../clip-card.js")]);
    latest.hidden = clips.length === 0;
    show(
      latest,
      h("div", { class: "row" }, h("h2", {}, t("latest")), h("a", { href: "#/clips" }, t("all.clips"))),
      h(
        "div",
        { class: "cards" },
        clips.map((clip) => clipCard(clip)),
      ),
    );
  };
  signal.addEventListener(
    "abort",
    onNews((kinds) => concerns(kinds, "clip.", "delivery", "answer", "disclosure", "decision") && void load()),
  );
  await load();
}

function livePanel(signal) {
  const video = h("video", {
    class: "live",
    muted: true,
    playsinline: true,
    autoplay: true,
    "aria-label": t("live.picture"),
  });
  const badge = h(
    "p",
    { class: "live-badge", hidden: true },
    h("span", { class: "dot" }),
    h("strong", {}, t("live")),
    h("span", { class: "delay" }),
  );
  const trouble = h("p", { class: "trouble", role: "alert" });
  const start = h(
    "button",
    { class: "primary big", type: "button", onclick: () => void watch() },
    icon("now"),
    t("live.watch"),
  );
  const cover = h(
    "div",
    { class: "cover" },
    icon("camera", "icon huge"),
    start,
    h("p", { class: "fine" }, t("live.hint")),
    trouble,
  );
  const stop = h(
    "button",
    { type: "button", class: "round", hidden: true, title: t("live.stop"), onclick: () => watching?.abort() },
    icon("stop"),
    h("span", { class: "unseen" }, t("live.stop")),
  );
  const full = h(
    "button",
    {
      type: "button",
      class: "round",
      hidden: true,
      title: t("full.screen"),
      onclick: () => void panel.requestFullscreen?.(),
    },
    icon("full"),
    h("span", { class: "unseen" }, t("full.screen")),
  );
  const panel = h(
    "section",
    { class: "screen", "aria-label": t("live.picture") },
    video,
    cover,
    badge,
    h("div", { class: "screen-buttons" }, full, stop),
  );
  let watching;

  async function watch() {
    trouble.textContent = "";
    const { canWatch, watchLive } = await import("../live.js");
    if (!canWatch()) return void (trouble.textContent = t("live.cannot"));
    watching = new AbortController();
    const over = AbortSignal.any([watching.signal, signal]);
    cover.hidden = true;
    for (const part of [badge, stop, full]) part.hidden = false;
    try {
      await watchLive(video, over, (delay) => {
        badge.classList.add("on");
        badge.querySelector(".delay").textContent =
          delay === undefined ? "" : t("live.delay", { s: number(delay / 1000, 1, 1) });
      });
      if (!over.aborted) trouble.textContent = t("live.ended");
    } catch (error) {
      if (!over.aborted) trouble.textContent = error.code === "LIVE_REFUSED" ? t("live.refused") : t("live.ended");
    }
    badge.classList.remove("on");
    cover.hidden = false;
    for (const part of [badge, stop, full]) part.hidden = true;
  }
  // Nobody watches a page that is not looked at.
  document.addEventListener("visibilitychange", () => document.hidden && watching?.abort(), { signal });
  return panel;
}

function drawStanding(section) {
  const { status } = house;
  if (!status) return;
  const { camera, microphone, light, sharing, broker, clock, clips, config, recording } = status;
  const rows = [
    [
      "camera",
      recording.state === "recording" ? "hot" : mood(camera.state, ["on"], ["failed"]),
      recording.state === "recording" ? t("recording") : t(`camera.${camera.state}`),
      camera.detail,
      camera.remedy,
    ],
    [
      "microphone",
      microphone.state === "on" ? "hot" : mood(microphone.state, [], ["failed"]),
      t(`microphone.${microphone.state}`),
      microphone.state === "failed" ? microphone.detail : "",
      microphone.remedy,
    ],
    [
      "light",
      mood(light.state, ["on"], ["failed"]),
      t(`light.${light.state}`),
      light.state === "failed" ? light.detail : "",
    ],
    [
      "sharing",
      sharing.state === "paused" ? "warn" : mood(sharing.state, ["enabled"], ["closed"]),
      t(`sharing.${sharing.state}`),
      sharing.state === "closed" ? sharing.detail : "",
    ],
    [
      "broker",
      mood(broker.state, ["connected"], ["refused", "unreachable"]),
      t(`broker.${broker.state.replace(" ", ".")}`),
      broker.detail,
      broker.remedy,
    ],
    [
      "clock",
      clock.trusted ? "good" : "bad",
      clock.trusted ? t("clock.trusted") : t("clock.untrusted"),
      clock.trusted ? "" : clock.detail,
    ],
    ["space", "off", t("space", { n: clips.count, size: size(clips.bytes), free: size(clips.free) }), ""],
    [
      "config",
      config.faults.length ? "bad" : "good",
      config.faults.length ? t("config.faults", { n: config.faults.length }) : t("config.fine"),
      "",
    ],
  ];
  show(
    section,
    h("h2", { id: "standing" }, t("standing")),
    h(
      "dl",
      {},
      rows.map(([name, tone, text, detail, remedy]) =>
        h(
          "div",
          { class: `stand ${tone}` },
          h("dt", {}, icon(name), t(`part.${name}`)),
          h(
            "dd",
            {},
            h("span", { class: "value" }, text),
            detail && h("span", { class: "fine", lang: "en" }, detail),
            remedy && h("span", { class: "remedy", lang: "en" }, remedy),
          ),
        ),
      ),
    ),
  );
}

const mood = (state, good, bad) => (good.includes(state) ? "good" : bad.includes(state) ? "bad" : "off");

function drawAlarms(section) {
  const { alarms = [], config } = house.status ?? {};
  const faults = config?.faults ?? [];
  section.hidden = alarms.length + faults.length === 0;
  show(
    section,
    h("h2", {}, icon("alert"), t("alarms")),
    h(
      "ul",
      {},
      faults.map(({ line, path, found, expected, remedy }) =>
        h(
          "li",
          {},
          h("strong", {}, t("fault", { line: String(line ?? "?"), path })),
          ` ${t("fault.found", { found, expected })}`,
          remedy && h("span", { class: "remedy", lang: "en" }, remedy),
        ),
      ),
      alarms
        .toReversed()
        .slice(0, 6)
        .map(({ code, detail, at, remedy }) =>
          h(
            "li",
            { lang: "en" },
            h("strong", {}, code),
            ` ${detail} `,
            h("time", { datetime: at, class: "fine" }, dateTime(at)),
            remedy && h("span", { class: "remedy" }, remedy),
          ),
        ),
    ),
  );
}

function drawWaiting(box) {
  const n = house.status?.clips.waiting ?? 0;
  show(
    box,
    n > 0 &&
      h(
        "a",
        { class: "summons", href: "#/waiting" },
        icon("bell"),
        h("span", {}, h("strong", {}, t("waiting.count", { n })), h("span", {}, t("waiting.look"))),
        icon("next"),
      ),
  );
}
