// The ledger: everything that happened, newest first; verified, reported, exported.
import { get, onNews, query } from "../agent.js";
import { h, show } from "../dom.js";
import { icon } from "../icons.js";
import { clockSeconds, dayText, has, listText, localDay, number, size, span, t } from "../words.js";

const PAGE = 60;
/** Entries of one kind are looked for in windows of so many. */
const WINDOW = 1000;
/** News that is in no ledger, and what this page itself causes. */
const UNWRITTEN = ["status", "line", "clip.pinned", "clip.pictures", "viewing"];
const KINDS = [
  "clip.ready",
  "clip.deleted",
  "decision",
  "answer",
  "disclosure",
  "delivery",
  "viewing",
  "signin",
  "request",
  "request.muted",
  "export",
  "policy.changed",
  "policy.invalid",
  "sharing.paused",
  "sharing.resumed",
  "camera.opened",
  "camera.closed",
  "alarm",
];

export async function view(main, { signal }) {
  const list = h("ol", { class: "entries" });
  const older = h("button", { type: "button", class: "quiet", onclick: () => void more() }, t("ledger.older"));
  const verdict = h("div", { class: "verdict", role: "status" });
  const fresh = h(
    "button",
    { type: "button", class: "fresh", hidden: true, onclick: () => void restart() },
    t("ledger.fresh"),
  );
  let type = "";
  let next;
  let day;

  show(
    main,
    h("h1", { tabindex: "-1" }, t("view.ledger")),
    h("p", { class: "lead" }, t("ledger.lead")),
    h(
      "div",
      { class: "actions" },
      h(
        "button",
        { type: "button", class: "primary", onclick: (event) => void verify(event.currentTarget, verdict) },
        icon("policy"),
        t("ledger.verify"),
      ),
      h(
        "button",
        { type: "button", class: "quiet", onclick: () => void report(verdict) },
        icon("ledger"),
        t("ledger.report"),
      ),
      h(
        "a",
        { class: "button quiet", href: "/api/ledger/export", download: "doorstep-ledger.jsonl" },
        icon("download"),
        t("ledger.export"),
      ),
    ),
    verdict,
    h(
      "form",
      { class: "filters", onsubmit: (event) => event.preventDefault() },
      h(
        "label",
        { class: "choice" },
        h("span", {}, t("ledger.kind")),
        h(
          "select",
          { onchange: ({ target }) => ((type = target.value), void restart()) },
          h("option", { value: "" }, t("filter.all")),
          KINDS.map((kind) => h("option", { value: kind }, t(`kind.${kind}`))),
        ),
      ),
    ),
    fresh,
    list,
    h("div", { class: "actions center" }, older),
  );

  async function restart() {
    next = undefined;
    day = undefined;
    fresh.hidden = true;
    list.replaceChildren();
    await more();
  }

  async function more() {
    older.disabled = true;
    const wide = type ? WINDOW : PAGE;
    let found = [];
    next ??= (await get("/ledger/list?limit=1", signal)).json.size;
    while (next > 0 && found.length < PAGE / 2) {
      const after = Math.max(-1, next - wide - 1);
      const { json } = await get(`/ledger/list${query({ after, limit: next - 1 - after, type })}`, signal);
      found = [...json.entries.filter(({ sequence }) => sequence < next), ...found];
      next = after + 1;
    }
    for (const entry of found.toReversed()) {
      if (localDay(entry.at) !== day) {
        day = localDay(entry.at);
        list.append(h("li", { class: "entry-day" }, h("h2", {}, dayText(entry.at))));
      }
      list.append(row(entry));
    }
    if (!list.children.length) list.append(h("li", { class: "fine" }, t("ledger.none")));
    older.disabled = false;
    older.hidden = next <= 0;
  }

  signal.addEventListener(
    "abort",
    onNews((kinds) => {
      if ([...kinds].some((kind) => !UNWRITTEN.includes(kind))) fresh.hidden = false;
    }),
  );
  await more();
}

function row({ sequence, at, type, ref, details }) {
  const clip = type.startsWith("clip.") || ["decision", "answer", "viewing"].includes(type) ? ref : details?.clip;
  return h(
    "li",
    { class: `entry ${type.split(".")[0]}` },
    h("time", { datetime: at }, clockSeconds(at)),
    h(
      "details",
      {},
      h("summary", {}, h("span", {}, sentence(type, details))),
      h(
        "dl",
        { class: "facts" },
        [
          ["№", number(sequence)],
          [t("ledger.type"), h("code", {}, type)],
          ref && [
            t("ledger.about"),
            clip && clip.length === 26 ? h("a", { href: `#/clips/${clip}` }, ref) : h("code", {}, ref),
          ],
        ]
          .filter(Boolean)
          .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
      ),
      details && h("pre", { lang: "en" }, JSON.stringify(details, null, 2)),
    ),
  );
}

/** One sentence of an entry; what has no sentence of its own shows its kind. */
function sentence(type, details) {
  if (details === null) return t("entry.erased", { kind: t(`kind.${type}`) });
  const key = [
    `entry.${type}.${details.effect ?? details.answer ?? details.state ?? details.what ?? details.outcome ?? details.kind ?? ""}`,
    `entry.${type}`,
  ].find(has);
  if (!key) return has(`kind.${type}`) ? t(`kind.${type}`) : type;
  return t(key, {
    ...details,
    name: details.recipient ?? details.from ?? details.by ?? "",
    span: details.duration_s === undefined ? "" : span(details.duration_s * 1000),
    size:
      details.bytes === undefined && details.sent_bytes === undefined ? "" : size(details.bytes ?? details.sent_bytes),
    why: has(`why.${details.why}`) ? t(`why.${details.why}`) : (details.why ?? ""),
    triggers: details.triggers?.length ? listText(details.triggers.map((name) => t(`trigger.short.${name}`))) : "",
    via: has(`via.${details.via}`) ? t(`via.${details.via}`) : (details.via ?? ""),
    n: details.faults?.length ?? details.count,
  });
}

async function verify(button, verdict) {
  button.disabled = true;
  verdict.className = "verdict busy";
  show(verdict, h("p", {}, t("ledger.verifying")));
  try {
    const { json, exitCode } = await get("/ledger/verify");
    const ok = exitCode === 0;
    verdict.className = `verdict ${ok ? "good" : "bad"}`;
    show(
      verdict,
      h("p", {}, icon(ok ? "check" : "alert"), h("strong", {}, ok ? t("ledger.ok") : t("ledger.not.ok"))),
      ok
        ? h(
            "p",
            { class: "fine" },
            t("ledger.ok.detail", {
              entries: json.entries,
              disclosures: json.disclosures,
              receipts: json.receipts,
              erased: json.erased,
            }),
            h("br"),
            h("code", {}, `${json.head.size} ${json.head.root}`),
          )
        : h(
            "ul",
            { lang: "en" },
            json.faults.map(({ text }) => h("li", {}, text)),
          ),
      h(
        "button",
        { type: "button", class: "plain", onclick: () => (show(verdict), (verdict.className = "verdict")) },
        t("close"),
      ),
    );
  } finally {
    button.disabled = false;
  }
}

async function report(verdict) {
  const { text } = await get("/ledger/report");
  verdict.className = "verdict";
  show(
    verdict,
    h("pre", { class: "report", lang: "en", tabindex: "0", "aria-label": t("ledger.report") }, text),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "quiet", onclick: () => print() }, t("print")),
      h("button", { type: "button", class: "plain", onclick: () => show(verdict) }, t("close")),
    ),
  );
}
