// The steps of a run as a list, or of two runs side by side with the first difference marked.

import { el } from "./elements.js";
import { kind } from "./moves.js";
import { firstDifference } from "./run.js";

export function stepList(run, go) {
  const rows = [beginning(run, go)];
  for (let number = 1; number <= run.length; number++) {
    rows.push(remark(run, number - 1), step(run, number, go));
  }
  rows.push(run.note.loop === run.length ? el("li", { class: "remark" }, "and nothing happens any more") : null);
  return el("ol", { class: "steps" }, rows);
}

function beginning(run, go) {
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: "step",
        "data-step": 0,
        "aria-current": run.cursor === 0 ? "step" : null,
        onclick: () => go(0),
      },
      el("span", { class: "number" }, "0"),
      el("span", { class: "does" }, "the beginning"),
    ),
  );
}

function remark({ note }, number) {
  const words = [number === note.owed && "from here on it is owed", number === note.loop && "then for ever"].filter(
    Boolean,
  );
  return words.length ? el("li", { class: "remark" }, words.join("; ")) : null;
}

function step(run, number, go) {
  const { who, whom, label, name } = run.words(number);
  const note = run.note.notes?.[number - 1];
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: "step",
        "data-step": number,
        "aria-current": run.cursor === number ? "step" : null,
        title: name,
        onclick: () => go(number),
      },
      el("span", { class: "number" }, String(number)),
      el("span", { class: "who", "data-actor": kind(who) }, who),
      el("span", { class: "does" }, `${label}${whom ? ` → ${whom}` : ""}`),
      note ? el("span", { class: "note" }, note) : null,
    ),
  );
}

export function mark(parent, cursor) {
  for (const button of parent.querySelectorAll("[data-step]")) {
    if (Number(button.dataset.step) === cursor) {
      button.setAttribute("aria-current", "step");
      reveal(parent, button);
    } else {
      button.removeAttribute("aria-current");
    }
  }
}

// Within what scrolls by itself: the page stays where it is.
function reveal(parent, button) {
  const box = [parent, parent.closest("#run-panel")].find(
    (one) => one && getComputedStyle(one).overflowY === "auto" && one.scrollHeight > one.clientHeight,
  );
  if (!box) return;
  const [outer, inner] = [box.getBoundingClientRect(), button.getBoundingClientRect()];
  if (inner.top < outer.top || inner.bottom > outer.bottom) box.scrollTop += inner.top - outer.top - outer.height / 2;
}

// --- two runs ---------------------------------------------------------------------------------------------------------

export function difference(pinned, run) {
  const number = firstDifference(pinned, run);
  if (number === null) return "The two runs are the same.";
  const [left, right] = [pinned, run].map((one) => (number <= one.length ? one.sentence(number) : "ends"));
  return `The same for ${number - 1} step${number === 2 ? "" : "s"}. Then, in step ${number}: ${left}, beside: ${right}.`;
}

export function beside(pinned, run, go) {
  const first = firstDifference(pinned, run);
  const rows = [];
  for (let number = 1; number <= Math.max(pinned.length, run.length); number++)
    rows.push(pair(pinned, run, number, first, go));
  return el(
    "table",
    { class: "pairs" },
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        ["", "pinned", "this run"].map((title) => el("th", { scope: "col" }, title)),
      ),
    ),
    el("tbody", {}, rows),
  );
}

function pair(pinned, run, number, first, go) {
  const cell = (one) => el("td", {}, number <= one.length ? one.sentence(number) : "–");
  const isFirst = number === first;
  const button = el(
    "button",
    { type: "button", class: "step", "data-step": number, "aria-current": null, onclick: () => go(number) },
    String(number),
  );
  return el(
    "tr",
    { class: isFirst ? "first-difference" : first !== null && number > first ? "after" : "" },
    el(
      "th",
      { scope: "row" },
      button,
      isFirst ? el("span", { class: "badge", "data-tone": "warn" }, "first difference") : null,
    ),
    cell(pinned),
    cell(run),
  );
}
