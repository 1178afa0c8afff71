// Questions before something that cannot be taken back.
import { h } from "./dom.js";
import { t } from "./words.js";

/** Resolves with whether the person said yes. `only`: there is nothing to say no to. */
export function ask({ title, text, yes, danger = false, body, only = false }) {
  return new Promise((resolve) => {
    const titleId = `question-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    const dialog = h(
      "dialog",
      {
        class: "question",
        "aria-labelledby": titleId,
        onclose: () => (dialog.remove(), resolve(dialog.returnValue === "yes")),
      },
      h(
        "form",
        { method: "dialog" },
        h("h2", { id: titleId }, title),
        text && h("p", {}, text),
        body,
        h(
          "div",
          { class: "actions" },
          // No submitting button: Enter in a field is a yes to what was filled in. Without fields, "no" is where one begins.
          !only &&
            h(
              "button",
              { type: "button", class: "quiet", autofocus: !body, onclick: () => dialog.close("no") },
              t("cancel"),
            ),
          h("button", { value: "yes", class: danger ? "danger" : "primary" }, yes),
        ),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
