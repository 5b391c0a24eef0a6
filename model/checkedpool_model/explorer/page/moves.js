// What can happen next, and of what cannot, which conjunct of its guard is false.

import { el, put } from "./elements.js";
import { shownMove } from "./names.js";
import { brokenStep, ofMove } from "./verdict.js";

export function possible(graph, { at, view }, take) {
  const rows = graph.edges(at).map((edge, place) => {
    const move = shownMove(graph, view, edge.move);
    const end = brokenStep(graph, at, edge.move) ? { tone: "bad", text: "breaks a claim" } : ofMove(graph, edge);
    return { edge, move, end, place };
  });
  rows.sort((one, other) => compare(one.move.who, other.move.who) || one.place - other.place);
  return el(
    "ul",
    { class: "moves" },
    rows.map((row, place) => button(row, place, take)),
  );
}

export function ordered(graph, { at, view }) {
  const rows = graph.edges(at).map((edge, place) => ({ edge, who: shownMove(graph, view, edge.move).who, place }));
  return rows.sort((one, other) => compare(one.who, other.who) || one.place - other.place).map(({ edge }) => edge.move);
}

function compare(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

function button({ edge, move, end }, place, take) {
  const to = move.whom ? ` → ${move.whom}` : "";
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: "move", "data-move": edge.move, onclick: () => take(edge.move), title: explained(move) },
      place < 9 ? el("kbd", { "aria-hidden": "true" }, String(place + 1)) : null,
      el("span", { class: "who", "data-actor": kind(move.who) }, move.who),
      el("span", { class: "does" }, `${move.label}${to}`),
      el("span", { class: "badge", "data-tone": end.tone }, end.text),
    ),
  );
}

export function kind(actor) {
  return actor.replace(/ \d+$/, "");
}

function explained({ action }) {
  return [action.name, action.does, action.clause && `clause ${action.clause}`].filter(Boolean).join(" · ");
}

// --- what is not possible ---------------------------------------------------------------------------------------------

export function impossible(graph, state, wanted, shownMost = 12) {
  if (!graph.head.conjuncts.length)
    return el("p", { class: "quiet" }, "This run has no table of guards: its steps come from the code.");
  if (!graph.isExpanded(state.at)) return el("p", { class: "quiet" }, "This state was not explored further.");
  const here = new Set(graph.enabled(state.at));
  const rows = graph.moves
    .filter(({ number }) => !here.has(number))
    .map((move) => ({ move: shownMove(graph, state.view, move.number), missing: graph.falseIn(state.at, move.number) }))
    .filter(
      ({ move }) =>
        !wanted || `${move.who} ${move.label} ${move.action.name}`.toLowerCase().includes(wanted.toLowerCase()),
    )
    .sort((one, other) => one.missing.length - other.missing.length || compare(one.move.who, other.move.who));
  const more = rows.length - shownMost;
  return el(
    "div",
    {},
    el(
      "ul",
      { class: "missing" },
      rows.slice(0, shownMost).map((row) => missing(graph, row)),
    ),
    more > 0 ? el("p", { class: "quiet" }, `and ${more} more: type some words to find them`) : null,
    rows.length ? null : el("p", { class: "quiet" }, "Nothing of that name is impossible here."),
  );
}

function missing(graph, { move, missing: conjuncts }) {
  return el(
    "li",
    {},
    el("span", { class: "who", "data-actor": kind(move.who) }, move.who),
    " ",
    el("span", { class: "does" }, `${move.label}${move.whom ? ` → ${move.whom}` : ""}`),
    el(
      "ul",
      {},
      conjuncts.map((number) => conjunct(graph.head.conjuncts[number])),
    ),
  );
}

function conjunct({ name, says }) {
  return el(
    "li",
    { class: "false" },
    el("span", { class: "name" }, name),
    el("span", { class: "sr" }, " is false"),
    says ? el("span", { class: "says" }, says) : null,
  );
}

export function fillImpossible(parent, graph, state, wanted) {
  put(parent, impossible(graph, state, wanted));
}
