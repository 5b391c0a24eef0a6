"""Whether each step of a graph of the real code is a finite sequence of actions of the protocol, or none.

Decides: which sequence a step is: one that a step of that name was before, or else, by search, a shortest of those who
take part in it. Must not know: how worlds are mapped (``protocol``), which actions there are and who may be which
(``allowed``).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from operator import itemgetter, ne

from checkedpool.testing import World
from checkedpool_model.checker.compile import Successors, moves_of, successors_compiled
from checkedpool_model.checker.graph import Graph
from checkedpool_model.checker.story import changes
from checkedpool_model.checker.system import System
from checkedpool_model.protocol.bounds import Bounds, first_step, initial
from checkedpool_model.protocol.properties import terminal
from checkedpool_model.protocol.state import Client, State
from checkedpool_model.traces.rules import TraceAction
from tests.checks.conformance.allowed import ACTORS, actions, actor, may
from tests.checks.conformance.constants import bounds_of
from tests.checks.conformance.forgotten import forgotten
from tests.checks.conformance.protocol import Known, as_protocol
from tests.checks.conformance.system import Code
from tests.checks.conformance.tied import Tie

__all__ = ["Followed", "follow"]

LONGEST = 12
"""Actions of the protocol that one step may be at most."""
WIDEST = 4_000
"""States of the protocol that are looked at for one step."""
TRIED = 32
"""Sequences that a step was before, which are tried before one is looked for."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What following a graph has come to."""

    used: frozenset[str]
    """The actions that some step was."""
    longest: int
    story: tuple[str, ...] = ()
    """The step that is no sequence of actions, how it is reached, what it changes."""


class Paths:
    """Finds sequences, and remembers what it has found. States are known by number: to hash one takes long.

    What a step was last, that it is mostly again, above all where the same fields change. So the last sequences that a
    step was are tried before one is looked for, and tables are made for those actors only of whom something has to be
    looked for.
    """

    def __init__(self, k: Bounds, tie: Tie | None = None) -> None:
        self.k = k
        self.tie = tie
        sizes = {"": 1, "lane": k.lanes, "task": k.tasks, "client": len(k.script), "thread": k.threads,
                 "message": max(k.tasks, 5, k.lanes)}  # fmt: skip
        rows = actions(k.lanes, k.threads)
        self.systems = {
            who: System(who, k, initial(k), tuple(row for row in rows if may(names, row.name)), sizes, terminal)
            for who, names in ACTORS.items()
        }
        self.moves = {who: moves_of(system) for who, system in self.systems.items()}
        self.quickly: dict[str, Successors[State]] = {}
        self.states: list[State] = []
        self.numbers: dict[State, int] = {}
        self.after: dict[tuple[str, int], list[tuple[int, int]]] = {}
        self.paths: dict[tuple[str, int, int], tuple[str, ...] | None] = {}
        self.last: dict[tuple[Hashable, ...], list[tuple[int, ...]]] = {}
        """Of each step, and of each where the same fields change: what it was, by the actor's moves, the last first."""

    def number(self, s: State) -> int:
        """The number of a state, a new one if it was not met before."""
        number = self.numbers.setdefault(s, len(self.states))
        if number == len(self.states):
            self.states.append(s)
        return number

    def find(self, who: str, before: int, after: int, step: Hashable = None) -> tuple[str, ...] | None:
        """A sequence of this actor's actions from one state to the other; None: there is none.

        ``step``: which step it is, so that what it was elsewhere is tried first. What has to be looked for is a
        shortest one.
        """
        if before == after:
            return ()
        question = who, before, after
        if question not in self.paths:
            kinds = (who, step, _changed(self.states[before], self.states[after])), (who, step)
            likely = [self.last.setdefault(kind, []) for kind in kinds]
            tried = islice(dict.fromkeys(chain(*likely)), TRIED)
            way = next((way for way in tried if self._leads(who, way, before, after)), None)
            found = self._search(who, before, after) if way is None else way
            if found is not None:
                for ways in likely:
                    _put_first(ways, found)
            self.paths[question] = None if found is None else tuple(self.moves[who][move][0].name for move in found)
        return self.paths[question]

    def _leads(self, who: str, way: tuple[int, ...], before: int, after: int) -> bool:
        """Whether these moves lead from one state to the other."""
        s = self.states[before]
        for move in way:
            action, index = self.moves[who][move]
            if not _is_enabled(action, self.k, s, index):
                return False
            reached = forgotten(self.k, action.effect(self.k, s, index))
            if self._is_wrong(who, move, s, reached):
                return False
            s = reached
        return s == self.states[after]

    def _search(self, who: str, before: int, after: int) -> tuple[int, ...] | None:
        met: dict[int, tuple[int, ...]] = {before: ()}
        layer = [before]
        for _ in range(LONGEST):
            following: list[int] = []
            for number in layer:
                for move, reached in self._steps(who, number):
                    if reached not in met:
                        met[reached] = (*met[number], move)
                        following.append(reached)
            if after in met or len(met) > WIDEST:
                return met.get(after)
            layer = following
        return None

    def _steps(self, who: str, number: int) -> list[tuple[int, int]]:
        key = who, number
        if key not in self.after:
            s = self.states[number]
            steps = [(move, forgotten(self.k, after)) for move, after in self._found(who, s)]
            self.after[key] = [
                (move, self.number(after)) for move, after in steps if not self._is_wrong(who, move, s, after)
            ]
        return self.after[key]

    def _is_wrong(self, who: str, move: int, before: State, after: State) -> bool:
        """Whether only steps of the proof are followed, and it is none."""
        action, index = self.moves[who][move]
        return self.tie is not None and bool(self.tie.wrong_step(action.name, index, before, after))

    def _found(self, who: str, s: State) -> list[tuple[int, State]]:
        """What this actor can do, by the compiled table, or, where that asks what cannot be asked here, row by row."""
        if who not in self.systems:
            return []
        if who not in self.quickly:
            self.quickly[who] = successors_compiled(self.systems[who])
        try:
            return sorted(self.quickly[who](s), key=itemgetter(0))
        except (IndexError, TypeError):
            return [
                (number, action.effect(self.k, s, index))
                for number, (action, index) in enumerate(self.moves[who])
                if _is_enabled(action, self.k, s, index)
            ]


def _changed(before: State, after: State) -> tuple[bool, ...]:
    """Which fields are not what they were."""
    return tuple(map(ne, before, after))


def _put_first(ways: list[tuple[int, ...]], way: tuple[int, ...]) -> None:
    """What a step was last."""
    if way in ways:
        ways.remove(way)
    ways.insert(0, way)


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
    known = Known(k)
    images = [as_protocol(k, w, known) for w in graph.states]
    if images[0] != initial(k):
        return Followed(frozenset(), 0, ("the first world is not the protocol's first state",))
    ends = ((at, images[at]) for at, targets in enumerate(graph.targets) if not targets)
    wrong = next((at for at, image in ends if not terminal(k, _without_limits(code, k, image))), None)
    if wrong is not None:
        return Followed(frozenset(), 0, ("an end is no end of the protocol", *_steps(graph, graph.way_to(wrong))))
    tie = Tie(k) if tied else None
    if tie is not None:
        for at, image in enumerate(images):
            if broken := tie.wrong_state(image):
                return Followed(frozenset(), 0, (broken, *_steps(graph, graph.way_to(at))))
    return _every_edge(graph, images, Paths(k, tie))


def _without_limits(code: Code, k: Bounds, s: State) -> State:
    """In the end limits that were never reached are calls that were never made: of a future that has its end."""
    clients = [
        client if c < len(code.scope.scripts) or client.call else Client(len(k.script[c]), first_step(None))
        for c, client in enumerate(s.clients)
    ]
    return s._replace(clients=tuple(clients)) if code.scope.limited else s


def _every_edge(graph: Graph[World], images: list[State], paths: Paths) -> Followed:
    used: set[str] = set()
    longest = 0
    numbers = [paths.number(image) for image in images]
    actors = [actor(move.action) for move in graph.moves]
    followed: set[tuple[int, int, int]] = set()
    for at in range(graph.expanded):
        before = numbers[at]
        for move, target in graph.edges(at):
            step = move, before, numbers[target]
            if before == step[2] or step in followed:
                continue
            followed.add(step)
            path = paths.find(actors[move], before, step[2], move)
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
