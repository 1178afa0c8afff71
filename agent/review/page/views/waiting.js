// Waiting for you: what asks, for whom, why, and what exactly would be sent.
import { concerns, get, latest, onNews } from "../agent.js";
import { triggerText, zonesText } from "../clip-words.js";
import { h, show } from "../dom.js";
import { icon } from "../icons.js";
import { player } from "../player.js";
import { sharePanels } from "../sharing.js";
import { t, whenText } from "../words.js";

export async function view(main, { signal }) {
  const list = h("div", { class: "waiting" });
  const lead = h("p", { class: "lead", hidden: true }, t("waiting.lead"));
  /** What was answered in this visit stays in sight: it can be undone until it has left. */
  const answered = new Set();
  const cards = new Map();
  show(main, h("h1", { tabindex: "-1" }, t("view.waiting")), lead, list);

  const ask = latest(async () => {
    const { clips } = await get("/waiting", signal);
    const ids = new Set(clips.map(({ id }) => id));
    const kept = await Promise.all(
      [...answered]
        .filter((id) => !ids.has(id))
        .map((id) => get(`/clips/${id}/details`, signal).catch(() => undefined)),
    );
    return { clips, kept };
  });

  async function load() {
    const fresh = await ask();
    if (!fresh) return;
    const { clips, kept } = fresh;
    // Nothing moves away under a thumb: what is answered stays where it was, what is new comes last.
    const places = [...cards.keys()];
    const place = ({ id }) => (places.includes(id) ? places.indexOf(id) : places.length);
    const all = [...clips, ...kept.filter(Boolean)].sort((a, b) => place(a) - place(b));
    for (const id of cards.keys()) if (!all.some((clip) => clip.id === id)) cards.delete(id);
    lead.hidden = clips.length === 0;
    const drawn = all.map((clip) => drawClip(clip));
    if (drawn.length) keep(list, drawn);
    else
      show(
        list,
        h(
          "div",
          { class: "empty" },
          icon("check", "icon huge"),
          h("p", {}, t("waiting.none")),
          h("a", { href: "#/clips" }, t("all.clips")),
        ),
      );
  }

  function drawClip(clip) {
    const change = async (begins) => {
      answered.add(clip.id);
      if (!begins) await load();
    };
    const known = cards.get(clip.id);
    const places = known?.places ?? [];
    const shares = clip.shares.filter(({ state }) => state !== "withheld");
    const panels = sharePanels({ ...clip, shares }, change, places);
    if (known) {
      // A clip that is being played is not drawn anew under the eyes of whoever watches.
      const told = JSON.stringify([clip.shares, clip.offers]);
      if (known.told !== told) show(known.answers, panels);
      known.film.update(clip, clip.causes);
      known.told = told;
      return known.article;
    }
    const film = player(clip, clip.causes);
    const answers = h("div", { class: "answers" }, panels);
    const article = h(
      "article",
      { class: "asking", "aria-labelledby": `ask-${clip.id}` },
      h(
        "header",
        {},
        h("h2", { id: `ask-${clip.id}` }, whenText(clip.startedAt)),
        h("p", {}, [triggerText(clip), zonesText(clip)].filter(Boolean).join(" · ")),
        h("a", { href: `#/clips/${clip.id}` }, t("clip.all")),
      ),
      h("div", { class: "ask-body" }, film, answers),
    );
    cards.set(clip.id, {
      article,
      film,
      answers,
      places,
      told: JSON.stringify([clip.shares, clip.offers]),
    });
    return article;
  }

  signal.addEventListener(
    "abort",
    onNews(
      (kinds) =>
        concerns(
          kinds,
          "clip.",
          "decision",
          "answer",
          "delivery",
          "disclosure",
          "ask.expired",
          "sharing.paused",
          "sharing.resumed",
          "policy.changed",
          "status",
        ) && void load(),
    ),
  );
  await load();
}

/** Puts `nodes` in order without touching those that are there already: a video goes on playing. */
function keep(parent, nodes) {
  for (const child of Array.from(parent.children)) if (!nodes.includes(child)) child.remove();
  for (const [n, node] of nodes.entries())
    if (parent.children[n] !== node) parent.insertBefore(node, parent.children[n] ?? null);
}
