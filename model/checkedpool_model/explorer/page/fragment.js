// Where one is, as the fragment of the address: graph, moves, step, question, and the run that is pinned beside.

export function spelled({ graph, run, question, pinned }) {
  const parts = [`g=${graph}`];
  if (run.length) parts.push(`m=${letters(run.moves)}`);
  if (run.cursor) parts.push(`at=${run.cursor}`);
  if (question !== null) parts.push(`q=${question}`);
  if (pinned) parts.push(`p=${pinned.number}~${letters(pinned.run.moves)}`);
  return `#${parts.join("&")}`;
}

export function readFragment(fragment) {
  const parts = new Map(
    fragment
      .replace(/^#/, "")
      .split("&")
      .map((part) => part.split("=", 2)),
  );
  const [pinnedGraph, pinnedMoves] = (parts.get("p") ?? "").split("~");
  return {
    graph: number(parts.get("g"), 0),
    moves: parts.has("m") ? numbers(parts.get("m")) : null,
    at: number(parts.get("at"), 0),
    question: number(parts.get("q"), null),
    pinned: parts.has("p") ? { graph: number(pinnedGraph, 0), moves: numbers(pinnedMoves ?? "") } : null,
  };
}

function letters(moves) {
  return moves.map((move) => move.toString(36)).join(".");
}

function numbers(text) {
  return text
    ? text
        .split(".")
        .map((part) => parseInt(part, 36))
        .filter(Number.isInteger)
    : [];
}

function number(text, other) {
  return /^\d{1,7}$/.test(text ?? "") ? Number(text) : other;
}
