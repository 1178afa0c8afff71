// The policy as the agent understands it, in words. It is changed in the file, by whoever may edit that: the page never widens.
import { concerns, get, onNews } from "../agent.js";
import { h, show } from "../dom.js";
import { icon } from "../icons.js";
import { eitherText, listText, size, span, t } from "../words.js";

export async function view(main, { signal }) {
  const body = h("div", { class: "policy-view" });
  show(main, h("h1", { tabindex: "-1" }, t("view.policy")), body);
  const load = async () => draw(body, await get("/policy", signal));
  signal.addEventListener(
    "abort",
    onNews((kinds) => concerns(kinds, "policy.changed", "policy.invalid", "sharing.") && void load()),
  );
  await load();
}

function draw(body, { file, digest, text, config, faults, pendingWidening }) {
  const marked = new Map(faults.filter(({ line }) => line !== undefined).map((fault) => [fault.line, fault]));
  show(
    body,
    h("p", { class: "lead" }, t("policy.lead"), " ", h("code", {}, file)),
    faults.length > 0 &&
      h(
        "section",
        { class: "alarms" },
        h("h2", {}, icon("alert"), t("config.faults", { n: faults.length })),
        h("p", {}, t("policy.invalid")),
        h(
          "ul",
          {},
          faults.map((fault) =>
            h(
              "li",
              {},
              h("strong", {}, t("fault", { line: String(fault.line ?? "?"), path: fault.path })),
              " ",
              t("fault.found", fault),
              fault.hint && ` (${fault.hint})`,
            ),
          ),
        ),
      ),
    pendingWidening.length > 0 && h("p", { class: "note" }, t("policy.pending", { what: pendingWidening.join(", ") })),
    config ? understood(config) : h("p", { class: "note bad" }, t("policy.none")),
    text !== "" &&
      h(
        "section",
        {},
        h("h2", {}, t("policy.file")),
        h(
          "ol",
          { class: "source", tabindex: "0", "aria-label": t("policy.file"), lang: "en" },
          text
            .replace(/\n$/, "")
            .split("\n")
            .map((line, n) =>
              h(
                "li",
                {
                  class: marked.has(n + 1) ? "bad" : /^\s*(#|$)/.test(line) ? "quiet" : "",
                  title: marked.has(n + 1) ? marked.get(n + 1).expected : undefined,
                },
                h("code", {}, line || " "),
              ),
            ),
        ),
      ),
    digest && h("p", { class: "fine" }, t("policy.digest"), " ", h("code", {}, digest)),
  );
}

function understood(config) {
  const {
    sharing,
    recipients,
    camera,
    trigger,
    audio,
    masks,
    property,
    zones,
    retention,
    approvals,
    requests,
    review,
    mqtt,
    lines,
  } = config;
  const place = (path) => (lines[path] === undefined ? "" : t("reason.line", { line: String(lines[path]), path }));
  const starters = ["pir", "button"].filter((name) => trigger[name]).concat(trigger.video ? ["motion"] : []);
  const days = (ms) =>
    ms % 86_400_000 === 0
      ? t("days", { n: ms / 86_400_000 })
      : ms % 3_600_000 === 0
        ? t("hours", { n: ms / 3_600_000 })
        : span(ms);
  const rows = [
    [
      t("part.camera"),
      `${t(`policy.mode.${camera.mode}`)}; ${camera.width}×${camera.height}, ${t("policy.fps", { n: camera.fps })}`,
    ],
    [
      t("policy.records"),
      starters.length
        ? t("policy.records.value", {
            starters: eitherText(starters.map((name) => t(`trigger.short.${name}`))),
            before: span(camera.mode === "ready" ? camera.preRollMs : 0),
            after: span(camera.postRollMs),
            most: span(camera.maxClipMs),
          })
        : t("policy.records.never"),
    ],
    [t("part.microphone"), audio.record ? t("policy.audio.yes") : t("policy.audio.no")],
    [
      t("policy.hidden"),
      [
        masks.length ? listText(masks.map(({ name }) => name)) : t("policy.nothing"),
        property.length && t("policy.outside", { names: listText(property.map(({ name }) => name)) }),
      ]
        .filter(Boolean)
        .join("; "),
    ],
    [t("policy.zones"), zones.length ? listText(zones.map(({ name }) => name)) : t("policy.nothing")],
    [
      t("part.light"),
      trigger.light === "none" ? t("policy.no.light") : t("policy.light", { gpio: String(trigger.light.gpio) }),
    ],
    [
      t("policy.keeps"),
      t("policy.keeps.value", {
        keep: days(retention.keepMs),
        unshared: days(Math.min(retention.keepMs, retention.keepUnsharedMs)),
        objected: days(Math.min(retention.keepMs, retention.keepObjectedMs)),
        size: size(retention.maxBytes),
        ledger: days(retention.ledgerMs),
      }),
    ],
    [
      t("policy.approvals"),
      approvals.channels.length
        ? t("policy.approvals.value", {
            channels: eitherText(approvals.channels.map((name) => t(`how.short.${name}`))),
            span: days(approvals.askExpiresMs),
          })
        : t("policy.approvals.none"),
    ],
    [t("view.requests"), requests.accept ? t("policy.requests.yes") : t("policy.requests.no")],
    [t("policy.page"), review.lan ? t("policy.page.lan") : t("policy.page.here")],
    mqtt && [t("part.broker"), mqtt.url],
  ].filter(Boolean);
  return [
    h(
      "section",
      { class: `banner ${sharing.enabled ? "good" : "off"}` },
      icon("sharing"),
      h(
        "p",
        {},
        h("strong", {}, sharing.enabled ? t("policy.sharing.on", { n: recipients.length }) : t("policy.sharing.off")),
        h("span", { class: "fine" }, place("sharing.enabled")),
      ),
    ),
    recipients.length > 0 &&
      h(
        "section",
        { class: "people", "aria-labelledby": "people" },
        h("h2", { id: "people" }, t("policy.people")),
        recipients.map((one) => person(one, config)),
      ),
    h(
      "section",
      {},
      h("h2", {}, t("policy.device", { name: config.device.name })),
      h(
        "dl",
        { class: "facts wide" },
        rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
      ),
    ),
  ];
}

function person(one, config) {
  const {
    name,
    clips,
    stills,
    previews,
    events,
    audio,
    toldOfAsks,
    toldOfState,
    homeAssistant,
    encryption,
    triggers,
    zones,
    hours,
    until,
    maxPerDay,
  } = one;
  const line = (key) => {
    const at = config.lines[`recipient.${name}.${key}`];
    return at === undefined
      ? null
      : h("span", { class: "line-number", title: t("reason.line", { line: String(at), path: key }) }, String(at));
  };
  const minute = (n) => `${String(Math.floor(n / 60)).padStart(2, "0")}:${String(n % 60).padStart(2, "0")}`;
  const sound = audio && config.audio.record;
  const grant = (what, how, key) =>
    h(
      "li",
      { class: how === "never" ? "no" : how === "ask" ? "ask" : "yes" },
      icon(how === "never" ? "cross" : how === "ask" ? "bell" : "check"),
      h("span", {}, t(`grant.${what}.${how}`)),
      line(key),
    );
  const limits = [
    [
      "triggers",
      triggers === "all"
        ? t("limit.triggers.all")
        : t("limit.triggers", { names: eitherText(triggers.map((trigger) => t(`trigger.short.${trigger}`))) }),
    ],
    ["zones", zones === "all" ? t("limit.zones.all") : t("limit.zones", { names: eitherText(zones) })],
    [
      "hours",
      hours === "always"
        ? t("limit.hours.always")
        : t("limit.hours", { from: minute(hours.from), to: minute(hours.to) }),
    ],
    ["until", until === "forever" ? t("limit.until.forever") : t("limit.until", { day: until })],
    ["max_per_day", maxPerDay === "unlimited" ? t("limit.day.unlimited") : t("limit.day", { n: maxPerDay })],
  ];
  return h(
    "article",
    { class: "person" },
    h("h3", {}, name),
    h(
      "ul",
      { class: "grants" },
      grant("clips", clips, "clips"),
      grant("stills", stills, "stills"),
      grant("previews", previews, "previews"),
      grant("events", events, "events"),
      h(
        "li",
        { class: sound ? "yes" : "no" },
        icon(sound ? "sound" : "mute"),
        h("span", {}, sound ? t("offer.sound") : t("grant.audio.never")),
        line("audio"),
      ),
      h(
        "li",
        { class: encryption.kind === "plain" ? "ask" : "yes" },
        icon(encryption.kind === "plain" ? "open" : "lock"),
        h(
          "span",
          {},
          encryption.kind === "plain" ? t("offer.plain") : t("offer.encrypted", { name, n: encryption.keys.length }),
        ),
        line(encryption.kind === "plain" ? "plain" : "key"),
      ),
      toldOfAsks && grant("told", "auto", "told_of_asks"),
      toldOfState && grant("state", "auto", "told_of_state"),
      homeAssistant && grant("ha", "auto", "home_assistant"),
    ),
    h(
      "ul",
      { class: "limits" },
      limits.map(([key, text]) => h("li", {}, h("span", {}, text), line(key))),
    ),
  );
}
