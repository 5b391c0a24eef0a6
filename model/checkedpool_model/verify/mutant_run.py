"""What exploring one generated mutant in one graph comes to, and where it differs from the original at all.

Decides: what counts as a kill and what as a difference. Must not know: which outcome is expected
(``mutant_check``), in which order graphs are looked at (``mutant_search``).

A mutant of the guard or of the effect is asked all claims of the graph, those about fair runs last. A mutant that is
not fair has the original's graph, so it is asked those about fair runs only.

A mutant's graph may have no end. What was explored of it until a limit was met can still show that the end is out of
reach: from some state on all that can follow was explored, and it comes to no end.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from checkedpool_model.checker.explore import DEFAULT_LIMIT, END_IN_REACH, Counterexample, Exploration, Verdict, explore
from checkedpool_model.checker.graph import Graph, trapped
from checkedpool_model.checker.liveness import check_leads_to
from checkedpool_model.checker.system import Action, Fair, System
from checkedpool_model.checker.touched import PRESUPPOSES
from checkedpool_model.mutants.generated import GeneratedMutant, total
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from checkedpool_model.scopes.all import SCOPES
from checkedpool_model.verify.address import system_at

__all__ = ["Outcome", "Pool", "addresses", "differing", "original", "run", "run_unfair", "system_of"]

Pool = System[Bounds, State]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one graph of one mutant comes to."""

    verdict: Verdict
    claim: str = ""
    """The one that fails, if any does."""
    steps: int = 0
    """After how many steps it fails; of a run that goes round for ever, with one round."""
    states: int = 0
    """How many were met."""
    unfinished: bool = False
    """Whether a limit was met first."""


def addresses() -> Iterator[str]:
    """All graphs of all scopes, as findings name them."""
    return (f"{scope.name}#{graph}" for scope in SCOPES for graph in range(len(scope.scripts)))


def system_of(address: str, table: tuple[Action[Bounds, State], ...] = ACTIONS) -> Pool:
    """The system at this address; MalformedError or UnknownScopeError if there is none."""
    scope, _, graph = address.partition("#")
    return system_at(scope, int(graph), table)


def original(address: str) -> tuple[Pool, Exploration[State], Graph[State]]:
    """What is not broken, with its graph; what is claimed of that, the scopes are asked."""
    system = system_of(address)
    found = explore(system.without_claims(), keep=True)
    return system, found, found.kept


# --- outcomes ---------------------------------------------------------------------------------------------------------


def run(mutant: GeneratedMutant, address: str, *, limit: int = DEFAULT_LIMIT) -> Outcome:
    """Explore the mutant's graph.

    If it comes to states that mean nothing, in which even actions that are as they were cannot be asked, the whole
    table is read as the mutant's row is: what cannot be asked is not possible.
    """
    system = system_of(address, mutant.change(ACTIONS))
    try:
        return _explored(system, limit)
    except PRESUPPOSES:
        return _explored(replace(system, actions=tuple(map(total, system.actions))), limit)


def _explored(system: Pool, limit: int) -> Outcome:
    found = explore(system, limit=limit, keep=True)
    outcome = Outcome(found.verdict, states=found.states, unfinished=found.verdict is Verdict.NOT_FINISHED)
    if found.verdict is Verdict.HOLDS and system.leads_to:
        return _failing(outcome, check_leads_to(system, graph=found.kept, one_will_do=True).counterexample)
    trap = _trap(system, found.kept) if outcome.unfinished else None
    if trap is not None:
        steps = len(found.kept.way_to(trap)) - 1
        return replace(outcome, verdict=Verdict.VIOLATED, claim=END_IN_REACH, steps=steps)
    return _failing(outcome, found.counterexample)


def run_unfair(mutant: GeneratedMutant, system: Pool, graph: Graph[State]) -> Outcome:
    """Ask what must happen at last of the graph, which has been explored, when this action may be put off for ever."""
    outcome = Outcome(Verdict.HOLDS, states=len(graph.states))
    if not system.leads_to:
        return outcome
    moves = zip(graph.moves, graph.fair, strict=True)
    fair = tuple(Fair.NONE if move.action == mutant.action else was for move, was in moves)
    found = check_leads_to(system, graph=graph.with_fairness(fair), one_will_do=True)
    return _failing(outcome, found.counterexample)


def _failing(outcome: Outcome, found: Counterexample[State] | None) -> Outcome:
    return replace(outcome, verdict=Verdict.VIOLATED, claim=found.claim, steps=len(found.moves)) if found else outcome


def _trap(system: Pool, graph: Graph[State]) -> int | None:
    """The nearest state from which every way was explored and none comes to an end."""
    ends = (at for at, s in enumerate(graph.states) if at >= graph.expanded or system.terminal(system.constants, s))
    return trapped(len(graph.states), graph.targets, ends)


# --- differences ------------------------------------------------------------------------------------------------------


def differing(system: Pool, states: Iterable[State], mutants: Iterable[GeneratedMutant]) -> set[str]:
    """The mutants that can do something else in one of these states; for none of the others does the graph change."""
    asked = [(action, {m.name: m for m in mutants if m.action == action.name}) for action in system.actions]
    asked = [(action, left) for action, left in asked if left]
    differ: set[str] = set()
    for state in states:
        for action, left in asked:
            if left:
                found = {
                    name for i in system.indices(action) for name in _differ(system.constants, state, i, action, left)
                }
                differ |= found
                for name in found:
                    del left[name]
    return differ


def _differ(
    k: Bounds, s: State, i: int, action: Action[Bounds, State], left: dict[str, GeneratedMutant]
) -> Iterator[str]:
    """Of the mutants of this action those that differ here."""
    false = _false(k, s, i, action)
    if not false:
        after = action.effect(k, s, i)
        yield from (name for name, m in left.items() if m.sort.silences and m.row.effect(k, s, i) != after)
    elif len(false) == 1:
        for name, m in left.items():
            if m.conjunct == false[0] and m.row.enabled(k, s, i):
                yield name


def _false(k: Bounds, s: State, i: int, action: Action[Bounds, State]) -> list[str]:
    """The conjuncts that are false or make no sense here; at most two, since two are too many."""
    false: list[str] = []
    for holds in action.guard:
        try:
            true = holds(k, s, i)
        except PRESUPPOSES:
            true = False
        if not true:
            false.append(holds.__name__)
            if len(false) > 1:
                break
    return false
