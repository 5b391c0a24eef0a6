// Puts the page together: which graph, which run, where in it; what is drawn again when one of these changes.

import { byId, coded, count, el, put } from "./elements.js";
import { readFragment, spelled } from "./fragment.js";
import { Graph } from "./graph.js";
import { listKeys, listenToKeys } from "./keys.js";
import { lives, markLife, picture, save } from "./lives.js";
import { fillImpossible, ordered, possible } from "./moves.js";
import { Run } from "./run.js";
import { changes, killing, parts, stage } from "./stage.js";
import { beside, difference, mark, stepList } from "./steps.js";
import { ofState } from "./verdict.js";
import { answer, blamed, claims, questions, waiting } from "./why.js";

const book = JSON.parse(byId("book").textContent);
const graphs = new Map();
const here = { number: 0, run: null, step: 0, question: null, pinned: null, past: [] };
let shownRun = null;

async function graphAt(number) {
  if (!graphs.has(number)) graphs.set(number, await Graph.open(byId(`graph-${number}`).textContent));
  return graphs.get(number);
}

// --- verbs ------------------------------------------------------------------------------------------------------------

function remember() {
  here.past.push({ number: here.number, run: here.run, cursor: here.run.cursor });
  if (here.past.length > 500) here.past.shift();
}

// Beside a longer run one goes on in that one alone when this one has ended.
function go(number) {
  here.step = Math.max(0, Math.min(number, longest()));
  here.run.cursor = Math.min(here.step, here.run.length);
  show();
}

function longest() {
  return Math.max(here.run.length, here.pinned?.run.length ?? 0);
}

function take(move) {
  remember();
  here.run = here.run.onFromHere([move]);
  show();
}

function replace(run) {
  remember();
  here.run = run;
  show();
}

async function undo() {
  const last = here.past.pop();
  if (!last) return tell("Nothing to undo.");
  here.number = last.number;
  here.run = last.run;
  here.run.cursor = last.cursor;
  byId("graph").value = String(here.number);
  fillGraph();
  show();
}

async function choose(number, run = null, cursor = 0) {
  const graph = await graphAt(number);
  if (here.run) remember();
  here.number = number;
  here.question = null;
  here.run = run ?? firstRun(graph);
  here.run.cursor = Math.min(cursor, here.run.length);
  byId("graph").value = String(number);
  fillGraph();
  show();
}

function firstRun(graph) {
  const run = graph.head.runs.length ? Run.offered(graph, graph.head.runs[0]) : new Run(graph);
  run.cursor = 0;
  return run;
}

function kill() {
  const graph = here.run.graph;
  const all = parts(graph, here.run.here).flatMap(({ name }) => killing(graph, here.run.here, name));
  const one = all.find((move) => move.possible);
  if (one) take(one.move);
  else tell(all.length ? whyNot(all[0]) : "Nobody can be killed in this graph.");
}

function whyNot({ move, shown }) {
  const graph = here.run.graph;
  const names = graph.falseIn(here.run.here.at, move).map((conjunct) => graph.head.conjuncts[conjunct].name);
  return `Not possible: ${shown.who} ${shown.label}${names.length ? `, since “${names.join("”, “")}” is false` : ""}.`;
}

function pin() {
  here.pinned = here.pinned ? null : { number: here.number, run: here.run };
  shownRun = null;
  show();
}

function theme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
}

function saveSvg() {
  save("run.svg", picture(here.run, `${book.title}: ${here.run.graph.head.name}`));
}

function help() {
  const dialog = byId("keys");
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

function tell(words) {
  byId("live").textContent = words;
  byId("said").textContent = words;
}

// --- what is shown ----------------------------------------------------------------------------------------------------

function show() {
  const { run } = here;
  const { graph } = run;
  if (run.cursor < run.length || !here.pinned) here.step = run.cursor;
  showState(graph, run);
  showRun(run);
  showMoves(graph, run);
  showAnswer();
  put(byId("claims"), claims(graph, run, goToClaim));
  address();
}

function showState(graph, run) {
  const state = run.here;
  const before = run.cursor ? parts(graph, run.states[run.cursor - 1]) : null;
  const verdict = ofState(graph, state.at);
  byId("verdict").dataset.tone = verdict.tone;
  byId("verdict").textContent = [verdict.text, endless(run)].filter(Boolean).join(" ");
  put(byId("waiting"), blamed(graph, run), waiting(graph, state));
  if (here.pinned) showBoth(graph, state);
  else put(byId("stages"), el("div", { class: "stage" }, stage(graph, state, before, killButton)));
  const what = run.cursor
    ? `Step ${run.cursor} of ${run.length}: ${run.sentence(run.cursor)}.`
    : run.length
      ? `The beginning of a run of ${count(run.length, "step")}.`
      : "The beginning.";
  const changed = before ? changes(before, parts(graph, state)) : [];
  byId("step-now").textContent = what;
  tellStep(what, changed, verdict.text);
}

function tellStep(what, changed, verdict) {
  byId("said").textContent = "";
  byId("live").textContent = [what, changed.length ? `Changed: ${changed.join("; ")}.` : "", verdict]
    .filter(Boolean)
    .join(" ");
}

function endless({ note, length, cursor }) {
  if (note.loop === null || note.loop === undefined || cursor !== length) return "";
  return note.loop === length ? "Nothing happens any more." : `Steps ${note.loop + 1} to ${length} go on for ever.`;
}

function showBoth(graph, state) {
  const { run: pinned } = here.pinned;
  const cursor = Math.min(here.step, pinned.length);
  const left = pinned.states[cursor];
  const [one, other] = [parts(pinned.graph, left), parts(graph, state)];
  put(
    byId("stages"),
    el(
      "div",
      { class: "stage" },
      el("h3", { class: "side" }, `Pinned, after step ${cursor}: ${pinned.graph.head.name}`),
      stage(pinned.graph, left, other, null, "beside"),
    ),
    el(
      "div",
      { class: "stage" },
      el("h3", { class: "side" }, `This run, after step ${here.run.cursor}: ${graph.head.name}`),
      stage(graph, state, one, killButton, "beside"),
    ),
  );
}

function killButton(name) {
  const found = killing(here.run.graph, here.run.here, name);
  if (!found.length) return null;
  const one = found.find((move) => move.possible) ?? found[0];
  const words = one.possible ? `Kill ${name} now` : whyNot(one);
  return el(
    "button",
    {
      type: "button",
      class: "kill",
      "aria-disabled": one.possible ? null : "true",
      title: words,
      "aria-label": words,
      onclick: () => (one.possible ? take(one.move) : tell(words)),
    },
    "kill now",
  );
}

function showRun(run) {
  byId("slider").max = String(longest());
  byId("slider").value = String(here.step);
  byId("slider").setAttribute(
    "aria-valuetext",
    run.cursor ? `step ${run.cursor}: ${run.sentence(run.cursor)}` : "the beginning",
  );
  byId("compare").setAttribute("aria-pressed", here.pinned ? "true" : "false");
  byId("stages").classList.toggle("both", Boolean(here.pinned));
  byId("difference").textContent = here.pinned ? difference(here.pinned.run, run) : "";
  if (shownRun !== run) {
    put(byId("steps"), stepList(run, go));
    put(byId("beside"), here.pinned ? beside(here.pinned.run, run, go) : null);
    put(byId("lives"), lives(run, go, byId("lives").clientWidth));
    shownRun = run;
  }
  mark(byId("steps"), run.cursor);
  mark(byId("beside"), here.step);
  markLife(byId("lives"), run.cursor);
}

function showMoves(graph, run) {
  const number = graph.enabled(run.here.at).length;
  byId("moves-title").textContent = number ? `What can happen: ${count(number, "move")}` : "Nothing can happen";
  put(byId("moves"), number ? possible(graph, run.here, take) : null);
  if (byId("impossible").open) fillImpossible(byId("missing"), graph, run.here, byId("wanted").value);
}

function showAnswer() {
  const { graph } = here.run;
  const all = questions(graph);
  const question = here.question === null ? null : all[here.question];
  byId("question").value = question ? String(here.question) : "";
  if (!question) return put(byId("answer"));
  const found = answer(graph, here.run.here, question);
  put(
    byId("answer"),
    question.says ? el("p", { class: "quiet" }, question.says) : null,
    el("p", { class: "answer" }, found.text),
    found.here?.length
      ? el(
          "button",
          { type: "button", onclick: () => replace(here.run.onFromHere(found.here)) },
          "Show the way from here",
        )
      : null,
    found.start?.length
      ? el(
          "button",
          { type: "button", onclick: () => replace(new Run(graph, found.start)) },
          "Show the way from the beginning",
        )
      : null,
  );
}

function goToClaim(claim) {
  const { graph } = here.run;
  const far = graph.distances(graph.where((at) => claim.failsAt.has(at)));
  const way = graph.way(0, far);
  if (way) replace(new Run(graph, way, way.length));
}

function address() {
  const where = { graph: here.number, run: here.run, question: here.question, pinned: here.pinned };
  history.replaceState(null, "", spelled(where));
}

// --- what is filled in once -------------------------------------------------------------------------------------------

function fillBook() {
  document.title = `${book.title} – checkedpool explorer`;
  byId("title").textContent = book.title;
  put(
    byId("says"),
    book.says.map((words) => el("p", {}, coded(words))),
  );
  byId("command").textContent = book.command;
  put(
    byId("left-out"),
    book["left out"].map((words) => el("li", {}, words)),
  );
  byId("left-out-part").hidden = !book["left out"].length;
  put(
    byId("graph"),
    book.graphs.map(({ name }, number) => el("option", { value: number }, name)),
  );
  byId("graph-part").hidden = book.graphs.length < 2;
}

function fillGraph() {
  const { graph } = here.run;
  const { whole, name } = graph.head;
  const steps = count(graph.targets.length, "step");
  const counted = `${count(graph.states, "state")}, ${steps}: ${whole ? "the whole graph" : "a part of the graph"}`;
  const merged = graph.head.renamings.length > 1 ? "; a state stands for all that differ by names" : "";
  byId("size").textContent =
    `${book.graphs.length > 1 ? "" : `${name} · `}${counted}${merged}${graph.head.note ? `. ${graph.head.note}` : ""}`;
  put(
    byId("offered"),
    el("option", { value: "" }, "choose a run …"),
    graph.head.runs.map((run, number) => el("option", { value: number }, `${run.name}: ${run.says}`)),
    el("option", { value: "new" }, "a new run, from the beginning"),
  );
  const groups = new Map();
  questions(graph).forEach((question, number) =>
    groups.set(question.group, [...(groups.get(question.group) ?? []), el("option", { value: number }, question.name)]),
  );
  put(
    byId("question"),
    el("option", { value: "" }, "choose a predicate …"),
    [...groups].map(([group, options]) => el("optgroup", { label: group }, options)),
  );
  shownRun = null;
}

function offer(value) {
  const { graph } = here.run;
  if (value === "") return;
  const run = value === "new" ? new Run(graph) : Run.offered(graph, graph.head.runs[Number(value)]);
  run.cursor = 0;
  replace(run);
  byId("offered").value = "";
}

const VERBS = [
  { keys: ["j", "ArrowRight"], says: "the next step of the run", does: () => go(here.step + 1) },
  { keys: ["k", "ArrowLeft"], says: "the step before", does: () => go(here.step - 1) },
  { keys: ["Home"], says: "the beginning", does: () => go(0) },
  { keys: ["End"], says: "the end of the run", does: () => go(longest()) },
  {
    keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"],
    says: "take that move of those that are possible",
    does: (key) => takeNumber(Number(key)),
  },
  { keys: ["x"], says: "kill a worker now", does: kill },
  { keys: ["u"], says: "undo the last change of the run", does: undo },
  { keys: ["w"], says: "ask: why not?", does: () => byId("question").focus() },
  { keys: ["/"], says: "look for a move that is not possible", does: lookFor },
  { keys: ["c"], says: "pin this run and compare others with it; again: let it go", does: pin },
  { keys: ["s"], says: "save the run as a picture (SVG)", does: saveSvg },
  { keys: ["t"], says: "light or dark", does: theme },
  { keys: ["?"], says: "this list", does: help },
];

function takeNumber(number) {
  const moves = ordered(here.run.graph, here.run.here);
  if (number <= moves.length) take(moves[number - 1]);
}

function lookFor() {
  byId("impossible").open = true;
  byId("wanted").focus();
}

function connect() {
  const on = (id, event, does) => byId(id).addEventListener(event, does);
  on("first", "click", () => go(0));
  on("back", "click", () => go(here.step - 1));
  on("on", "click", () => go(here.step + 1));
  on("undo", "click", undo);
  on("slider", "input", () => go(Number(byId("slider").value)));
  on("graph", "change", () => choose(Number(byId("graph").value)));
  on("offered", "change", () => offer(byId("offered").value));
  on("question", "change", () => ask(byId("question").value));
  on("wanted", "input", () => showMoves(here.run.graph, here.run));
  on("impossible", "toggle", () => showMoves(here.run.graph, here.run));
  on("compare", "click", pin);
  on("save", "click", saveSvg);
  on("print", "click", () => print());
  on("theme", "click", theme);
  on("help", "click", help);
  on("close-keys", "click", help);
  addEventListener("hashchange", () => follow(location.hash));
  listenToKeys(VERBS);
  listKeys(VERBS);
}

function ask(value) {
  here.question = value === "" ? null : Number(value);
  showAnswer();
  address();
}

async function follow(fragment) {
  const wanted = readFragment(fragment);
  const number = wanted.graph < book.graphs.length ? wanted.graph : 0;
  const graph = await graphAt(number);
  const run = wanted.moves ? sameAs(graph, wanted.moves) : null;
  here.pinned =
    wanted.pinned && wanted.pinned.graph < book.graphs.length
      ? { number: wanted.pinned.graph, run: new Run(await graphAt(wanted.pinned.graph), wanted.pinned.moves) }
      : null;
  await choose(number, run, wanted.at);
  here.question = wanted.question !== null && wanted.question < questions(graph).length ? wanted.question : null;
  show();
}

// If the moves are those of a run that the file offers, then it is that run, with its remarks.
function sameAs(graph, moves) {
  const run = new Run(graph, moves);
  const offered = graph.head.runs.map((one) => Run.offered(graph, one));
  return offered.find((one) => one.moves.join() === run.moves.join()) ?? run;
}

async function main() {
  fillBook();
  connect();
  try {
    await follow(location.hash);
    document.documentElement.dataset.ready = "yes";
  } catch (error) {
    byId("verdict").dataset.tone = "bad";
    byId("verdict").textContent = `This browser cannot open the graph: ${error.message}`;
  }
}

main();
