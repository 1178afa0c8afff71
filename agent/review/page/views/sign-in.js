// Signing in: a password, or the code that the device prints.
import { h, show } from "../dom.js";
import { door } from "../icons.js";
import { languageChoice } from "../shell.js";
import { speak, t } from "../words.js";

/** Asks until `onSecret` takes what is given. */
export function signInView(root, onSecret) {
  let byCode = false;
  const draw = () => {
    const field = h("input", {
      id: "secret",
      name: byCode ? "code" : "password",
      type: byCode ? "text" : "password",
      autocomplete: byCode ? "one-time-code" : "current-password",
      autocapitalize: "none",
      spellcheck: "false",
      required: true,
      class: byCode ? "code" : "",
      "aria-describedby": "sign-in-hint sign-in-trouble",
    });
    const trouble = h("p", { id: "sign-in-trouble", class: "trouble", role: "alert" });
    const button = h("button", { class: "primary", type: "submit" }, t("sign.in"));
    document.title = `${t("sign.in")} · Doorstep`;
    show(
      root,
      h(
        "main",
        { class: "sign-in" },
        h(
          "form",
          { onsubmit: (event) => void submit(event) },
          door("door large"),
          h("h1", {}, "Doorstep"),
          h("p", { class: "motto" }, t("motto")),
          // Password managers want to know whose password it is.
          !byCode &&
            h("input", {
              class: "unseen",
              type: "text",
              name: "username",
              autocomplete: "username",
              value: "owner",
              tabindex: "-1",
              "aria-hidden": "true",
              readonly: true,
            }),
          h("label", { for: "secret" }, byCode ? t("sign.code") : t("sign.password")),
          field,
          h("p", { id: "sign-in-hint", class: "fine" }, byCode ? t("sign.code.hint") : t("sign.password.hint")),
          trouble,
          button,
          h(
            "button",
            { class: "plain", type: "button", onclick: () => ((byCode = !byCode), draw()) },
            byCode ? t("sign.use.password") : t("sign.use.code"),
          ),
        ),
        languageChoice((name) => void speak(name).then(draw)),
      ),
    );
    field.focus();

    async function submit(event) {
      event.preventDefault();
      button.disabled = true;
      trouble.textContent = "";
      try {
        await onSecret(byCode ? { code: field.value } : { password: field.value });
      } catch (error) {
        if (error.code === "SIGNIN_TOO_OFTEN")
          trouble.textContent = t("sign.too.often", { wait: /\d+/.exec(error.detail)?.[0] ?? "?" });
        else if (error.code === "PASSWORD_REFUSED") trouble.textContent = `${error.detail}: ${error.remedy}`;
        else
          trouble.textContent =
            error.status === 0 ? t("agent.unreachable") : byCode ? t("sign.code.wrong") : t("sign.password.wrong");
        button.disabled = false;
        field.select();
      }
    }
  };
  draw();
}
