"""Which runs are fair, and a fair one that never leaves a part of a graph.

Decides: in which components a run may stay for ever, and a short cycle that does so fairly. Must not know: why a run
should not stay there (``liveness``, ``refines_contract``); where it may stop (``Graph.resting``).

Fairness is asked of each move, that is of each action with each index. A weak move must be taken if it is possible all
the time, a strong one if it is possible again and again. A move is taken where its edge is taken, even if that changes
nothing. A run that stops in a state has there, all the time, what that state allows.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from checkedpool_model.checker.components import Part, components
from checkedpool_model.checker.graph import Edge, Graph
from checkedpool_model.checker.system import Fair

__all__ = ["fair_components", "fair_cycle"]

S = TypeVar("S")


def _moves(graph: Graph[S], *kinds: Fair) -> frozenset[int]:
    return frozenset(number for number, fair in enumerate(graph.fair) if fair in kinds)


def fair_components(graph: Graph[S], part: Part) -> Iterator[list[int]]:
    """Components in which a fair run can go round for ever: every such run stays in one of these in the end.

    A weak move that is possible in all states of a component, and taken nowhere in it, condemns the component and
    all that is in it. A strong move that is possible in some of its states, and taken nowhere in it, condemns those
    states only: what remains falls into smaller components, which are asked again. Whoever asks may leave out states
    that are on no cycle of the whole graph (``Graph.turning``): most are not.
    """
    weak, strong = _moves(graph, Fair.WEAK), _moves(graph, Fair.STRONG)
    todo = list(components(part))
    while todo:
        component = todo.pop()
        taken = _taken(part, component)
        possible = [graph.enabled[at] for at in component]
        if not taken or weak.intersection(*possible) - taken:
            continue
        starved = strong.intersection(*[frozenset().union(*possible)]) - taken
        if starved:
            todo += components({at: part[at] for at in component if starved.isdisjoint(graph.enabled[at])})
        else:
            yield component


def _taken(part: Part, component: list[int]) -> set[int]:
    """The moves whose edges stay in the component; none at all if it is a state that does not lead to itself."""
    inside = set(component)
    return {move for at in component for move, target in part[at] if target in inside}


def fair_cycle(graph: Graph[S], component: Part, start: int, first: Sequence[Edge] = ()) -> list[Edge]:
    """The edges of a walk from ``start`` back to it that can be repeated for ever in a fair run; short, not shortest.

    It begins with the edges ``first``, if there are any. The component must be a fair one, without edges that leave it.
    The walk goes to the nearest edge that pays a debt (takes a move that fairness asks for, or reaches a state where a
    weak one is not possible), then back.
    """
    weak, strong = _moves(graph, Fair.WEAK), _moves(graph, Fair.STRONG)
    walk = list(first)
    at = walk[-1][1] if walk else start
    while True:
        taken = {move for move, _ in walk}
        possible = [frozenset(graph.enabled[state]) for state in (start, *(target for _, target in walk))]
        weak_debts = weak.intersection(*possible) - taken
        debts = weak_debts | strong.intersection(frozenset().union(*possible)) - taken
        if debts:
            walk += _walk(component, at, _pays(graph, debts, weak_debts))
        elif walk and at == start:
            return walk
        else:
            walk += _walk(component, at, lambda edge: edge[1] == start)
        at = walk[-1][1]


def _pays(graph: Graph[S], debts: frozenset[int], weak_debts: frozenset[int]) -> Callable[[Edge], bool]:
    return lambda edge: edge[0] in debts or not weak_debts.issubset(graph.enabled[edge[1]])


def _walk(component: Part, start: int, wanted: Callable[[Edge], bool]) -> list[Edge]:
    """The edges of a shortest walk from ``start`` whose last edge is wanted."""
    came: dict[int, tuple[int, Edge] | None] = {start: None}
    todo = [start]
    for at in todo:
        for edge in component[at]:
            if wanted(edge):
                walk, before = [edge], came[at]
                while before:
                    walk.append(before[1])
                    before = came[before[0]]
                return walk[::-1]
            if edge[1] not in came:
                came[edge[1]] = (at, edge)
                todo.append(edge[1])
    raise AssertionError(f"the component of {start} is no fair one")
