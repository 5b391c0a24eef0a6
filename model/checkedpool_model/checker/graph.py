"""The explored graph: the states that were met, and from each what led where.

Decides: how a graph is kept, and how a run is read off it. Must not know: why it was explored, what is claimed of it.

A search may end before it has looked at every state that it knows; the last ones then have no edges here, which does
not mean that they have none: ask ``expanded``. What is said of a state below that number is final.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Generic, TypeVar

from checkedpool_model.checker.components import Edge, components
from checkedpool_model.checker.system import Action, Fair

__all__ = ["Edge", "Graph", "Move", "trapped"]

K = TypeVar("K")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a run: an action and its index."""

    action: str
    over: str
    index: int

    @staticmethod
    def of(action: Action[K, S], index: int) -> "Move":
        """The step that this action makes with this index."""
        return Move(action.name, action.over, index)


@dataclass(frozen=True)
class Graph(Generic[S]):
    """States by number, nearest first: 0 is the initial one."""

    moves: tuple[Move, ...]
    """What can happen at all, by number."""
    fair: tuple[Fair, ...]
    """What may be assumed of each move."""
    states: Sequence[S]
    parent: Sequence[int]
    """From where each state was met first; -1 for the initial one."""
    enabled: Sequence[tuple[int, ...]]
    """Of each state that was looked at: the moves that are possible in it."""
    targets: Sequence[Sequence[int]]
    """Of each state that was looked at: where those moves lead, in the same order."""
    finished: bool
    """Whether every state was looked at."""
    merged: bool = False
    """Whether a state stands for all that differ from it by a renaming; then an edge's index is lost at its end."""

    def with_fairness(self, fair: tuple[Fair, ...]) -> "Graph[S]":
        """The same graph, where something else may be assumed. What lies on a cycle is the same, and found once."""
        made = replace(self, fair=fair)
        vars(made)["turning"] = self.turning
        return made

    @property
    def expanded(self) -> int:
        """How many states were looked at: all with a smaller number."""
        return len(self.targets)

    @cached_property
    def turning(self) -> frozenset[int]:
        """The states that were looked at and lie on some cycle; found once, however often it is asked."""
        part = {at: list(self.edges(at)) for at in self._behind_cycles()}
        found = (c for c in components(part) if len(c) > 1 or any(target == c[0] for _, target in part[c[0]]))
        return frozenset(at for component in found for at in component)

    @cached_property
    def resting(self) -> frozenset[int]:
        """The states that were looked at and in which a fair run may stop: nothing that must happen can."""
        must_happen = frozenset(move for move, fair in enumerate(self.fair) if fair is not Fair.NONE)
        rests = {moves: must_happen.isdisjoint(moves) for moves in set(self.enabled)}
        return frozenset(at for at, moves in enumerate(self.enabled) if rests[moves])

    def _behind_cycles(self) -> list[int]:
        """The states that were looked at and that some cycle leads to: what no edge leads to is left out, one by one.

        Most graphs have no cycle, and nothing is left of them.
        """
        incoming = [0] * len(self.states)
        for targets in self.targets:
            for target in targets:
                incoming[target] += 1
        todo = [at for at, count in enumerate(incoming) if not count]
        for at in todo:
            for target in self.targets[at] if at < self.expanded else ():
                incoming[target] -= 1
                if not incoming[target]:
                    todo.append(target)
        return [at for at in range(self.expanded) if incoming[at]]

    def edges(self, at: int) -> Iterator[Edge]:
        """What can happen in a state that was looked at."""
        return zip(self.enabled[at], self.targets[at], strict=True)

    def way_to(self, at: int) -> list[int]:
        """The states of a shortest run from the initial state, both ends included."""
        way = [at]
        while self.parent[way[-1]] >= 0:
            way.append(self.parent[way[-1]])
        return way[::-1]

    def depths(self) -> list[int]:
        """How far each state is from the initial one."""
        depths: list[int] = []
        for parent in self.parent:
            depths.append(depths[parent] + 1 if parent >= 0 else 0)
        return depths

    def steps(self, way: Sequence[int]) -> list[Edge]:
        """The edges along a way, one less than it has states."""
        return [self._edge(before, after) for before, after in pairwise(way)]

    def _edge(self, before: int, after: int) -> Edge:
        return next(edge for edge in self.edges(before) if edge[1] == after)


def trapped(states: int, targets: Sequence[Sequence[int]], ends: Iterable[int]) -> int | None:
    """The nearest state from which none of the ends can be reached, if there is one: searched backwards from these.

    A state that has not been expanded has to be among the ends: nobody knows what it leads to.
    Most steps lead to a state with a larger number, so one look at all states from the last to the first settles most.
    """
    reaching = bytearray(states)
    for at in ends:
        reaching[at] = 1
    sources: dict[int, list[int]] = {}
    for at in range(states - 1, -1, -1):
        if not reaching[at]:
            for target in targets[at]:
                if reaching[target]:
                    reaching[at] = 1
                    break
            else:
                for target in targets[at]:
                    sources.setdefault(target, []).append(at)
    todo = [at for at in sources if reaching[at]]
    while todo:
        for source in sources.get(todo.pop(), ()):
            if not reaching[source]:
                reaching[source] = 1
                todo.append(source)
    found = reaching.find(0)
    return found if found >= 0 else None
