// A run: from the initial state, step by step, and where one is in it. It does not know what is shown of it.

import { firstView, moveInGraph, renamedView, shownMove } from "./names.js";

export class Run {
  constructor(graph, moves = [], at = 0) {
    this.graph = graph;
    this.states = [{ at: 0, view: firstView(graph), move: null }];
    this.cursor = 0;
    this.note = { notes: [], loop: null, owed: null, name: "" };
    for (const move of moves) if (!this.append(move)) break;
    this.cursor = Math.min(at, this.length);
  }

  // A run that the file offers: its moves are as they are shown, not as they are in the graph.
  static offered(graph, offered) {
    const run = new Run(graph);
    for (const move of offered.moves) {
      if (!run.append(moveInGraph(graph, run.last.view, move))) break;
    }
    run.note = offered;
    return run;
  }

  get length() {
    return this.states.length - 1;
  }

  get last() {
    return this.states[this.length];
  }

  get here() {
    return this.states[this.cursor];
  }

  get moves() {
    return this.states.slice(1).map(({ move }) => move);
  }

  append(move) {
    const { at, view } = this.last;
    const edge = this.graph.step(at, move);
    if (!edge) return false;
    this.states.push({ at: edge.target, view: renamedView(view, edge.renaming), move });
    return true;
  }

  // The same run up to here, then on by these moves.
  onFromHere(moves) {
    const run = new Run(this.graph, [...this.moves.slice(0, this.cursor), ...moves]);
    run.cursor = Math.min(this.cursor + 1, run.length);
    return run;
  }

  shownMove(number) {
    return shownMove(this.graph, this.states[number - 1].view, this.states[number].move);
  }

  words(number) {
    const move = this.shownMove(number);
    return { who: move.who, whom: move.whom, label: move.label, name: move.action.name };
  }

  sentence(number) {
    const { who, label, whom } = this.words(number);
    return `${who} ${label}${whom ? ` → ${whom}` : ""}`;
  }
}

// The number of the first step in which two runs differ; null: the one goes on where the other ends, or they are equal.
export function firstDifference(one, other) {
  const both = Math.min(one.length, other.length);
  for (let number = 1; number <= both; number++) {
    if (one.sentence(number) !== other.sentence(number)) return number;
  }
  return one.length === other.length ? null : both + 1;
}
