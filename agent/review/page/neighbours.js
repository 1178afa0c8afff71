// Which clips have been seen in the list, so that one can go from one to the next without going back to it.

const known = new Set();

/** Takes in what the list has shown. */
export function remember(clips) {
  for (const { id } of clips) known.add(id);
}

/** The clip before and after, by time; undefined where the list has not been. */
export function neighbours(id) {
  const ids = [...known, id].sort((a, b) => (a < b ? -1 : 1));
  return { older: ids.findLast((other) => other < id), newer: ids.find((other) => other > id) };
}

export const forget = (id) => void known.delete(id);
