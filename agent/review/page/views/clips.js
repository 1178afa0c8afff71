// Clips by day. However many there are, only what is near the eye is in the page: blocks of a known height, filled and emptied.
import { concerns, get, onNews, post, query } from "../agent.js";
import { clipCard } from "../clip-card.js";
import { ask } from "../dialog.js";
import { h, say, show, svg, toast } from "../dom.js";
import { icon } from "../icons.js";
import { dateTime, dayText, fromLocal, listText, number, t } from "../words.js";
import { remember } from "../neighbours.js";

const ROWS = 6;
const GAP = 16;
const TEXT_HEIGHT = 92;
const NEAR = "900px";

/** What is looked for; kept while the page is open. */
const filter = { trigger: "", zone: "", pinned: "" };

export async function view(main, { signal }) {
  const days = h("div", { class: "days" });
  const total = h("p", { class: "fine", role: "status" });
  const { config } = await get("/policy", signal).catch(() => ({}));
  const change =
    (name) =>
    ({ target }) => {
      filter[name] = target.value;
      void load();
    };
  show(
    main,
    h(
      "div",
      { class: "row" },
      h("h1", { tabindex: "-1" }, t("view.clips")),
      h("button", { type: "button", class: "quiet", onclick: () => void erase(load) }, icon("delete"), t("erase.span")),
    ),
    h(
      "form",
      { class: "filters", role: "search", "aria-label": t("filters"), onsubmit: (event) => event.preventDefault() },
      choice(
        t("filter.trigger"),
        [
          ["", t("filter.any")],
          ...["button", "pir", "motion", "owner"].map((name) => [name, t(`trigger.short.${name}`)]),
        ],
        filter.trigger,
        change("trigger"),
      ),
      config?.zones.length > 0 &&
        choice(
          t("filter.zone"),
          [["", t("filter.everywhere")], ...config.zones.map(({ name }) => [name, name])],
          filter.zone,
          change("zone"),
        ),
      choice(
        t("filter.pinned"),
        [
          ["", t("filter.all")],
          ["true", t("filter.pinned.only")],
        ],
        filter.pinned,
        change("pinned"),
      ),
      total,
    ),
    days,
  );

  const seen = new IntersectionObserver(
    (entries) => entries.forEach(({ target, isIntersecting }) => (isIntersecting ? target.fill() : target.clear())),
    { rootMargin: `${NEAR} 0px` },
  );
  const width = new ResizeObserver(() => layOut(false));
  signal.addEventListener("abort", () => (seen.disconnect(), width.disconnect()));
  let counts = [];
  let shape = "";
  let version = 0;

  async function load() {
    counts = (await get(`/days${query(filter)}`, signal)).days;
    version += 1;
    const n = counts.reduce((sum, { count }) => sum + count, 0);
    total.textContent = t("clips.count", { n });
    layOut(true);
  }

  function layOut(anew) {
    const columns = columnsIn(days.clientWidth);
    const card = (days.clientWidth - GAP * (columns - 1)) / columns;
    const height = Math.round((card * 9) / 16) + TEXT_HEIGHT;
    if (!anew && shape === `${columns} ${height}`) return;
    shape = `${columns} ${height}`;
    days.style.setProperty("--columns", String(columns));
    days.style.setProperty("--card", `${height}px`);
    seen.disconnect();
    const known = new Map(Array.from(days.querySelectorAll(".day"), (section) => [section.key, section]));
    const sections = counts.map((day) => {
      const key = `${shape} ${JSON.stringify(filter)} ${day.day} ${day.count}`;
      return known.get(key) ?? daySection(day, key, columns, height);
    });
    if (counts.length === 0)
      show(days, h("div", { class: "empty" }, icon("clips", "icon huge"), h("p", {}, t("clips.none"))));
    else show(days, sections);
    for (const body of days.querySelectorAll(".day-body")) seen.observe(body);
  }

  /** A heading and a space of the right height: its blocks are made when it comes near. */
  function daySection(day, key, columns, height) {
    const perBlock = columns * ROWS;
    const id = `day-${day.day}`;
    const body = h("div", {
      class: "day-body",
      style: { height: `${Math.ceil(day.count / columns) * (height + GAP) - GAP}px` },
    });
    body.fill = () => {
      if (!body.firstChild)
        for (let offset = 0; offset < day.count; offset += perBlock)
          body.append(block(day, offset, Math.min(perBlock, day.count - offset), columns, height));
      for (const node of body.children) seen.observe(node);
    };
    body.clear = () => {
      if (body.contains(document.activeElement)) return;
      for (const node of body.children) {
        seen.unobserve(node);
        node.clear();
      }
      body.replaceChildren();
    };
    const section = h(
      "section",
      { class: "day", "aria-labelledby": id },
      h(
        "header",
        {},
        h("h2", { id }, dayText((day.from + day.to) / 2)),
        h("span", { class: "fine" }, t("clips.count", { n: day.count })),
        hours(day),
      ),
      body,
    );
    section.key = key;
    return section;
  }

  function block(day, offset, count, columns, height) {
    const node = h("div", {
      class: "block",
      style: { height: `${Math.ceil(count / columns) * (height + GAP) - GAP}px` },
    });
    let abort;
    let filled = -1;
    node.fill = async () => {
      if (filled === version) return;
      filled = version;
      abort?.abort();
      abort = new AbortController();
      try {
        const { clips } = await get(
          `/clips${query({ ...filter, from: day.from, to: day.to, offset, limit: count })}`,
          AbortSignal.any([abort.signal, signal]),
        );
        remember(clips);
        show(
          node,
          clips.map((clip) => clipCard(clip, { day: true })),
        );
      } catch (error) {
        filled = -1;
        if (error.name !== "AbortError") throw error;
      }
    };
    node.clear = () => {
      abort?.abort();
      if (node.contains(document.activeElement)) return;
      filled = -1;
      node.replaceChildren();
    };
    return node;
  }

  days.addEventListener("keydown", (event) => step(event, days));
  signal.addEventListener(
    "abort",
    onNews((kinds) => {
      if (concerns(kinds, "clip.", "decision", "answer", "delivery", "disclosure", "ask.expired")) void load();
    }),
  );
  width.observe(days);
  await load();
}

/** On the narrowest phones half the width is too little for whom a clip went to. */
const columnsIn = (width) => (width < 320 ? 1 : width < 620 ? 2 : Math.max(2, Math.floor((width + GAP) / (230 + GAP))));

const choice = (label, options, value, onchange) =>
  h(
    "label",
    { class: "choice" },
    h("span", {}, label),
    h(
      "select",
      { onchange },
      options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)),
    ),
  );

/** When in the day something was recorded, at a glance. */
function hours({ hours }) {
  const most = Math.max(...hours, 1);
  return svg(
    "svg",
    {
      class: "hours",
      viewBox: "0 0 240 28",
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": t("clips.hours", {
        hours: hours.flatMap((n, hour) => (n ? [`${hour} h: ${number(n)}`] : [])).join(", "),
      }),
    },
    svg("path", { class: "still", d: hours.map((n, hour) => (n ? "" : `M${hour * 10 + 1} 24h8v2h-8z`)).join("") }),
    svg("path", {
      class: "busy",
      d: hours.map((n, hour) => (n ? `M${hour * 10 + 1} 26h8v${-6 - (n / most) * 20}h-8z` : "")).join(""),
    }),
  );
}

/** Arrow keys go from card to card. */
function step(event, days) {
  const card = event.target.closest?.(".card");
  const columns = Number(days.style.getPropertyValue("--columns"));
  const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, j: 1, k: -1 }[event.key];
  if (!card || !by || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = Array.from(days.querySelectorAll(".card"));
  const next = all[all.indexOf(card) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

async function erase(onDone) {
  const from = h("input", { type: "datetime-local", id: "erase-from", required: true });
  const to = h("input", { type: "datetime-local", id: "erase-to", required: true });
  const order = () => to.setCustomValidity(from.value && to.value && from.value >= to.value ? t("erase.order") : "");
  for (const field of [from, to]) field.addEventListener("input", order);
  const body = h(
    "div",
    { class: "fields" },
    h("label", { for: "erase-from" }, t("erase.from")),
    from,
    h("label", { for: "erase-to" }, t("erase.to")),
    to,
    h("p", { class: "fine" }, t("erase.zone")),
  );
  if (
    !(await ask({ title: t("erase.span"), text: t("erase.text"), yes: t("erase.yes"), danger: true, body })) ||
    !from.value ||
    !to.value
  )
    return;
  const span = { from: fromLocal(from.value), to: fromLocal(to.value) };
  const sure = await ask({
    title: t("erase.sure"),
    text: t("erase.between", { from: dateTime(span.from), to: dateTime(span.to) }),
    yes: t("erase.yes"),
    danger: true,
  });
  if (!sure) return;
  const { removed, received, recording, doubtful } = await post("/erase", span);
  const text = t("erase.done", { n: removed.length });
  const names = [...new Set(Object.values(received).flat())];
  toast(
    [
      text,
      names.length && t("erase.received", { names: listText(names) }),
      recording.length && t("erase.recording"),
      doubtful.length && t("erase.doubtful", { n: doubtful.length }),
    ]
      .filter(Boolean)
      .join(" "),
  );
  say(text);
  await onDone();
}
