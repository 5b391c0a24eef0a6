// Who is called how. A state may stand for others that differ by a renaming of workers or tasks; then each step renames.
// A view undoes that: of each index set, for the number in the graph the number that is shown.

export function firstView(graph) {
  return renamedView({}, graph.head.renamings[graph.head.start]);
}

// The view after a step by which what was order[i] became i.
export function renamedView(view, renaming) {
  const after = { ...view };
  for (const [of, order] of Object.entries(renaming)) after[of] = order.map((was) => shown(view, of, was));
  return after;
}

export function shown(view, of, number) {
  return view[of]?.[number] ?? number;
}

export function inGraph(view, of, number) {
  const place = view[of]?.indexOf(number) ?? -1;
  return place >= 0 ? place : number;
}

export function shownMove(graph, view, move) {
  const { action, index } = graph.moves[move];
  return action.over ? graph.moves[graph.moveOf(action, shown(view, action.over, index))] : graph.moves[move];
}

export function moveInGraph(graph, view, move) {
  const { action, index } = graph.moves[move];
  return action.over ? graph.moveOf(action, inGraph(view, action.over, index)) : move;
}

// Words, with the numbers of what they name as it is called here.
export function said(graph, view, words) {
  const nouns = graph.nouns;
  return words
    .map((word) => (typeof word === "string" ? word : `${nouns[word[0]] ?? word[0]} ${shown(view, word[0], word[1])}`))
    .join(" ");
}

export function nounsOf(head) {
  const nouns = { lane: "worker", task: "task" };
  for (const family of head.families) if (family.over) nouns[family.over] = family.name;
  return nouns;
}
