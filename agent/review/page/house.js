// What every view knows of the device: who it is, how it stands, what waits. Kept up to date by the agent's news.
import { concerns, follow, get, onNews } from "./agent.js";
import { setZone } from "./words.js";

/** The newest answers; undefined until the first. `line`: whether the agent can be reached. */
export const house = { status: undefined, requests: 0, line: true };

const watchers = new Set();

/** Calls `watcher` after each change; returns how to stop. */
export function watchHouse(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

const changed = () => {
  for (const watcher of watchers) watcher(house);
};

async function look() {
  house.status = await get("/status");
  setZone(house.status.timezone);
}

export async function refresh() {
  try {
    await look();
    house.line = true;
  } catch (error) {
    if (error.status === 0) house.line = false;
  }
  changed();
}

async function countRequests() {
  const { requests } = await get("/requests").catch(() => ({ requests: [] }));
  house.requests = requests.filter(({ state }) => state === "open").length;
  changed();
}

/** Begins to follow the agent, for as long as somebody is signed in. @throws Refusal: 401 when nobody is. */
export async function enter() {
  await look();
  follow((line) => {
    if (house.line === line) return;
    house.line = line;
    changed();
  });
  onNews((kinds) => {
    if (kinds.size) void refresh();
    if (concerns(kinds, "request", "request.")) void countRequests();
  });
  // How many letters there are is a number on a badge: nothing waits for it.
  void countRequests();
}
