// The page: signs in, then shows the view that the address names. Views are loaded when they are first looked at.
import { close, forgetAhead, onNews, post, Refusal, remove, whenSignedOut } from "./agent.js";
import { h, say, show, toast } from "./dom.js";
import { enter } from "./house.js";
import { shell } from "./shell.js";
import { speak, t } from "./words.js";

const VIEWS = {
  now: () => import("./views/now.js"),
  waiting: () => import("./views/waiting.js"),
  clips: () => import("./views/clips.js"),
  clip: () => import("./views/clip.js"),
  ledger: () => import("./views/ledger.js"),
  policy: () => import("./views/policy.js"),
  zones: () => import("./views/zones.js"),
  requests: () => import("./views/requests.js"),
  more: () => import("./views/more.js"),
};

const app = document.getElementById("app");
let frame;
let leave = () => {};
let turn = 0;

async function start() {
  await speak();
  try {
    await inside();
  } catch (error) {
    if (error.status === 401) return void signIn();
    show(app, h("p", { class: "alone" }, t("agent.unreachable")));
    setTimeout(() => location.reload(), 3000);
  }
}

/** The session has ended under the page. */
function signedOut() {
  whenSignedOut(() => {});
  close();
  leave();
  frame = undefined;
  void signIn();
}

async function signIn() {
  forgetAhead();
  const { signInView } = await import("./views/sign-in.js");
  signInView(app, async (secret) => {
    await post("/session", secret);
    await inside();
  });
}

async function inside() {
  await enter();
  whenSignedOut(signedOut);
  await redraw();
  forgetAhead();
}

/** Draws everything anew: after signing in, and in another language. */
async function redraw() {
  frame = shell(app, { onSignOut: signOut, onLanguage: changeLanguage });
  await go();
}

async function changeLanguage(name) {
  await speak(name);
  await redraw();
}

async function signOut() {
  await remove("/session").catch(() => {});
  location.reload();
}

async function go() {
  if (!frame) return;
  const mine = ++turn;
  const [, name = "now", argument] = /^#\/(\w+)(?:\/(\w+))?$/.exec(location.hash) ?? [];
  const which = name === "clips" && argument ? "clip" : name in VIEWS ? name : "now";
  leave();
  const stop = new AbortController();
  leave = () => stop.abort();
  frame.choose(which === "clip" ? "clips" : which);
  const { main } = frame;
  const before = document.activeElement;
  leaveBehind(main);
  document.title = `${t(`view.${which}`)} · Doorstep`;
  try {
    const { view } = await VIEWS[which]().catch(() => {
      throw new Refusal(0, { code: "AGENT_NOT_REACHED" });
    });
    if (mine !== turn) return;
    await view(main, { argument, signal: stop.signal, redraw, onLanguage: changeLanguage, onSignOut: signOut });
  } catch (error) {
    if (stop.signal.aborted || error.status === 401) return;
    const text = error.status === 0 ? t("agent.unreachable") : error.message;
    show(
      main,
      h("h1", { tabindex: "-1" }, t(`view.${which}`)),
      h("p", { class: "note bad" }, text, error.remedy ? ` — ${error.remedy}` : ""),
    );
    if (error.status === undefined) throw error;
    if (error.status === 0)
      stop.signal.addEventListener(
        "abort",
        onNews((kinds) => kinds.has("*") && location.reload()),
      );
  }
  // Whoever has gone on with the keyboard meanwhile is not called back.
  const { activeElement } = document;
  if (activeElement === document.body || (frame.moved && activeElement === before))
    main.querySelector("h1")?.focus({ preventScroll: true });
  frame.moved = true;
  say(t(`view.${which}`));
}

/** What is left cannot be answered any more, although it is seen until the next view has something to show. */
function leaveBehind(main) {
  main.inert = true;
  const drawn = new MutationObserver(() => {
    main.inert = false;
    drawn.disconnect();
  });
  drawn.observe(main, { childList: true });
}

addEventListener("hashchange", () => {
  scrollTo(0, 0);
  void go();
});
addEventListener("unhandledrejection", (event) => {
  const { reason } = event;
  const known = reason instanceof Refusal;
  // A view that was left gives up what it was asking for.
  if (reason?.name === "AbortError" || known) event.preventDefault();
  if (!known || reason.status === 401) return;
  toast(reason.status === 0 ? t("agent.unreachable") : `${reason.message}${reason.remedy ? `: ${reason.remedy}` : ""}`);
});
void start();
