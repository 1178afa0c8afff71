// One clip: played, answered for, kept or erased; where it went, and what the receipts say.
import { concerns, get, latest, onNews, post, remove } from "../agent.js";
import { isHandedOver, triggerText, zonesText } from "../clip-words.js";
import { ask } from "../dialog.js";
import { h, show, toast } from "../dom.js";
import { icon } from "../icons.js";
import { handOver } from "../hand-over.js";
import { forget, neighbours } from "../neighbours.js";
import { player } from "../player.js";
import { sharePanels } from "../sharing.js";
import { clockSeconds, dateTime, longDay, size, span, t } from "../words.js";

export async function view(main, { argument: id, signal }) {
  let clip = await get(`/clips/${id}/details`, signal);
  if (clip.state === "deleted") {
    show(main, h("h1", { tabindex: "-1" }, t("clip.deleted")), h("p", {}, h("a", { href: "#/clips" }, t("all.clips"))));
    return;
  }
  const film = player(clip, clip.causes);
  const places = [];
  const tools = h("div", { class: "actions" });
  const facts = h("dl", { class: "facts" });
  const shares = h("section", { class: "shares", "aria-labelledby": "shares" });
  const sent = h("section", {});
  const { older, newer } = neighbours(id);
  const turn = (to, name, label) =>
    to &&
    h("a", { class: "round", href: `#/clips/${to}`, title: label }, icon(name), h("span", { class: "unseen" }, label));
  show(
    main,
    h(
      "div",
      { class: "row" },
      h("a", { class: "back", href: "#/clips" }, icon("back"), t("all.clips")),
      h("span", { class: "turns" }, turn(newer, "back", t("clip.newer")), turn(older, "next", t("clip.older"))),
    ),
    h("h1", { tabindex: "-1" }, `${longDay(clip.startedAt)}, ${clockSeconds(clip.startedAt)}`),
    h("p", { class: "lead" }, [triggerText(clip), zonesText(clip)].filter(Boolean).join(" · ")),
    h("div", { class: "clip" }, h("div", {}, film, tools, facts), h("div", {}, shares, sent)),
    h("p", { class: "fine keys" }, t("clip.keys")),
  );

  const again = latest(() => get(`/clips/${id}/details`, signal));
  async function reload() {
    const fresh = await again();
    if (!fresh) return;
    clip = fresh;
    film.update(clip, clip.causes);
    draw();
  }

  async function pin() {
    await post(`/clips/${id}/pin`, { pinned: !clip.pinned });
    await reload();
    toast(t(clip.pinned ? (clip.objected ? "pin.objected" : "pin.done") : "unpin.done"));
  }

  async function erase() {
    const gone = clip.shares
      .filter(({ state }) => ["accepted", "confirmed", "unconfirmed"].includes(state))
      .map(({ recipient }) => recipient);
    const sure = await ask({
      title: t("delete.title"),
      text: gone.length ? t("delete.text.sent", { names: gone.join(", ") }) : t("delete.text"),
      yes: t("delete"),
      danger: true,
    });
    if (!sure) return;
    await remove(`/clips/${id}`);
    forget(id);
    toast(t("delete.done"));
    location.hash = "#/clips";
  }

  let drawn = "";
  function draw() {
    // What somebody has opened or is about to press stays as it is unless something has changed.
    const state = JSON.stringify(clip);
    if (state === drawn) return;
    drawn = state;
    const open = new Set(Array.from(sent.querySelectorAll("details[open]"), ({ id }) => id));
    show(
      tools,
      h(
        "button",
        { type: "button", class: "quiet", "aria-pressed": String(clip.pinned), onclick: pin },
        icon("pin"),
        clip.pinned ? t("unpin") : t("pin"),
      ),
      clip.state !== "recording" &&
        h(
          "a",
          { class: "button quiet", href: `/api/clips/${id}/download`, download: `${id}.mp4` },
          icon("download"),
          t("download"),
        ),
      clip.state === "ready" &&
        h(
          "button",
          { type: "button", class: "quiet", onclick: () => void handOver(clip).then(reload) },
          icon("lock"),
          t("hand.over"),
        ),
      h("button", { type: "button", class: "quiet bad", onclick: erase }, icon("delete"), t("delete")),
    );
    const rows = [
      [t("fact.length"), t("fact.length.value", { span: span(clip.durationMs), before: span(clip.preRollMs) })],
      [t("fact.picture"), `${clip.width}×${clip.height}, ${size(clip.bytes)}`],
      [t("fact.sound"), clip.hasAudio ? t("fact.sound.yes") : t("fact.sound.no")],
      !clip.clockTrusted && [t("part.clock"), t("clock.doubt")],
      clip.objected && [t("fact.objection"), t("fact.objection.value")],
      clip.state === "quarantined" && [t("fact.state"), `${t("quarantined.why")} ${clip.reason ?? ""}`],
      ["SHA-256", h("code", {}, clip.sha256)],
      [t("fact.id"), h("code", {}, clip.id)],
    ];
    show(
      facts,
      rows.filter(Boolean).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
    );
    show(
      shares,
      h("h2", { id: "shares" }, t("shares")),
      clip.shares.length
        ? sharePanels(clip, (begins) => (begins ? undefined : reload()), places)
        : h("p", { class: "fine" }, t("shares.none")),
    );
    show(sent, clip.disclosures.length > 0 && [h("h2", {}, t("receipts")), clip.disclosures.map(receipt)]);
    for (const details of sent.querySelectorAll("details")) details.open = open.has(details.id);
  }

  document.addEventListener(
    "keydown",
    (event) => {
      if (
        event.target.matches("input, select, textarea, video") ||
        document.querySelector("dialog[open]") ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey
      )
        return;
      const { key } = event;
      const run = {
        " ": () => film.toggle(),
        p: () => void pin(),
        Delete: () => void erase(),
        ArrowLeft: () => newer && (location.hash = `#/clips/${newer}`),
        ArrowRight: () => older && (location.hash = `#/clips/${older}`),
        Escape: () => (location.hash = "#/clips"),
      }[key];
      if (!run || (key === " " && event.target.matches("button, a, summary"))) return;
      event.preventDefault();
      run();
    },
    { signal },
  );
  signal.addEventListener(
    "abort",
    onNews(
      (kinds) =>
        concerns(kinds, "answer", "delivery", "disclosure", "decision", "clip.", "policy.changed") && void reload(),
    ),
  );
  draw();
}

function receipt(disclosure) {
  const { id, recipient, kind, state, committed, notAfter, receipt: claims } = disclosure;
  const stands = isHandedOver(disclosure) ? "handed" : state;
  const how = claims && t(`how.${claims.owner_authorisation.how}`);
  const rows = claims && [
    [
      t("receipt.sent"),
      t(`receipt.${kind}`, {
        size: size(claims.sent.bytes),
        sound: claims.sent.audio ? t("receipt.sound") : t("receipt.silent"),
      }),
    ],
    [t("receipt.lock"), claims.sent.encrypted ? t("receipt.encrypted", { name: recipient }) : t("offer.plain")],
    [t("receipt.by"), `${how}, ${dateTime(claims.owner_authorisation.at)}`],
    [t("receipt.until"), dateTime(notAfter)],
    [t("receipt.number"), t("receipt.number.value", { n: claims.log.index + 1, name: recipient })],
    ["SHA-256", h("code", {}, claims.sent.sha256)],
  ];
  return h(
    "details",
    { class: "receipt", id: `receipt-${id}` },
    h(
      "summary",
      {},
      h(
        "span",
        {},
        h("strong", {}, recipient),
        ` · ${t(`kind.${kind}`)} · ${t(`disclosure.${stands}`)} · `,
        h("time", { datetime: committed }, dateTime(committed)),
      ),
    ),
    rows
      ? h(
          "dl",
          { class: "facts" },
          rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
        )
      : h("p", { class: "fine" }, t("receipt.erased")),
    claims && h("p", { class: "fine" }, t("receipt.not.consent")),
    h("p", { class: "fine" }, h("code", {}, id)),
  );
}
