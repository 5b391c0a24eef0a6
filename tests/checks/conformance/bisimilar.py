"""Whether two graphs are bisimilar: whoever sees moves, and of each state what may be seen, cannot tell them apart.

Decides that, by splitting classes of states until no move tells two of a class apart. Must not know: what the graphs
are. Graphs that are bisimilar have the same fair runs, deadlocks, ends and steps, as far as these can be seen.

Where no move is seen, and steps that change nothing that is seen do not count, that is *stutter bisimulation* (Browne,
Clarke and Grumberg 1988), weak bisimulation of states: what may still come, and when that is decided, is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import permutations
from typing import TypeVar

from checkedpool_model.checker.graph import Graph

__all__ = ["are_bisimilar", "are_stutter_bisimilar", "are_stutter_similar"]

S = TypeVar("S")


def are_bisimilar(graphs: Sequence[Graph[S]], seen: Callable[[S], Hashable]) -> bool:
    """Whether the first states of these graphs, whose moves are the same, end in one class."""
    edges: list[list[tuple[int, int]]] = []
    classes: list[int] = []
    first: list[int] = []
    numbers: dict[Hashable, int] = {}
    for graph in graphs:
        first.append(len(edges))
        edges += [[(move, first[-1] + target) for move, target in graph.edges(at)] for at in range(graph.expanded)]
        classes += [numbers.setdefault(seen(state), len(numbers)) for state in graph.states]
    known = 0
    while known < len(numbers):
        known, numbers = len(numbers), {}
        signs = ((classes[at], frozenset((move, classes[to]) for move, to in out)) for at, out in enumerate(edges))
        classes = [numbers.setdefault(sign, len(numbers)) for sign in signs]
    return len({classes[at] for at in first}) == 1


def are_stutter_bisimilar(graphs: Sequence[Graph[S]], seen: Sequence[Sequence[Hashable]]) -> bool:
    """Whether the first states of these graphs end in one class; ``seen``: of each graph, for each of its states."""
    return len(set(_Classes(graphs, seen).first)) == 1


def are_stutter_similar(graphs: Sequence[Graph[S]], seen: Sequence[Sequence[Hashable]]) -> bool:
    """Whether what can be seen of one of these graphs, step by step, each other one can show too, and goes on so.

    That is weak simulation in both directions (Milner 1989). It is less than to be bisimilar: one of them may have
    decided where another one still has the choice.
    """
    classes = _Classes(graphs, seen)
    similar = _similar(classes)
    return all((one, other) in similar for one, other in permutations(classes.first, 2))


class _Classes:
    """States that nobody can tell apart are one class; all of that graphs show is in what these lead to."""

    def __init__(self, graphs: Sequence[Graph[S]], seen: Sequence[Sequence[Hashable]]) -> None:
        targets: list[list[int]] = []
        first: list[int] = []
        labels: list[Hashable] = []
        for graph, shown in zip(graphs, seen, strict=True):
            first.append(len(targets))
            targets += [[first[-1] + target for target in graph.targets[at]] for at in range(graph.expanded)]
            labels += shown
        numbers: dict[Hashable, int] = {}
        classes = [numbers.setdefault(label, len(numbers)) for label in labels]
        known = 0
        while known < len(numbers):
            known, numbers = len(numbers), {}
            signs = zip(classes, _left_for(targets, classes), strict=True)
            classes = [numbers.setdefault(sign, len(numbers)) for sign in signs]
        self.first = [classes[at] for at in first]
        """Of each graph: the class of its first state."""
        self.shows = dict(zip(classes, labels, strict=True))
        self.leads_to = dict(zip(classes, _left_for(targets, classes), strict=True))


def _similar(classes: _Classes) -> set[tuple[int, int]]:
    """The pairs of which the second can show what the first does: what does not hold is left out until all holds."""
    similar = {(one, other) for one in classes.shows for other in classes.shows if _look_alike(classes, one, other)}
    wrong = similar
    while wrong:
        wrong = {pair for pair in similar if not _is_shown(classes, similar, *pair)}
        similar -= wrong
    return similar


def _look_alike(classes: _Classes, one: int, other: int) -> bool:
    return classes.shows[one] == classes.shows[other]


def _is_shown(classes: _Classes, similar: set[tuple[int, int]], one: int, other: int) -> bool:
    """Whether wherever the first leads the second comes too, by steps that nobody sees and then by one that is seen."""
    met, todo = {other}, [other]
    for at in todo:
        if _look_alike(classes, other, at):
            todo += classes.leads_to[at] - met
            met |= classes.leads_to[at]
    return all(any((then, at) in similar for at in met) for then in classes.leads_to[one])


def _left_for(targets: Sequence[Sequence[int]], classes: Sequence[int]) -> list[frozenset[int]]:
    """Of each state: the classes for which its own can be left, after any steps within it."""
    left = [{classes[to] for to in out if classes[to] != classes[at]} for at, out in enumerate(targets)]
    sources: list[list[int]] = [[] for _ in targets]
    for at, out in enumerate(targets):
        for to in out:
            if classes[to] == classes[at]:
                sources[to].append(at)
    todo = list(range(len(targets)))
    while todo:
        to = todo.pop()
        for at in sources[to]:
            if not left[to] <= left[at]:
                left[at] |= left[to]
                todo.append(at)
    return [frozenset(one) for one in left]
