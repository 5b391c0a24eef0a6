"""Whether two graphs are bisimilar: whoever sees moves, and of each state what may be seen, cannot tell them apart.

Decides that, by splitting classes of states until no move tells two of a class apart. Must not know: what the graphs
are. Graphs that are bisimilar have the same fair runs, deadlocks, ends and steps, as far as these can be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from checkedpool_model.checker.graph import Graph

__all__ = ["are_bisimilar"]

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
