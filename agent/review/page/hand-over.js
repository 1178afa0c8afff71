// A clip for somebody who stands in no configuration: sealed to their key, written down, and saved here for the owner to pass on.
import { postForFile } from "./agent.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { size, t } from "./words.js";

/** Asks for whom, and then offers the file and its receipt. */
export async function handOver(clip) {
  const to = h("input", {
    id: "hand-to",
    required: true,
    maxlength: "40",
    pattern: "[a-z0-9_\\-]+",
    autocapitalize: "none",
    spellcheck: "false",
    "aria-describedby": "hand-to-hint",
  });
  const keys = h("textarea", {
    id: "hand-keys",
    required: true,
    rows: "3",
    maxlength: "3000",
    spellcheck: "false",
    placeholder: "age1…",
    "aria-describedby": "hand-keys-hint",
  });
  const purpose = h("input", { id: "hand-purpose", maxlength: "200", "aria-describedby": "hand-purpose-hint" });
  const sound = h("input", { id: "hand-sound", type: "checkbox" });
  const body = h(
    "div",
    { class: "fields" },
    h("label", { for: "hand-to" }, t("hand.to")),
    to,
    h("p", { id: "hand-to-hint", class: "fine" }, t("hand.to.hint")),
    h("label", { for: "hand-keys" }, t("hand.keys")),
    keys,
    h("p", { id: "hand-keys-hint", class: "fine" }, t("hand.keys.hint")),
    h("label", { for: "hand-purpose" }, t("hand.purpose")),
    purpose,
    h("p", { id: "hand-purpose-hint", class: "fine" }, t("hand.purpose.hint")),
    clip.hasAudio && h("label", { class: "check", for: "hand-sound" }, sound, t("hand.sound")),
  );
  if (!(await ask({ title: t("hand.title"), text: t("hand.text"), yes: t("hand.yes"), body }))) return;
  const { blob, header } = await postForFile(`/clips/${clip.id}/exports`, {
    to: to.value,
    keys: keys.value.split(/[\s,]+/).filter(Boolean),
    audio: sound.checked,
    purpose: purpose.value.trim() || undefined,
  });
  await offer(to.value, header("doorstep-disclosure"), blob, header("doorstep-receipt"));
}

async function offer(name, id, media, receipt) {
  const files = [
    [`${id}.mp4.age`, media, `${t("hand.file")}, ${size(media.size)}`],
    [`${id}.receipt.jws`, new Blob([receipt], { type: "application/jose" }), t("hand.receipt")],
  ].map(([file, blob, text]) => ({ file, text, address: URL.createObjectURL(blob) }));
  const body = h(
    "div",
    { class: "fields" },
    files.map(({ file, text, address }) =>
      h("a", { class: "button quiet", href: address, download: file }, icon("download"), text),
    ),
    h("p", { class: "fine" }, t("hand.how"), " ", h("code", {}, `age -d -i key.txt ${id}.mp4.age > clip.mp4`)),
  );
  await ask({ title: t("hand.done", { name }), text: t("hand.done.text"), yes: t("done"), body, only: true });
  for (const { address } of files) URL.revokeObjectURL(address);
}
