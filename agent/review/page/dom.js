// Making elements without a framework. Text is always text: nothing here can turn a string into markup.

const SVG = "http://www.w3.org/2000/svg";

/** h("button", { class: "plain", onclick }, "Play"): attributes, listeners (on…) and properties of nodes; children may be nested, null is left out. */
export function h(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

/** As {@link h}, for drawings. */
export function svg(tag, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), properties, children);
}

function filled(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "muted" || name === "indeterminate") node[name] = value;
    else if (name === "style") for (const [key, text] of Object.entries(value)) node.style.setProperty(key, text);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...nodes(children));
  return node;
}

const nodes = (children) =>
  children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

/** Shows these children and no others. */
export function show(parent, ...children) {
  parent.replaceChildren(...nodes(children));
}

/** Whether the person has asked for less movement. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Says it to screen readers, without moving anything. */
export function say(text) {
  const voice = document.getElementById("voice");
  if (voice) voice.textContent = text;
}

/** A short notice at the foot of the page, for what was just done; the next one takes its place. `action`: { text, run }. */
export function toast(text, action) {
  const rack = document.getElementById("toasts");
  if (!rack) return;
  const note = h("div", { class: "toast", role: "status" }, h("span", {}, text));
  const gone = () => note.remove();
  if (action)
    note.append(h("button", { class: "plain", type: "button", onclick: () => (gone(), action.run()) }, action.text));
  rack.replaceChildren(note);
  setTimeout(gone, action ? 9000 : 5000);
}
