// The ladder as review/verdicts/rung_choice.py takes it, so that a dragged threshold is counted without asking the server.

export const ACTIONS = ["allow", "review", "hide", "remove"];
const ACTING = new Set(["hide", "remove"]);

function acts({ action, at, supervised, margin }, p, z) {
  if (supervised && margin !== null) return action === "allow" ? z <= margin : z >= margin;
  return !supervised && p >= at;
}

// `rungs` in descending order: what is done to a message of probability `p` and margin `z`.
export function take(rungs, p, z) {
  for (const rung of rungs) {
    if (acts(rung, p, z)) return rung.action;
    if (rung.supervised && p >= rung.at) {
      return rungs.find((each) => ACTING.has(each.action) && acts(each, p, z))?.action ?? "review";
    }
  }
  return "review";
}

// Messages by action over all categories. `ladderOf(category)` gives the rungs in descending order.
export function count({ margins, probabilities, counts, unrouted }, ladderOf) {
  const found = Object.fromEntries(ACTIONS.map((action) => [action, 0]));
  found.review += unrouted;
  for (const [category, bins] of Object.entries(counts)) {
    const rungs = ladderOf(category);
    const own = probabilities[category];
    for (let index = 0; index < bins.length; index += 1) {
      if (bins[index]) found[take(rungs, own[index], margins[index])] += bins[index];
    }
  }
  return found;
}
