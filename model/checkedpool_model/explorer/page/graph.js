// The exact graph: what is possible where, what holds where, how far it is to something, what can still be reached.
// It computes with numbers of states alone. What a state, a guard or a claim means was asked of the model beforehand.

import { unpacked } from "./bytes.js";
import { nounsOf } from "./names.js";

export const FAR = 0xffffffff;

export class Graph {
  static async open(letters) {
    const { head, columns } = await unpacked(letters);
    return new Graph(head, columns);
  }

  constructor(head, columns) {
    this.head = head;
    this.columns = columns;
    this.nouns = nounsOf(head);
    this.states = head.states;
    this.expanded = head.expanded;
    this.moves = head.moves.map(([action, index, who, whom, label], number) => ({
      number,
      index,
      who,
      whom,
      label,
      action: head.actions[action],
    }));
    this.firstMove = new Map();
    for (const move of this.moves) {
      if (!this.firstMove.has(move.action)) this.firstMove.set(move.action, move.number);
    }
    for (const claim of head.claims) claim.failsAt = new Set(claim.fails ?? []);
    this.findTargets();
    this.known = new Map();
  }

  findTargets() {
    const { enabled, targets } = this.columns;
    this.start = new Uint32Array(this.expanded + 1);
    for (let at = 0; at < this.expanded; at++) {
      this.start[at + 1] = this.start[at] + this.head.enabled[enabled[at]].length;
    }
    this.targets = new Uint32Array(targets.length);
    for (let at = 0; at < this.expanded; at++) {
      for (let edge = this.start[at]; edge < this.start[at + 1]; edge++) {
        const zigzag = targets[edge];
        this.targets[edge] = at + (zigzag % 2 ? -(zigzag + 1) / 2 : zigzag / 2);
      }
    }
  }

  isExpanded(at) {
    return at < this.expanded;
  }

  enabled(at) {
    return this.isExpanded(at) ? this.head.enabled[this.columns.enabled[at]] : [];
  }

  edges(at) {
    return this.enabled(at).map((move, place) => {
      const edge = this.start[at] + place;
      return { move, target: this.targets[edge], renaming: this.head.renamings[this.columns.renamed[edge]] };
    });
  }

  step(at, move) {
    return this.edges(at).find((edge) => edge.move === move) ?? null;
  }

  moveOf(action, index) {
    return this.firstMove.get(action) + index;
  }

  // --- what holds where ---

  bit(table, at, bit) {
    const rows = this.columns[`${table}.table`];
    const width = rows.length / this.rowsOf(table);
    return (rows[this.columns[table][at] * width + (bit >> 3)] >> (bit & 7)) & 1;
  }

  rowsOf(table) {
    return this.remembered(
      `rows of ${table}`,
      () => this.columns[table].reduce((most, row) => Math.max(most, row), 0) + 1,
    );
  }

  holds(at, conjunct, index) {
    const { bit, width } = this.head.conjuncts[conjunct];
    return this.bit("guards", at, bit + (width > 1 ? index : 0)) === 1;
  }

  falseIn(at, move) {
    const { action, index } = this.moves[move];
    return action.guard.filter((conjunct) => !this.holds(at, conjunct, index));
  }

  isTerminal(at) {
    return this.columns.terminal[at] === 1;
  }

  isDead(at) {
    return this.isExpanded(at) && !this.enabled(at).length && !this.isTerminal(at);
  }

  // --- how far, and what can still be reached ---

  remembered(name, make) {
    if (!this.known.has(name)) this.known.set(name, make());
    return this.known.get(name);
  }

  where(holds) {
    const found = new Uint8Array(this.states);
    for (let at = 0; at < this.states; at++) found[at] = holds(at) ? 1 : 0;
    return found;
  }

  whereSo(question) {
    return this.remembered(`so ${question}`, () => this.where((at) => this.bit("questions", at, question)));
  }

  get reverse() {
    return this.remembered("reverse", () => {
      const start = new Uint32Array(this.states + 1);
      for (const target of this.targets) start[target + 1]++;
      for (let at = 0; at < this.states; at++) start[at + 1] += start[at];
      const next = start.slice(0, -1);
      const from = new Uint32Array(this.targets.length);
      for (let at = 0; at < this.expanded; at++) {
        for (let edge = this.start[at]; edge < this.start[at + 1]; edge++) from[next[this.targets[edge]]++] = at;
      }
      return { start, from };
    });
  }

  // How many steps it is from each state to the nearest of these.
  distances(wanted) {
    const { start, from } = this.reverse;
    const far = new Uint32Array(this.states).fill(FAR);
    const todo = [];
    for (let at = 0; at < this.states; at++) {
      if (wanted[at]) {
        far[at] = 0;
        todo.push(at);
      }
    }
    for (let next = 0; next < todo.length; next++) {
      const at = todo[next];
      for (let edge = start[at]; edge < start[at + 1]; edge++) {
        const before = from[edge];
        if (far[before] === FAR) {
          far[before] = far[at] + 1;
          todo.push(before);
        }
      }
    }
    return far;
  }

  farTo(question) {
    return this.remembered(`far ${question}`, () => this.distances(this.whereSo(question)));
  }

  // States from which no end can be reached, and nothing that was not explored.
  get hang() {
    return this.remembered("hang", () => {
      const far = this.distances(this.where((at) => this.isTerminal(at) || !this.isExpanded(at)));
      return this.where((at) => far[at] === FAR);
    });
  }

  get farToHang() {
    return this.remembered("far to a hang", () => this.distances(this.hang));
  }

  get broken() {
    return this.remembered("broken", () => {
      const found = new Uint8Array(this.states);
      for (const claim of this.head.claims) for (const at of claim.fails ?? []) found[at] = 1;
      for (const step of this.head["broken steps"]) found[step.at] = 1;
      return found;
    });
  }

  get farToBroken() {
    return this.remembered("far to a broken claim", () => this.distances(this.broken));
  }

  // The moves of a shortest way from here, given how far it is.
  way(at, far) {
    if (far[at] === FAR) return null;
    const moves = [];
    while (far[at]) {
      const edge = this.edges(at).find(({ target }) => far[target] === far[at] - 1);
      moves.push(edge.move);
      at = edge.target;
    }
    return moves;
  }
}
