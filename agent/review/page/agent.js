// The line to the agent: its API, and the news of what has changed. A refusal carries the agent's own words and their remedy.

/** What the agent said no to. `status` 0: it could not be reached. */
export class Refusal extends Error {
  constructor(status, { code = "", detail = "", remedy = "" } = {}) {
    super(detail || code || String(status));
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.remedy = remedy;
  }
}

let onSignedOut = () => {};
export const whenSignedOut = (listener) => (onSignedOut = listener);

/** The agent's answer, which is not a refusal. */
async function ask(method, path, body, signal) {
  let response;
  try {
    response = await fetch(`/api${path}`, {
      method,
      signal,
      headers: { "x-doorstep": "1", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Refusal(0, { code: "AGENT_NOT_REACHED" });
  }
  if (response.status === 401) {
    onSignedOut();
    throw new Refusal(401);
  }
  if (!response.ok) throw new Refusal(response.status, (await read(() => response.json()))?.error);
  return response;
}

/** What `reading` gives; undefined when the agent ended in the middle of its answer. */
const read = (reading) => reading().catch(() => undefined);

async function call(method, path, body, signal) {
  const response = await ask(method, path, body, signal);
  const answer = response.status === 204 ? undefined : await read(() => response.json());
  // A view that was left in the middle of an answer is no fault of the agent's.
  signal?.throwIfAborted();
  return response.status === 204 ? undefined : whole(answer);
}

function whole(answer) {
  if (answer === undefined) throw new Refusal(0, { code: "AGENT_NOT_REACHED" });
  return answer;
}

/** Posts, and takes a file: { blob, header(name) }. */
export async function postForFile(path, body) {
  const response = await ask("POST", path, body);
  return { blob: whole(await read(() => response.blob())), header: (name) => response.headers.get(name) ?? "" };
}

const asked = new Map();

/** Asks for `paths` before anybody wants the answers: the first {@link get} of each takes what comes. */
export function askAhead(...paths) {
  for (const path of paths) {
    const answer = call("GET", path);
    // A refusal is for whoever takes it.
    answer.catch(() => {});
    asked.set(path, answer);
  }
}

/** What was asked for ahead and not taken is old by now. */
export const forgetAhead = () => asked.clear();

export function get(path, signal) {
  const ahead = asked.get(path);
  asked.delete(path);
  return ahead ?? call("GET", path, undefined, signal);
}
export const post = (path, body = {}) => call("POST", path, body);
export const remove = (path) => call("DELETE", path);

/** "?a=1&b=2" of what is there. */
export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}

const listeners = new Set();
let source;
let gathered = new Set();
let timer;

/** Asks so that of answers which overtake each other only the one asked for last counts: for the others undefined. */
export function latest(ask) {
  let asked = 0;
  return async () => {
    const turn = ++asked;
    const answer = await ask();
    return turn === asked ? answer : undefined;
  };
}

/**
 * Calls `listener` with the kinds of what has changed, gathered for a moment; "*" means: look at everything again, and "line":
 * news comes from here on, and what has been asked before it may have changed unheard.
 */
export function onNews(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Opens the line while the page is looked at. The browser tries again by itself when the agent restarts. */
export function follow(onLine) {
  close();
  source = new EventSource("/api/events");
  let was = true;
  source.addEventListener("open", () => {
    onLine(true);
    tell(was ? "line" : "*");
    was = true;
  });
  source.addEventListener("error", () => {
    was = false;
    onLine(false);
    // A refused line is not tried again by browsers: it may be the session, so ask.
    if (source?.readyState === EventSource.CLOSED) retry(onLine);
  });
  source.addEventListener("change", ({ data }) => tell(JSON.parse(data).what));
  source.addEventListener("lost", () => tell("*"));
}

function retry(onLine) {
  const closed = source;
  const again = async () => {
    if (source !== closed) return;
    try {
      await get("/status");
      follow(onLine);
      tell("*");
    } catch (error) {
      if (error.status !== 401) retry(onLine);
    }
  };
  setTimeout(() => void again(), 2000);
}

export function close() {
  source?.close();
  source = undefined;
}

function tell(what) {
  gathered.add(what);
  timer ??= setTimeout(() => {
    const kinds = gathered;
    gathered = new Set();
    timer = undefined;
    for (const listener of listeners) listener(kinds);
  }, 150);
}

/** Whether any of these kinds, or their families ("clip."), are among what has changed. */
export const concerns = (kinds, ...names) =>
  kinds.has("*") ||
  [...kinds].some((kind) => names.some((name) => kind === name || (name.endsWith(".") && kind.startsWith(name))));
