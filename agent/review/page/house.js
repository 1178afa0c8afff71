// What every view knows of the device: who it is, how it stands, what waits. Kept up to date by the agent's news.
import { concerns, follow, get, onNews } from "./agent.js";

/** The newest answers; undefined until the first. `line`: whether the agent can be reached. */
export const house = { session: undefined, status: undefined, requests: 0, line: true };

const watchers = new Set();

/** Calls `watcher` after each change; returns how to stop. */
export function watchHouse(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

const changed = () => {
  for (const watcher of watchers) watcher(house);
};

export async function refresh() {
  try {
    house.status = await get("/status");
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

/** Begins to follow the agent, for as long as somebody is signed in. */
export async function enter(session) {
  house.session = session;
  follow((line) => {
    if (house.line === line) return;
    house.line = line;
    changed();
  });
  onNews((kinds) => {
    if (kinds.size) void refresh();
    if (concerns(kinds, "request", "request.answered")) void countRequests();
  });
  await Promise.all([refresh(), countRequests()]);
}
