"""One graph of a scope, explored: the piece of work that can be done beside others, in another process.

Decides: what is asked of a graph, and what is known of it afterwards. Must not know: what becomes of it (``verify``);
where it is done.
"""

from collections import Counter
from dataclasses import dataclass, replace
from time import process_time

from checkedpool_model.checker.explore import (
    DEFAULT_LIMIT,
    Counterexample,
    Verdict,
    explore,
    no_garbage_collection,
)
from checkedpool_model.checker.graph import Graph
from checkedpool_model.checker.liveness import check_leads_to
from checkedpool_model.checker.report import Case, of_exploration, of_liveness
from checkedpool_model.checker.system import System
from checkedpool_model.checker.touched import Touched, touched
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.eventually import family
from checkedpool_model.protocol.state import State
from checkedpool_model.scopes.covered import rare_in
from checkedpool_model.verify.address import system_at

__all__ = ["GraphResult", "Limits", "explore_graph", "explored"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a search goes, and how closely it looks."""

    states: int = DEFAULT_LIMIT
    memory: int | None = None
    """Bytes."""
    stride: int = 0
    """In every how many-th state it is asked what matters there; 0: in none."""


@dataclass(frozen=True, slots=True)
class GraphResult:
    """What exploring one graph came to. It can travel between processes."""

    scope: str
    graph: int
    name: str
    verdict: Verdict
    states: int
    transitions: int
    depth: int
    seconds: float
    fired: Counter[str]
    seen: frozenset[str]
    """The claims whose witness was seen; of claims about fair runs the family."""
    counterexample: Counterexample[State] | None
    stopped: str
    """Why a search that is not finished ended."""
    cases: tuple[Case, ...]
    """Claim by claim."""
    touched: Touched
    touching: float
    """The seconds that it took to ask what matters."""


def explore_graph(scope: str, graph: int, limits: Limits) -> GraphResult:
    """One of the graphs of the scope of that name."""
    return explored(scope, graph, system_at(scope, graph, ACTIONS), limits)


@no_garbage_collection()
def explored(scope: str, graph: int, system: System[Bounds, State], limits: Limits) -> GraphResult:
    """Explore the graph, then ask what must happen at last if its system claims that anything must."""
    keep = bool(system.leads_to or limits.stride)
    found = explore(system, limit=limits.states, memory_limit=limits.memory, keep=keep)
    begun = process_time()
    mattered = _mattered(system, found.graph, limits.stride, rare_in(scope, graph)) if found.graph else Touched()
    result = GraphResult(
        scope, graph, system.name, found.verdict, found.states, found.transitions, found.depth, found.seconds,
        found.fired, found.seen, found.counterexample, found.stopped, of_exploration(system, found), mattered,
        process_time() - begun,
    )  # fmt: skip
    if found.counterexample or not system.leads_to:
        return result
    at_last = check_leads_to(system, graph=found.graph)
    return replace(
        result,
        verdict=at_last.verdict,
        seconds=result.seconds + at_last.seconds,
        seen=result.seen | {family(name) for name in at_last.seen},
        counterexample=at_last.counterexample,
        cases=(*result.cases, *of_liveness(system, at_last)),
    )


def _mattered(system: System[Bounds, State], graph: Graph[State], stride: int, rare: frozenset[str]) -> Touched:
    """What matters in a sample of the states, and in any state where one of the rare conjuncts is asked closely."""
    if not stride:
        return Touched()
    sample = touched(system, graph, stride=stride)
    theirs = tuple(action for action in system.actions if any(name.startswith(f"{action.name}.") for name in rare))
    closely = touched(replace(system, actions=theirs, on_step=()), graph) if theirs else Touched()
    return replace(
        sample, decisive=sample.decisive | (closely.decisive & rare), changed=sample.changed | closely.changed
    )
