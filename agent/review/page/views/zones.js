// Drawing zones and masks on what the camera sees. The result is TOML to be put into the file: nothing is changed from here.
import { get } from "../agent.js";
import { h, say, show, svg, toast } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../words.js";

const STEP = 0.01;

export async function view(main, { signal }) {
  const { config } = await get("/policy", signal);
  const existing = [
    ...(config?.zones ?? []).map((area) => ({ ...area, kind: "zone" })),
    ...(config?.masks ?? []).map((area) => ({ ...area, kind: "mask" })),
    ...(config?.property ?? []).map((area) => ({ ...area, kind: "property" })),
  ];
  const { width = 16, height = 9 } = config?.camera ?? {};
  const areas = existing.map(({ kind, name, polygon }) => ({
    kind,
    name,
    points: polygon.map(([x, y]) => ({ x, y })),
  }));
  let chosen = areas.length ? 0 : -1;

  const drawing = svg("svg", {
    class: "drawing",
    viewBox: "0 0 1 1",
    preserveAspectRatio: "none",
    role: "group",
    "aria-label": t("zones.drawing"),
  });
  const trouble = h("p", { class: "fine", role: "status" });
  const picture = h("img", {
    alt: t("zones.picture"),
    src: "/api/scene",
    onerror: () => (trouble.textContent = t("zones.no.picture")),
  });
  const canvas = h("div", { class: "canvas", style: { "aspect-ratio": `${width} / ${height}` } }, picture, drawing);
  const list = h("div", { class: "areas" });
  const toml = h("textarea", { class: "toml", readonly: true, rows: "10", "aria-label": "TOML", spellcheck: "false" });

  show(
    main,
    h("h1", { tabindex: "-1" }, t("view.zones")),
    h("p", { class: "lead" }, t("zones.lead")),
    h(
      "div",
      { class: "zones" },
      h(
        "div",
        {},
        canvas,
        trouble,
        h("p", { class: "fine" }, t("zones.how")),
        h(
          "div",
          { class: "actions" },
          h(
            "button",
            { type: "button", class: "quiet", onclick: () => (picture.src = `/api/scene?${Date.now()}`) },
            icon("camera"),
            t("zones.again"),
          ),
        ),
      ),
      h(
        "div",
        {},
        h(
          "div",
          { class: "actions" },
          ["zone", "mask", "property"].map((kind) =>
            h("button", { type: "button", class: `quiet ${kind}`, onclick: () => add(kind) }, t(`zones.add.${kind}`)),
          ),
        ),
        list,
        h("h2", {}, "TOML"),
        h("p", { class: "fine" }, t("zones.toml")),
        toml,
        h(
          "div",
          { class: "actions" },
          h("button", { type: "button", class: "primary", onclick: () => void copy(toml) }, icon("copy"), t("copy")),
        ),
      ),
    ),
  );

  function add(kind) {
    const n = areas.filter((area) => area.kind === kind).length + 1;
    areas.push({ kind, name: `${t(`zones.name.${kind}`)} ${n}`, points: [] });
    chosen = areas.length - 1;
    draw();
    say(t("zones.begin"));
  }

  function draw() {
    show(
      drawing,
      areas.map((area, n) => outline(area, n)),
    );
    show(
      list,
      areas.map((area, n) => line(area, n)),
    );
    toml.value = areas
      .filter(({ points }) => points.length >= 3)
      .map(text)
      .join("\n");
  }

  function outline({ kind, name, points }, n) {
    const mine = n === chosen;
    const path = points.map(({ x, y }) => `${x},${y}`).join(" ");
    return svg(
      "g",
      { class: `area ${kind}${mine ? " mine" : ""}` },
      svg(points.length > 2 ? "polygon" : "polyline", { points: path, "vector-effect": "non-scaling-stroke" }),
      mine && points.map((point, i) => handle(point, i, name)),
    );
  }

  /** An ellipse, because the drawing is as wide as it is high in its own measure. */
  function handle(point, i, name) {
    const ratio = width / height;
    const dot = svg("ellipse", {
      cx: point.x,
      cy: point.y,
      rx: 0.014,
      ry: 0.014 * ratio,
      tabindex: "0",
      role: "button",
      "aria-label": t("zones.point", { n: String(i + 1), name }),
    });
    dot.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      event.preventDefault();
      const move = (to) => {
        Object.assign(point, at(to));
        draw();
      };
      const over = new AbortController();
      addEventListener("pointermove", move, { signal: over.signal });
      for (const end of ["pointerup", "pointercancel"])
        addEventListener(end, () => over.abort(), { once: true, signal: over.signal });
    });
    dot.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
      const area = areas[chosen];
      if (event.key === "Delete" || event.key === "Backspace") area.points.splice(i, 1);
      else if (by) Object.assign(point, { x: clamp(point.x + by[0]), y: clamp(point.y + by[1]) });
      else return;
      event.preventDefault();
      draw();
      drawing.querySelectorAll("ellipse")[Math.min(i, area.points.length - 1)]?.focus();
    });
    return dot;
  }

  function at({ clientX, clientY }) {
    const box = drawing.getBoundingClientRect();
    return { x: clamp((clientX - box.left) / box.width), y: clamp((clientY - box.top) / box.height) };
  }

  drawing.addEventListener("pointerdown", (event) => {
    if (chosen < 0) add("zone");
    areas[chosen].points.push(at(event));
    draw();
  });

  function line(area, n) {
    const id = `area-${n}`;
    return h(
      "div",
      { class: `area-line ${area.kind}${n === chosen ? " mine" : ""}` },
      h("label", { class: "unseen", for: id }, t("zones.name", { n: String(n + 1) })),
      h("input", {
        id,
        value: area.name,
        maxlength: "60",
        onfocus: () => n !== chosen && choose(n),
        oninput: ({ target }) => (
          (area.name = target.value),
          (toml.value = areas
            .filter(({ points }) => points.length >= 3)
            .map(text)
            .join("\n"))
        ),
      }),
      h("span", { class: "fine" }, `${t(`zones.kind.${area.kind}`)} · ${t("zones.points", { n: area.points.length })}`),
      h(
        "button",
        {
          type: "button",
          class: "round",
          title: t("zones.center"),
          onclick: () => ((chosen = n), area.points.push(middle(area.points)), draw()),
        },
        "+",
        h("span", { class: "unseen" }, t("zones.center")),
      ),
      h(
        "button",
        {
          type: "button",
          class: "round",
          title: t("zones.remove"),
          onclick: () => (areas.splice(n, 1), (chosen = Math.min(chosen, areas.length - 1)), draw()),
        },
        icon("delete"),
        h("span", { class: "unseen" }, t("zones.remove")),
      ),
    );
  }

  function choose(n) {
    chosen = n;
    show(
      drawing,
      areas.map((area, i) => outline(area, i)),
    );
    for (const [i, row] of Array.from(list.children).entries()) row.classList.toggle("mine", i === n);
  }
  draw();
}

const clamp = (value) => Math.min(1, Math.max(0, value));
/** TOML wants a fraction to look like one. */
const short = (value) => value.toFixed(3).replace(/0{1,2}$/, "");
const middle = (points) =>
  points.length ? { x: clamp(points.at(-1).x + 0.08), y: points.at(-1).y } : { x: 0.5, y: 0.5 };
const text = ({ kind, name, points }) =>
  `[[${kind}]]\nname = ${JSON.stringify(name)}\npolygon = [${points.map(({ x, y }) => `[${short(x)}, ${short(y)}]`).join(", ")}]\n`;

async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Only secure pages have a clipboard: on the LAN the old way is left.
    field.select();
    document.execCommand("copy");
  }
  toast(t("copied"));
}
