"""Whether each step of a graph of the real code is a finite sequence of actions of the protocol, or none.

Decides: which sequence a step is, by search: the shortest, of those who take part in it. Must not know: how worlds are
mapped (``protocol``), which actions there are and who may be which (``allowed``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

from checkedpool.testing import World
from checkedpool_model.checker.compile import moves_of, successors_compiled
from checkedpool_model.checker.graph import Graph
from checkedpool_model.checker.story import changes
from checkedpool_model.checker.system import System
from checkedpool_model.protocol.bounds import Bounds, initial
from checkedpool_model.protocol.properties import terminal
from checkedpool_model.protocol.state import State
from checkedpool_model.traces.rules import TraceAction
from tests.checks.conformance.allowed import ACTORS, actions, actor, may
from tests.checks.conformance.constants import bounds_of
from tests.checks.conformance.forgotten import forgotten
from tests.checks.conformance.protocol import as_protocol
from tests.checks.conformance.system import Code
from tests.checks.conformance.tied import Tie

__all__ = ["Followed", "follow"]

LONGEST = 12
"""Actions of the protocol that one step may be at most."""
WIDEST = 4_000
"""States of the protocol that are looked at for one step."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What following a graph has come to."""

    used: frozenset[str]
    """The actions that some step was."""
    longest: int
    story: tuple[str, ...] = ()
    """The step that is no sequence of actions, how it is reached, what it changes."""


class Paths:
    """Finds sequences, and remembers what it has found. States are known by number: to hash one takes long."""

    def __init__(self, k: Bounds, tie: Tie | None = None) -> None:
        self.k = k
        self.tie = tie
        sizes = {"": 1, "lane": k.lanes, "task": k.tasks, "client": len(k.script), "thread": k.threads,
                 "message": max(k.tasks, 5, k.lanes)}  # fmt: skip
        rows = actions(k.lanes, k.threads)
        systems = {
            who: System(who, k, initial(k), tuple(row for row in rows if may(names, row.name)), sizes, terminal)
            for who, names in ACTORS.items()
        }
        self.moves = {who: moves_of(system) for who, system in systems.items()}
        self.quickly = {who: successors_compiled(system) for who, system in systems.items()}
        self.states: list[State] = []
        self.numbers: dict[State, int] = {}
        self.after: dict[tuple[str, int], list[tuple[str, int]]] = {}
        self.paths: dict[tuple[str, int, int], tuple[str, ...] | None] = {}

    def number(self, s: State) -> int:
        """The number of a state, a new one if it was not met before."""
        number = self.numbers.setdefault(s, len(self.states))
        if number == len(self.states):
            self.states.append(s)
        return number

    def find(self, who: str, before: int, after: int) -> tuple[str, ...] | None:
        """The shortest sequence of this actor's actions from one state to the other; None: there is none."""
        if before == after:
            return ()
        question = who, before, after
        if question not in self.paths:
            self.paths[question] = self._search(who, before, after)
        return self.paths[question]

    def _search(self, who: str, before: int, after: int) -> tuple[str, ...] | None:
        met: dict[int, tuple[str, ...]] = {before: ()}
        layer = [before]
        for _ in range(LONGEST):
            following: list[int] = []
            for number in layer:
                for name, reached in self._steps(who, number):
                    if reached not in met:
                        met[reached] = (*met[number], name)
                        following.append(reached)
            if after in met or len(met) > WIDEST:
                return met.get(after)
            layer = following
        return None

    def _steps(self, who: str, number: int) -> list[tuple[str, int]]:
        key = who, number
        if key not in self.after:
            found = self._found(who, self.states[number])
            steps = [(*self.moves[who][move], forgotten(self.k, after)) for move, after in found]
            self.after[key] = [
                (action.name, self.number(after))
                for action, index, after in steps
                if self.tie is None or not self.tie.wrong_step(action.name, index, self.states[number], after)
            ]
        return self.after[key]

    def _found(self, who: str, s: State) -> list[tuple[int, State]]:
        """What this actor can do, by the compiled table, or, where that asks what cannot be asked here, row by row."""
        if who not in self.quickly:
            return []
        try:
            return sorted(self.quickly[who](s), key=itemgetter(0))
        except (IndexError, TypeError):
            return [
                (number, action.effect(self.k, s, index))
                for number, (action, index) in enumerate(self.moves[who])
                if _is_enabled(action, self.k, s, index)
            ]


def _is_enabled(action: TraceAction, k: Bounds, s: State, index: int) -> bool:
    try:
        return action.enabled(k, s, index)
    except (IndexError, TypeError):  # asked of an index that this state has not, or of a client in another call
        return False


def follow(code: Code, graph: Graph[World], *, tied: bool = False) -> Followed:
    """Follow every edge; the first that is no sequence ends it, as does an end that is none in the protocol.

    ``tied``: only by actions that are steps of the proof, and through images that satisfy its invariant (``tied``).
    """
    k = bounds_of(code.scope)
    images = [as_protocol(k, w) for w in graph.states]
    if images[0] != initial(k):
        return Followed(frozenset(), 0, ("the first world is not the protocol's first state",))
    wrong = next((at for at, targets in enumerate(graph.targets) if not targets and not terminal(k, images[at])), None)
    if wrong is not None:
        return Followed(frozenset(), 0, ("an end is no end of the protocol", *_steps(graph, graph.way_to(wrong))))
    tie = Tie(k) if tied else None
    if tie is not None:
        for at, image in enumerate(images):
            if broken := tie.wrong_state(image):
                return Followed(frozenset(), 0, (broken, *_steps(graph, graph.way_to(at))))
    return _every_edge(graph, images, Paths(k, tie))


def _every_edge(graph: Graph[World], images: list[State], paths: Paths) -> Followed:
    used: set[str] = set()
    longest = 0
    numbers = [paths.number(image) for image in images]
    for at in range(graph.expanded):
        for move, target in graph.edges(at):
            who = actor(graph.moves[move].action)
            path = paths.find(who, numbers[at], numbers[target])
            if path is None:
                return Followed(frozenset(used), longest, tuple(_story(graph, images, at, target)))
            used.update(path)
            longest = max(longest, len(path))
    return Followed(frozenset(used), longest)


def _story(graph: Graph[World], images: list[State], at: int, target: int) -> Iterator[str]:
    yield "the last of these steps is no sequence of actions of the protocol"
    yield from _steps(graph, [*graph.way_to(at), target])
    yield "in the protocol it changes"
    yield from (f"  {change}" for change in changes(images[at], images[target]))


def _steps(graph: Graph[World], way: list[int]) -> Iterator[str]:
    for number, (move, _) in enumerate(graph.steps(way), 1):
        yield f"  {number}. {graph.moves[move].action} {graph.moves[move].index}"
