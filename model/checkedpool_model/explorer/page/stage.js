// Draws a state: a card for each part, channels with what is in them, and what the last step changed.

import { el } from "./elements.js";
import { said, shown, shownMove } from "./names.js";

const MANY = 6;
const TITLES = {
  client: "Clients",
  manager: "Manager",
  shared: "Between them",
  worker: "Workers",
  future: "Futures",
  nature: "Nature",
};
const COLUMNS = [["client"], ["manager", "shared"], ["worker"]];

// Every part of a state in words, by zone and name: what is drawn, compared and told.
export function parts(graph, { at, view }) {
  return graph.head.families.flatMap((family, number) => {
    const members = [];
    for (let place = 0; place < family.members; place++) {
      const card = family.cards[graph.columns[`${number}.${place}`][at]];
      const index = family.over ? shown(view, family.over, place) : place;
      const many = family.members > 1 || family.over;
      members[index] = {
        zone: family.zone,
        name: many ? `${family.name} ${index}` : family.name,
        ...inWords(graph, view, card),
      };
    }
    return members;
  });
}

function inWords(graph, view, card) {
  const rows = card.rows.map((row) => ({ ...row, items: row.items.map((words) => said(graph, view, words)) }));
  return { head: said(graph, view, card.head), tone: card.tone, rows };
}

// What differs between two states, in words: one line a change.
export function changes(before, after) {
  const old = new Map(before.map((part) => [part.name, part]));
  return after.flatMap((part) => {
    const was = old.get(part.name);
    if (!was) return [];
    const rows = changedRows(was, part).map(
      ([label, before_, now]) => `${part.name}, ${label}: ${before_ || "empty"} → ${now || "empty"}`,
    );
    return was.head === part.head ? rows : [`${part.name}: ${was.head} → ${part.head}`, ...rows];
  });
}

function changedRows(was, part) {
  const text = (row) => (row ? row.items.map((item, place) => (row.at === place ? `[${item}]` : item)).join(", ") : "");
  const labels = new Set([...was.rows, ...part.rows].map(({ label }) => label));
  return [...labels]
    .map((label) => [
      label,
      text(was.rows.find((row) => row.label === label)),
      text(part.rows.find((row) => row.label === label)),
    ])
    .filter(([, before, now]) => before !== now);
}

// The whole stage. `other` has the parts of the state before it or beside it: what differs from them is marked.
export function stage(graph, state, other, kill, word = "was") {
  const now = parts(graph, state);
  const was = other ? new Map(other.map((part) => [part.name, part])) : new Map();
  const zones = (names) => names.map((name) => zoneOf(name, now, was, kill, word)).filter(Boolean);
  const columns = COLUMNS.map((names) => [names[0], zones(names)]).filter(([, inside]) => inside.length);
  return [
    el(
      "div",
      { class: "columns" },
      columns.map(([name, inside]) => el("div", { class: `column column-${name}` }, inside)),
    ),
    ...zones(["future", "nature"]),
  ];
}

function zoneOf(zone, now, was, kill, word) {
  const inside = now.filter((part) => part.zone === zone);
  if (!inside.length) return null;
  const cardOf = (part) => card(part, was.get(part.name), part.tone === "none" ? null : kill?.(part.name), word);
  const [busy, rest] = apart(inside, was);
  return el(
    "section",
    { class: `zone zone-${zone}`, "aria-label": TITLES[zone] },
    el("h3", {}, TITLES[zone]),
    el("div", { class: "cards" }, busy.map(cardOf)),
    rest.length
      ? el(
          "details",
          { class: "rest" },
          el("summary", {}, `${rest.length} more, at rest`),
          el("div", { class: "cards" }, rest.map(cardOf)),
        )
      : null,
  );
}

// Where there are many, those at which nothing happens are put aside.
function apart(inside, was) {
  if (inside.length <= MANY) return [inside, []];
  const isAtRest = (part) =>
    ["ended", "none", "idle", "succeeded"].includes(part.tone) && was.get(part.name)?.head === part.head;
  return [inside.filter((part) => !isAtRest(part)), inside.filter(isAtRest)];
}

function card(part, was, button, word) {
  const changed = new Map(was ? changedRows(was, part).map(([label, before]) => [label, before]) : []);
  const headChanged = was && was.head !== part.head;
  return el(
    "article",
    { class: "card", "data-tone": part.tone, "data-part": part.name },
    el("header", {}, el("h4", {}, part.name), button ?? null),
    part.head
      ? el(
          "p",
          { class: headChanged ? "head changed" : "head" },
          part.head,
          headChanged ? el("span", { class: "was" }, `${word}: ${was.head}`) : null,
        )
      : null,
    part.rows.length
      ? el(
          "dl",
          {},
          part.rows.map((row) => rowOf(row, changed, word)),
        )
      : null,
  );
}

function rowOf(row, changed, word) {
  const isChanged = changed.has(row.label);
  const before =
    isChanged && row.kind !== "script"
      ? el("span", { class: "was" }, `${word}: ${changed.get(row.label) || "empty"}`)
      : null;
  return el(
    "div",
    { class: `row${row.kind ? ` ${row.kind}-row` : ""}${isChanged ? " changed" : ""}` },
    el("dt", {}, row.label),
    el("dd", {}, valueOf(row), before),
  );
}

function valueOf(row) {
  if (row.kind === "pipe") return pipe(row.items);
  if (row.kind === "script") return script(row);
  return row.items.join(", ");
}

function pipe(items) {
  if (!items.length) return el("span", { class: "pipe empty" }, el("span", { class: "sr" }, "empty"));
  return el(
    "span",
    { class: "pipe" },
    items.map((item) => el("span", { class: "chip" }, item)),
  );
}

function script(row) {
  return el(
    "ol",
    { class: "script" },
    row.items.map((item, place) =>
      el(
        "li",
        {
          class: place < row.at ? "past" : place === row.at ? "now" : "",
          "aria-current": place === row.at ? "step" : null,
        },
        item,
      ),
    ),
  );
}

// The moves by which somebody kills what is called so, possible here or not.
export function killing(graph, { at, view }, name) {
  const possible = new Set(graph.enabled(at));
  return graph.moves
    .filter(({ action }) => graph.head.kills.includes(action.name))
    .map((move) => ({
      move: move.number,
      shown: shownMove(graph, view, move.number),
      possible: possible.has(move.number),
    }))
    .filter(({ shown: told }) => told.whom === name);
}
