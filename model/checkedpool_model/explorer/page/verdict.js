// What the exact graph says of a state and of a move: how it can end.

import { count } from "./elements.js";
import { FAR } from "./graph.js";

// In one sentence, and in a word for its colour.
export function ofState(graph, at) {
  const scope = graph.head.whole ? "" : `, as far as these ${count(graph.states, "state")} show`;
  if (!graph.isExpanded(at))
    return { tone: "unknown", text: "Not explored further here: this state is at the rim of what is in the file." };
  const failing = claimsFailing(graph, at);
  if (failing.length)
    return { tone: "bad", text: `A claim fails here: ${failing.map(({ name }) => name).join("; ")}.` };
  const edges = graph.edges(at);
  if (!edges.length && graph.isTerminal(at))
    return { tone: "good", text: "All is over, and it is right that nothing happens any more." };
  if (!edges.length) return { tone: "bad", text: "Deadlock: nothing can happen any more, and it is not over." };
  if (graph.hang[at]) return { tone: "bad", text: `A hang: no end can be reached from here any more${scope}.` };
  return ofMoves(graph, edges, scope);
}

function ofMoves(graph, edges, scope) {
  const parts = [];
  const hang = edges.filter(({ target }) => graph.farToHang[target] !== FAR).length;
  const fails = edges.filter(({ target }) => graph.farToBroken[target] !== FAR).length;
  if (hang) parts.push(`${hang} of ${count(edges.length, "move")} from here can still reach a hang`);
  if (fails) parts.push(`${fails} of ${count(edges.length, "move")} from here can still break a claim`);
  if (parts.length) return { tone: "warn", text: `${parts.join("; ")}${scope}.` };
  return { tone: "good", text: `Whatever happens from here, an end stays in reach and no claim fails${scope}.` };
}

export function ofMove(graph, edge) {
  const { target } = edge;
  if (graph.hang[target]) return { tone: "bad", text: graph.isDead(target) ? "deadlock" : "hangs" };
  if (graph.broken[target]) return { tone: "bad", text: "breaks a claim" };
  if (graph.farToHang[target] !== FAR) return { tone: "warn", text: `can hang, in ${graph.farToHang[target] + 1}` };
  if (graph.farToBroken[target] !== FAR) return { tone: "warn", text: "can break a claim" };
  if (!graph.isExpanded(target)) return { tone: "unknown", text: "not explored" };
  return { tone: "good", text: "ends well" };
}

export function claimsFailing(graph, at) {
  return graph.head.claims.filter((claim) => claim.failsAt?.has(at));
}

export function brokenStep(graph, at, move) {
  return graph.head["broken steps"].find((step) => step.at === at && step.move === move) ?? null;
}
