"""From the numbers of an explored graph to a run that can be told.

Decides: what a run consists of. Must not know: why it is told; in which words (``story``).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from checkedpool_model.checker.explore import Counterexample
from checkedpool_model.checker.graph import Edge, Graph

__all__ = ["lasso", "run"]

S = TypeVar("S")


def run(graph: Graph[S], claim: str, way: Sequence[int], further: Sequence[Edge] = ()) -> Counterexample[S]:
    """A run along a way of states, from the initial one on, and then along some edges."""
    edges = [*graph.steps(way), *further]
    return Counterexample(
        claim,
        tuple(graph.moves[move] for move, _ in edges),
        tuple(graph.states[at] for at in (way[0], *(target for _, target in edges))),
    )


def lasso(
    graph: Graph[S], claim: str, way: Sequence[int], cycle: Sequence[Edge], *, owed_from: int | None = None
) -> Counterexample[S]:
    """A run along a way of states, then round the cycle for ever; an empty cycle is a stop."""
    return replace(run(graph, claim, way, cycle), owed_from=owed_from, lasso_from=len(way) - 1)
