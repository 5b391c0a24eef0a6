"""What must happen at last: claims ``LeadsTo`` about every fair run.

Decides: whether a fair run can owe something for ever, and which such run is told. Must not know: what is owed; how a
graph is explored; what makes a run fair (``fairness``).

Something is owed from a state on in which ``when`` holds and ``then`` does not, and it is owed in all that follows
until ``then`` holds. A run owes it for ever if it stops among those states, or goes round among them; the claim fails
if it can do so fairly. The run that is told ends in a lasso: a shortest stem, then a cycle, or a stop.

A graph that was not explored to its end can show that a claim fails, but not that it holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from time import perf_counter
from typing import Generic, TypeVar

from checkedpool_model.checker.explore import (
    DEFAULT_LIMIT,
    Counterexample,
    Progress,
    Verdict,
    explore,
    no_garbage_collection,
)
from checkedpool_model.checker.fairness import fair_components, fair_cycle
from checkedpool_model.checker.graph import Edge, Graph
from checkedpool_model.checker.system import LeadsTo, System
from checkedpool_model.checker.telling import lasso

__all__ = ["Liveness", "NoFairnessError", "check_leads_to"]

K = TypeVar("K")
S = TypeVar("S")


class NoFairnessError(ValueError):
    """Nothing can be said of fair runs of this system."""


@dataclass(frozen=True, slots=True)
class Liveness(Generic[S]):
    """What asking for the claims about fair runs has found."""

    system: str
    verdict: Verdict
    states: int
    transitions: int
    seconds: float
    seen: frozenset[str]
    """The claims whose witness was seen: something was owed."""
    vacuous: tuple[str, ...]
    """The claims whose witness was not seen: they say nothing; ``coverage.gaps`` judges them over all scopes."""
    finished: bool
    """Whether the graph was explored to its end: if not, only what fails is known."""
    counterexamples: tuple[Counterexample[S], ...]
    """Of each claim that fails, a run that ends in a lasso: see ``Counterexample.lasso_from``."""

    @property
    def counterexample(self) -> Counterexample[S] | None:
        """The first one, if any."""
        return self.counterexamples[0] if self.counterexamples else None


@no_garbage_collection()
def check_leads_to(
    system: System[K, S],
    *,
    limit: int = DEFAULT_LIMIT,
    progress: Progress | None = None,
    graph: Graph[S] | None = None,
    one_will_do: bool = False,
) -> Liveness[S]:
    """Ask every claim of ``system.leads_to``, on its whole graph: other claims that fail do not shorten it.

    ``one_will_do``: the first that fails is all that is wanted, so those after it are not asked.
    ``graph``: the one that ``explore(system, keep=True)`` has given back, if it is there already.
    """
    if not system.leads_to:
        raise NoFairnessError(f"{system.name} has no claim about fair runs: leads_to is empty")
    if system.canonical or (graph and graph.merged):
        raise NoFairnessError(
            f"{system.name} keeps one state for all that differ by a renaming (canonical). Fairness is asked of each"
            " index, and an index is lost from one such state to the next: explore it with canonical=None"
        )
    begun = perf_counter()
    if graph is None:
        graph = explore(system.without_claims(), limit=limit, progress=progress, keep=True).kept
    seen: set[str] = set()
    failing: list[Counterexample[S]] = []
    for claim in system.leads_to:
        if progress:
            progress(f"{system.name}: {claim.name}, {len(graph.states)} states")
        if _is_owed(graph, system.constants, claim):
            seen.add(claim.name)
            if _may_stay(graph, system.constants, claim):
                failing += _lassos(graph, claim.name, _owed(graph, system.constants, claim))
        if failing and one_will_do:
            break
    verdict = Verdict.VIOLATED if failing else Verdict.HOLDS if graph.finished else Verdict.NOT_FINISHED
    vacuous = tuple(claim.name for claim in system.leads_to if claim.name not in seen)
    return Liveness(
        system.name, verdict, len(graph.states), sum(map(len, graph.targets)), perf_counter() - begun,
        frozenset(seen), vacuous, graph.finished, tuple(failing),
    )  # fmt: skip


def _is_owed(graph: Graph[S], constants: K, claim: LeadsTo[K, S]) -> bool:
    """Whether it is owed from any state on."""
    return any(claim.when(constants, state) and not claim.then(constants, state) for state in graph.states)


def _owing(graph: Graph[S], constants: K, claim: LeadsTo[K, S]) -> set[int]:
    """The states in which it can be owed, however far they are."""
    states, when, then = graph.states, claim.when, claim.then
    todo = [at for at, state in enumerate(states) if when(constants, state) and not then(constants, state)]
    owing = set(todo)
    while todo:
        at = todo.pop()
        for target in graph.targets[at] if at < graph.expanded else ():
            if target not in owing and not then(constants, states[target]):
                owing.add(target)
                todo.append(target)
    return owing


def _may_stay(graph: Graph[S], constants: K, claim: LeadsTo[K, S]) -> bool:
    """Whether a fair run can stop where it is owed, or go round there for ever.

    From where a run can do neither, or where it is paid, nothing has to be looked for.
    """
    if all(claim.then(constants, graph.states[at]) for at in graph.resting | graph.turning):
        return False
    owing = _owing(graph, constants, claim)
    if not graph.resting.isdisjoint(owing):
        return True
    part = {at: tuple(graph.edges(at)) for at in graph.turning if at in owing}
    return next(fair_components(graph, part), None) is not None


def _owed(graph: Graph[S], constants: K, claim: LeadsTo[K, S]) -> dict[int, int]:
    """The same, nearest first, and from where: -1 if it is owed from there on. It is asked where something is wrong."""
    unpaid = bytearray(not claim.then(constants, state) for state in graph.states)
    depths = graph.depths()
    heap = [
        (depths[at], at, -1) for at, state in enumerate(graph.states) if unpaid[at] and claim.when(constants, state)
    ]
    heapify(heap)
    owed: dict[int, int] = {}
    while heap:
        steps, at, before = heappop(heap)
        if at in owed:
            continue
        owed[at] = before
        for target in graph.targets[at] if at < graph.expanded else ():
            if unpaid[target] and target not in owed:
                heappush(heap, (steps + 1, target, at))
    return owed


def _lassos(graph: Graph[S], claim: str, owed: dict[int, int]) -> Iterator[Counterexample[S]]:
    """A fair run that owes it for ever, if there is one: one that stops if any does, since that is read most easily."""
    looked_at = [at for at in owed if at < graph.expanded]
    stop = next((at for at in looked_at if at in graph.resting), None)
    if stop is not None:
        yield _told(graph, claim, owed, stop, [])
        return
    nearness = {at: number for number, at in enumerate(looked_at)}
    part = {at: tuple(graph.edges(at)) for at in looked_at if at in graph.turning}
    found = [(min(component, key=nearness.__getitem__), component) for component in fair_components(graph, part)]
    if found:
        start, component = min(found, key=lambda pair: nearness[pair[0]])
        inside = set(component)
        narrow = {at: tuple(edge for edge in part[at] if edge[1] in inside) for at in component}
        yield _told(graph, claim, owed, start, fair_cycle(graph, narrow, start))


def _told(graph: Graph[S], claim: str, owed: dict[int, int], at: int, cycle: list[Edge]) -> Counterexample[S]:
    """The run to ``at``, then round."""
    way = [at]
    while owed[way[-1]] >= 0:
        way.append(owed[way[-1]])
    before = graph.way_to(way.pop())
    return lasso(graph, claim, before + way[::-1], cycle, owed_from=len(before) - 1)
