// On a phone: the places that have no room in the bar, the language, and signing out.
import { get } from "../agent.js";
import { h, show } from "../dom.js";
import { icon } from "../icons.js";
import { languageChoice } from "../shell.js";
import { currentZone, dateTime, t } from "../words.js";

export async function view(main, { onLanguage, onSignOut, signal }) {
  const { device, version, expires } = await get("/session", signal);
  show(
    main,
    h("h1", { tabindex: "-1" }, t("view.more")),
    h(
      "ul",
      { class: "menu" },
      ["policy", "zones", "requests"].map((name) =>
        h("li", {}, h("a", { href: `#/${name}` }, icon(name), t(`view.${name}`), icon("next"))),
      ),
    ),
    h("div", { class: "panel" }, h("h2", {}, t("language")), languageChoice(onLanguage)),
    h(
      "dl",
      { class: "facts" },
      [
        [t("more.device"), device],
        [t("more.version"), version],
        [t("more.zone"), currentZone()],
        [t("more.expires"), dateTime(expires)],
      ].map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
    ),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "quiet", onclick: onSignOut }, icon("out"), t("sign.out")),
    ),
  );
}
