"""Whether two graphs are bisimilar: whoever sees moves, and of each state what may be seen, cannot tell them apart.

Decides that, by splitting classes of states until no move tells two of a class apart. Must not know: what the graphs
are. Graphs that are bisimilar have the same fair runs, deadlocks, ends and steps, as far as these can be seen.

Where no move is seen, and steps that change nothing that is seen do not count, that is *stutter bisimulation* (Browne,
Clarke and Grumberg 1988), weak bisimulation of states: what may still come, and when that is decided, is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from checkedpool_model.checker.graph import Graph

__all__ = ["are_bisimilar", "are_stutter_bisimilar"]

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
    targets: list[list[int]] = []
    classes: list[int] = []
    first: list[int] = []
    numbers: dict[Hashable, int] = {}
    for graph, labels in zip(graphs, seen, strict=True):
        first.append(len(targets))
        targets += [[first[-1] + target for target in graph.targets[at]] for at in range(graph.expanded)]
        classes += [numbers.setdefault(label, len(numbers)) for label in labels]
    known = 0
    while known < len(numbers):
        known, numbers = len(numbers), {}
        signs = zip(classes, _left_for(targets, classes), strict=True)
        classes = [numbers.setdefault(sign, len(numbers)) for sign in signs]
    return len({classes[at] for at in first}) == 1


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
