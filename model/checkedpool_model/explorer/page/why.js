// Answers: can it ever be so, and by which shortest way? Which claim fails, and which part of it? Who waits for whom?

import { count, el, svg } from "./elements.js";
import { FAR } from "./graph.js";
import { shownMove } from "./names.js";
import { brokenStep } from "./verdict.js";

// --- why not? ---------------------------------------------------------------------------------------------------------

// Questions that are asked of every graph, beside those that the file brings.
export function questions(graph) {
  const own = graph.head.questions.map((question, number) => ({ ...question, far: () => graph.farTo(number) }));
  const deadlock = { name: "nothing can happen, and it is not over", group: "how it ends", says: "A deadlock." };
  const hang = { name: "no end can be reached any more", group: "how it ends", says: "A hang, busy or not." };
  const over = { name: "all is over", group: "how it ends", says: "It is right that nothing happens any more." };
  return [
    ...own,
    { ...deadlock, far: () => graph.remembered("dead", () => graph.distances(graph.where((at) => graph.isDead(at)))) },
    { ...hang, far: () => graph.farToHang },
    { ...over, far: () => graph.remembered("over", () => graph.distances(graph.where((at) => graph.isTerminal(at)))) },
  ];
}

export function answer(graph, state, question) {
  const far = question.far();
  const [fromStart, fromHere] = [far[0], far[state.at]];
  const scope = graph.head.whole
    ? `unreachable in this scope (${count(graph.states, "state")})`
    : `not met among the ${count(graph.states, "state")} in this file`;
  if (fromStart === FAR && fromHere === FAR)
    return { text: `${scope[0].toUpperCase()}${scope.slice(1)}.`, here: null, start: null };
  const here = fromHere === FAR ? null : graph.way(state.at, far);
  const start = fromStart === FAR ? null : graph.way(0, far);
  const ways = [
    here ? (here.length ? `${count(here.length, "step")} from here` : "it is so here") : "unreachable from here",
    start ? `${count(start.length, "step")} from the beginning` : "",
  ].filter(Boolean);
  return { text: `${ways.join("; ")}.`, here, start };
}

// --- claims -----------------------------------------------------------------------------------------------------------

export function claims(graph, run, go) {
  const { at } = run.here;
  return el(
    "ul",
    { class: "claims" },
    stepClaim(graph, run),
    graph.head.claims.map((claim) => claimRow(graph, claim, at, go)),
  );
}

function claimRow(graph, claim, at, go) {
  const here = claim.failsAt?.has(at);
  const somewhere = claim.fails?.length ?? 0;
  const verdict = claim["at last"]
    ? "asked of runs"
    : here
      ? "fails here"
      : somewhere
        ? `fails in ${count(somewhere, "state")}`
        : "holds";
  const tone = here ? "bad" : somewhere ? "warn" : "good";
  const find =
    somewhere && !here ? el("button", { type: "button", class: "link", onclick: () => go(claim) }, "show where") : null;
  return el(
    "li",
    { class: here ? "fails" : "" },
    el("span", { class: "badge", "data-tone": tone }, verdict),
    el("span", { class: "name" }, claim.name),
    find,
    el("span", { class: "says" }, claim.says),
    here ? because(claim.because[at]) : null,
  );
}

function stepClaim(graph, run) {
  if (!run.cursor) return null;
  const broken = brokenStep(graph, run.states[run.cursor - 1].at, run.here.move);
  if (!broken) return null;
  return el(
    "li",
    { class: "fails" },
    el("span", { class: "badge", "data-tone": "bad" }, "this step breaks it"),
    el("span", { class: "name" }, broken.claim),
    el("span", { class: "says" }, broken.says),
    because(broken.because),
  );
}

// What fails here, part by part.
export function blamed(graph, run) {
  const { at } = run.here;
  const step = run.cursor ? brokenStep(graph, run.states[run.cursor - 1].at, run.here.move) : null;
  const failing = graph.head.claims
    .filter((claim) => claim.failsAt.has(at))
    .map((claim) => ({ ...claim, because: claim.because[at] }));
  const all = step ? [{ name: step.claim, says: step.says, because: step.because }, ...failing] : failing;
  return all.map(({ name, says, because: parts }) =>
    el(
      "section",
      { class: "blame" },
      el("h3", {}, `Which part of “${name}” is false`),
      el("span", { class: "says" }, says),
      because(parts),
    ),
  );
}

function because(parts) {
  if (!parts) return el("p", { class: "quiet" }, "Which part is false was not kept for this state.");
  return el(
    "ul",
    { class: "parts" },
    parts.map(({ text, holds, where }) =>
      el(
        "li",
        { class: holds ? "true" : "false" },
        el("span", { class: "sr" }, holds ? "true: " : "false: "),
        el("code", {}, text),
        where ? el("span", { class: "says" }, where) : null,
      ),
    ),
  );
}

// --- who waits for whom -----------------------------------------------------------------------------------------------

export function waiting(graph, { at, view }) {
  const told = graph.head.waits[at];
  if (!told) return null;
  const named = (number) => shownMove(graph, view, number).who;
  const circle = told.cycle.length ? [...told.cycle, told.cycle[0]].map(named) : [];
  const rows = [];
  for (const [move, conjunct, other] of told.waits) {
    const { who, label: what } = shownMove(graph, view, move);
    const whom = named(other);
    const name = graph.head.conjuncts[conjunct].name;
    const same = rows.find((row) => row.who === who && row.what === what && row.conjunct === name);
    if (same) same.whom.add(whom);
    else rows.push({ who, whom: new Set([whom]), what, conjunct: name });
  }
  for (const row of rows) row.inside = [...row.whom].some((whom) => follows(circle, row.who, whom));
  rows.sort((one, other) => other.inside - one.inside);
  return el(
    "section",
    { class: "waiting", "aria-label": "Who waits for whom" },
    el("h3", {}, "Who waits for whom"),
    circle.length
      ? [
          circleOf(circle, rows),
          el(
            "p",
            { class: "circle" },
            circle.map((who, place) => [
              place ? el("span", { class: "arrow" }, " waits for ") : null,
              el("strong", {}, who),
            ]),
          ),
        ]
      : el("p", { class: "quiet" }, "They wait in a line, not in a circle: the last of them will never act again."),
    el(
      "ul",
      {},
      rows.map((row) =>
        el(
          "li",
          { class: row.inside ? "inside" : "" },
          el("strong", {}, row.who),
          ` would go on with “${row.what}” if “${row.conjunct}” held, which only `,
          el("strong", {}, [...row.whom].join(" or ")),
          " makes true",
        ),
      ),
    ),
  );
}

// The circle drawn: who waits stands in a row, and the last one's arrow leads back below.
function circleOf(circle, rows) {
  const names = circle.slice(0, -1);
  const why = (who, whom) => rows.find((row) => row.who === who && row.whom.has(whom)).conjunct;
  const longest = Math.max(...names.map((who, place) => why(who, circle[place + 1]).length));
  const [room, width, y] = [Math.max(210, 134 + 6 * longest), 110, 34];
  const x = (place) => 8 + place * room;
  const last = names.length - 1;
  const [from, to] = [x(last) + width / 2, x(0) + width / 2];
  return svg(
    "svg",
    {
      class: "waits",
      viewBox: `0 0 ${x(last) + width + 8} 100`,
      width: x(last) + width + 8,
      height: 100,
      "aria-hidden": "true",
    },
    names.map((who, place) => [
      svg("rect", { x: x(place), y: y - 17, width, height: 34, rx: 5 }),
      svg("text", { class: "name", x: x(place) + width / 2, y: y + 5, "text-anchor": "middle" }, who),
      place < last
        ? arrow(
            `M${x(place) + width + 4} ${y} H${x(place + 1) - 6}`,
            (x(place) + width + x(place + 1)) / 2,
            y - 7,
            why(who, names[place + 1]),
          )
        : null,
    ]),
    arrow(`M${from} ${y + 20} V${y + 46} H${to} V${y + 24}`, (from + to) / 2, y + 60, why(names[last], names[0])),
  );
}

function arrow(path, x, y, words) {
  const end = path.match(/(?:H|V)(-?[\d.]+)$/);
  const [, startX, startY] = path.match(/^M([\d.]+) ([\d.]+)/);
  const isDown = path.endsWith(`V${end[1]}`);
  const [tipX, tipY] = isDown ? [Number(path.match(/H([\d.]+)/)[1]), Number(end[1])] : [Number(end[1]), Number(startY)];
  const head = isDown
    ? `M${tipX - 4} ${tipY + 5} L${tipX} ${tipY - 3} L${tipX + 4} ${tipY + 5}`
    : `M${tipX - 6} ${tipY - 4} L${tipX + 2} ${tipY} L${tipX - 6} ${tipY + 4}`;
  return [
    svg("path", { class: "line", d: path, "data-from": startX }),
    svg("path", { class: "line", d: head }),
    svg("text", { class: "why", x, y, "text-anchor": "middle" }, words),
  ];
}

function follows(circle, who, whom) {
  return circle.some((actor, place) => actor === who && circle[place + 1] === whom);
}
