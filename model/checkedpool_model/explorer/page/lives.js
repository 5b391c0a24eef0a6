// The run as a picture: each part a line from left to right, coloured by what it is at. It can be saved as SVG.

import { SVG, el, svg } from "./elements.js";
import { parts } from "./stage.js";

const [LEFT, TOP, LINE, LEAST, MOST] = [92, 26, 22, 30, 120];
const DRAWN = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "font-size",
  "font-family",
  "font-weight",
  "text-anchor",
  "opacity",
];

export function lives(run, go, room) {
  const states = run.states.map((state) => parts(run.graph, state));
  const names = states[0]
    .filter(({ head }) => head)
    .filter((part) => isALife(states, part))
    .map(({ name }) => name);
  const step = Math.max(LEAST, Math.min(MOST, (room - LEFT - 10) / states.length));
  const [width, height] = [LEFT + step * states.length + 8, TOP + LINE * names.length + 8];
  const drawing = svg(
    "svg",
    {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-label": `The run as a picture: ${run.length} steps, ${names.length} lives`,
      class: "lives",
    },
    svg("rect", { class: "now", x: LEFT + step * run.cursor, y: 0, width: step, height, rx: 3 }),
    states.map((_, number) => heading(number, run, step, height, go)),
    names.map((name, line) =>
      life(
        states.map((all) => all.find((part) => part.name === name)),
        name,
        line,
        step,
      ),
    ),
  );
  return drawing;
}

// Where the step that one is at is marked.
export function markLife(parent, cursor) {
  const now = parent.querySelector(".now");
  now.setAttribute("x", String(LEFT + Number(now.getAttribute("width")) * cursor));
  const [x, step] = [Number(now.getAttribute("x")), Number(now.getAttribute("width"))];
  if (x < parent.scrollLeft + LEFT || x + step > parent.scrollLeft + parent.clientWidth)
    parent.scrollLeft = x - parent.clientWidth / 2;
}

// The gate and channels are no lives: they are looked at on the stage.
function isALife(states, { zone, name }) {
  if (zone === "shared" || zone === "nature" || ["inbox", "jobs"].includes(name)) return false;
  return zone === "future" || states.some((all) => all.find((part) => part.name === name)?.tone !== "none");
}

function heading(number, run, step, height, go) {
  const title = number ? `step ${number}: ${run.sentence(number)}` : "the beginning";
  return svg(
    "g",
    { class: "heading", onclick: () => go(number) },
    svg("rect", { class: "catch", x: LEFT + step * number, y: 0, width: step, height }),
    svg("text", { x: LEFT + step * (number + 0.5), y: 15, "text-anchor": "middle" }, String(number)),
    svg("title", {}, title),
  );
}

function life(moments, name, line, step) {
  const y = TOP + LINE * line;
  const pieces = [];
  for (let from = 0, to; from < moments.length; from = to) {
    to = from + 1;
    while (to < moments.length && moments[to].tone === moments[from].tone && moments[to].head === moments[from].head)
      to++;
    pieces.push(piece(moments[from], LEFT + step * from, y, step * (to - from)));
  }
  return svg(
    "g",
    { class: "life" },
    svg("text", { class: "name", x: LEFT - 8, y: y + 13, "text-anchor": "end" }, name),
    pieces,
  );
}

function piece({ head, tone }, x, y, width) {
  const letters = Math.floor((width - 10) / 5.6);
  const words = letters < 4 ? "" : head.length <= letters ? head : `${head.slice(0, letters - 1)}…`;
  return svg(
    "g",
    { class: "piece", "data-tone": tone },
    svg("rect", { x: x + 1, y: y + 2, width: Math.max(width - 2, 1), height: LINE - 6, rx: 4 }),
    words ? svg("text", { x: x + 6, y: y + 13 }, words) : null,
    svg("title", {}, head),
  );
}

// --- to a file --------------------------------------------------------------------------------------------------------

export function picture(run, title) {
  const shown = lives(run, () => {}, 900);
  document.getElementById("lives").append(shown);
  const copy = plain(shown);
  shown.remove();
  const [width, height] = [Number(copy.getAttribute("width")), Number(copy.getAttribute("height"))];
  const lines = [title, ...run.states.slice(1).map((_, number) => `${number + 1}. ${run.sentence(number + 1)}`)];
  const full = svg("svg", {
    xmlns: SVG,
    width: Math.max(width, 560),
    height: height + 18 * lines.length + 24,
    viewBox: `0 0 ${Math.max(width, 560)} ${height + 18 * lines.length + 24}`,
  });
  const { backgroundColor, color } = getComputedStyle(document.body);
  full.append(svg("rect", { width: "100%", height: "100%", fill: backgroundColor }), ...copy.childNodes);
  const words = { x: 12, "font-size": 12, "font-family": "sans-serif", fill: color };
  lines.forEach((line, place) =>
    full.append(
      svg("text", { ...words, y: height + 18 * (place + 1), "font-weight": place ? "normal" : "bold" }, line),
    ),
  );
  return new XMLSerializer().serializeToString(full);
}

// A copy whose colours stand in it: it is looked at elsewhere, without this page's style.
function plain(drawing) {
  const copy = drawing.cloneNode(true);
  const [all, copies] = [drawing.querySelectorAll("*"), copy.querySelectorAll("*")];
  all.forEach((element, place) => {
    const style = getComputedStyle(element);
    for (const name of DRAWN) copies[place].setAttribute(name, style.getPropertyValue(name));
  });
  copies.forEach((element) =>
    element.classList.contains("catch") ? element.remove() : element.removeAttribute("class"),
  );
  return copy;
}

export function save(name, text) {
  const link = el("a", { href: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`, download: name });
  link.click();
}
