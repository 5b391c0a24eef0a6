"""Strongly connected components of a part of a graph, without recursion.

Decides: which states can all reach each other inside the part (Tarjan's algorithm). Must not know: what an edge is
about.

A part is a mapping from its states to their edges. An edge that leads to a state outside the part does not count, so a
smaller part is made by leaving states out.
"""

from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Edge", "Part", "components"]

Edge = tuple[int, int]
"""(number of the move, number of the state it leads to)."""
Part = Mapping[int, Iterable[Edge]]


def components(part: Part) -> Iterator[list[int]]:
    """Each component once, in no promised order; a state that reaches nobody who reaches it is one by itself."""
    met: dict[int, int] = {}
    lowest: dict[int, int] = {}
    unassigned: list[int] = []
    assigned: set[int] = set()
    for root in part:
        if root in met:
            continue
        met[root] = lowest[root] = len(met)
        unassigned.append(root)
        path = [(root, iter(part[root]))]
        while path:
            at, edges = path[-1]
            for _, target in edges:
                if target not in part or target in assigned:
                    continue
                if target not in met:
                    met[target] = lowest[target] = len(met)
                    unassigned.append(target)
                    path.append((target, iter(part[target])))
                    break
                lowest[at] = min(lowest[at], met[target])
            else:
                path.pop()
                if path:
                    before = path[-1][0]
                    lowest[before] = min(lowest[before], lowest[at])
                if lowest[at] == met[at]:
                    component = _cut(unassigned, at)
                    assigned.update(component)
                    yield component


def _cut(unassigned: list[int], at: int) -> list[int]:
    """Everything from ``at`` on."""
    component = [unassigned.pop()]
    while component[-1] != at:
        component.append(unassigned.pop())
    return component
