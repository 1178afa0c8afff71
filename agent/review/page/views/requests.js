// What third parties ask for. A request is a letter, not a key: whatever it says, nothing is sent from here.
import { concerns, get, onNews, post, query } from "../agent.js";
import { clipCard } from "../clip-card.js";
import { ask } from "../dialog.js";
import { h, show, toast } from "../dom.js";
import { house } from "../house.js";
import { icon } from "../icons.js";
import { dateTime, fromLocal, t } from "../words.js";

const KINDS = ["disclosure", "access", "erasure", "objection"];
/** A clip may have begun so long before the time asked about, and still show some of it. */
const LONGEST_CLIP_MS = 600_000;
const CLIPS_SHOWN = 12;

export async function view(main, { signal }) {
  const list = h("div", { class: "letters" });
  const muted = h("input", { type: "checkbox", onchange: () => void load() });
  show(
    main,
    h(
      "div",
      { class: "row" },
      h("h1", { tabindex: "-1" }, t("view.requests")),
      h("button", { type: "button", class: "quiet", onclick: () => void add(load) }, t("request.add")),
    ),
    h("p", { class: "lead" }, t("requests.lead")),
    list,
    h("label", { class: "check" }, muted, t("requests.muted")),
  );
  async function load() {
    const { requests } = await get("/requests", signal);
    house.requests = requests.filter(({ state }) => state === "open").length;
    const heard = new Set(requests.map(({ id }) => id));
    const shown = muted.checked ? (await get("/requests?muted=true", signal)).requests : requests;
    const during = await Promise.all(shown.map((one) => clipsOf(one, signal)));
    show(
      list,
      shown.length
        ? shown.map((one, n) => letter({ ...one, muted: !heard.has(one.id) }, during[n], load))
        : h("div", { class: "empty" }, icon("requests", "icon huge"), h("p", {}, t("requests.none"))),
    );
  }
  signal.addEventListener(
    "abort",
    onNews((kinds) => concerns(kinds, "request", "request.") && void load()),
  );
  await load();
}

/** The clips of the time that an open request asks about, newest first. */
async function clipsOf({ span, state }, signal) {
  if (!span || state !== "open") return [];
  const from = Math.max(0, span.from - LONGEST_CLIP_MS);
  const { clips } = await get(`/clips${query({ from, to: span.to, limit: CLIPS_SHOWN })}`, signal);
  return clips.filter(({ startedAt, durationMs }) => startedAt + durationMs > span.from);
}

function letter(one, clips, onChange) {
  const {
    id,
    from,
    kind,
    why,
    contact,
    legalBasis,
    span,
    emergency,
    receivedAt,
    dueAt,
    state,
    answer,
    given,
    source,
    suspicious,
    muted,
  } = one;
  const close = async (how) => {
    const words = h("textarea", { id: "words", rows: "3", maxlength: "800" });
    const sure = await ask({
      title: t(`request.${how}.title`, { name: from }),
      text: t(`request.${how}.text`),
      yes: t(`request.${how}`),
      body: h("div", { class: "fields" }, h("label", { for: "words" }, t("request.words")), words),
    });
    if (!sure) return;
    await post(`/requests/${id}/answer`, { state: how, answer: words.value });
    await onChange();
  };
  const mute = async () => {
    if (
      !(await ask({
        title: t("request.mute.title", { name: from }),
        text: t("request.mute.text"),
        yes: t("request.mute"),
      }))
    )
      return;
    await post("/requests/mute", { from, muted: true });
    toast(t("request.muted", { name: from }), { text: t("undo"), run: unmute });
    await onChange();
  };
  const unmute = async () => {
    await post("/requests/mute", { from, muted: false });
    await onChange();
  };
  const facts = [
    span && [t("request.span"), `${dateTime(span.from)} – ${dateTime(span.to)}`],
    legalBasis && [t("request.basis"), legalBasis],
    contact && [t("request.contact"), contact],
    dueAt && state === "open" && [t("request.due"), dateTime(dueAt)],
    answer && [t("request.words"), answer],
    given.length > 0 && [t("request.given"), given.map(({ to }) => to).join(", ")],
  ].filter(Boolean);
  return h(
    "article",
    { class: `letter ${state}` },
    h(
      "header",
      {},
      h("h2", {}, from),
      h("span", { class: "mark off" }, t(`request.kind.${kind}`)),
      h("span", { class: `mark ${state === "open" ? "warn" : "off"}` }, t(`request.state.${state}`)),
      muted && h("span", { class: "mark off" }, t("request.state.muted")),
    ),
    h(
      "p",
      { class: "fine" },
      t(`request.source.${source}`),
      ", ",
      h("time", { datetime: new Date(receivedAt).toISOString() }, dateTime(receivedAt)),
    ),
    suspicious && h("p", { class: "note bad" }, t("request.suspicious")),
    why && h("blockquote", {}, why),
    emergency && h("p", { class: "note" }, t("request.emergency")),
    facts.length > 0 &&
      h(
        "dl",
        { class: "facts" },
        facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
      ),
    clips.length > 0 && [
      h("h3", {}, t("request.clips")),
      h("p", { class: "fine" }, t("request.clips.how")),
      h(
        "div",
        { class: "cards" },
        clips.map((clip) => clipCard(clip)),
      ),
    ],
    span && state === "open" && clips.length === 0 && h("p", { class: "fine" }, t("request.clips.none")),
    (state === "open" || muted) &&
      h(
        "div",
        { class: "actions" },
        state === "open" && [
          button("check", t("request.answered"), () => close("answered")),
          button("cross", t("request.refused"), () => close("refused")),
        ],
        source === "mqtt" &&
          (muted ? button("sound", t("request.unmute"), unmute) : button("mute", t("request.mute"), mute)),
      ),
  );
}

const button = (sign, text, run) =>
  h("button", { type: "button", class: "quiet", onclick: () => void run() }, icon(sign), text);

async function add(onDone) {
  const field = (name, extra = {}) => h("input", { id: `new-${name}`, maxlength: "200", ...extra });
  const kind = h(
    "select",
    { id: "new-kind" },
    KINDS.map((name) => h("option", { value: name }, t(`request.kind.${name}`))),
  );
  const from = field("from", { maxlength: "80", required: true });
  const why = h("textarea", { id: "new-why", rows: "3", maxlength: "800" });
  const contact = field("contact");
  const basis = field("basis");
  const begin = field("begin", { type: "datetime-local" });
  const end = field("end", { type: "datetime-local" });
  const due = field("due", { type: "datetime-local" });
  const label = (name, node) => [h("label", { for: node.id }, t(name)), node];
  const body = h(
    "div",
    { class: "fields" },
    label("request.who", from),
    label("request.what", kind),
    label("request.why", why),
    label("request.contact", contact),
    label("request.basis", basis),
    label("request.begin", begin),
    label("request.end", end),
    label("request.due", due),
  );
  if (!(await ask({ title: t("request.add"), yes: t("request.keep"), body })) || from.value.trim() === "") return;
  await post("/requests", {
    kind: kind.value,
    from: from.value,
    why: why.value,
    contact: contact.value,
    legal_basis: basis.value,
    ...(begin.value && end.value && { span: { from: fromLocal(begin.value), to: fromLocal(end.value) } }),
    ...(due.value && { due: fromLocal(due.value) }),
  });
  await onDone();
}
