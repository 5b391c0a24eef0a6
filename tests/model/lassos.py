"""Runs without end, for tests of the checker.

Decides: small maps with fair and unfair ways; whether a run that was told is one of the table, fair, and never pays.
Must not know: how such runs are looked for.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from checkedpool_model.checker.explore import Counterexample
from checkedpool_model.checker.system import Action, Conjunct, Fair, LeadsTo, Predicate, Seen, System
from tests.model.tiny import Road, goes_to

K = TypeVar("K")
S = TypeVar("S")

NONE, WEAK, STRONG = Fair.NONE, Fair.WEAK, Fair.STRONG

Way = tuple[str, str, str, Fair]
"""(name, places from which it leads, place to which it leads, fairness)."""


def roads(ways: Iterable[Way], *claims: str, start: str = "a") -> System[None, Road]:
    """A map: each way is an action; the claim "ac" says that whoever is at a comes to c at last."""
    actions = tuple(
        Action(name, "", (_at_one_of(sources),), goes_to(target), fair, Seen.OBSERVABLE, "")
        for name, sources, target, fair in ways
    )
    promised = tuple(LeadsTo("_leads_to_".join(claim), _at(claim[0]), _at(claim[1])) for claim in claims)
    return System("roads", None, Road(start), actions, {}, lambda _k, _s: True, leads_to=promised)


def _at_one_of(places: str) -> Conjunct[None, Road]:
    return lambda _k, s, _i: s.place in places


def _at(place: str) -> Predicate[None, Road]:
    return lambda _k, s: s.place == place


def places(found: Counterexample[Road] | None) -> tuple[str, str]:
    """The places of the stem, and those of the cycle up to where it closes."""
    assert found is not None
    assert found.lasso_from is not None
    names = "".join(state.place for state in found.states)
    return names[: found.lasso_from + 1], names[found.lasso_from + 1 :]


def faults(system: System[K, S], found: Counterexample[S]) -> Iterator[str]:
    """What is wrong with a run that was told: nothing, if it is a fair one of this system that owes for ever."""
    actions = {action.name: action for action in system.actions}
    for before, move, after in zip(found.states, found.moves, found.states[1:], strict=False):
        action = actions[move.action]
        if not action.enabled(system.constants, before, move.index):
            yield f"{move} is not possible"
        if action.effect(system.constants, before, move.index) != after:
            yield f"{move} does something else"
    if found.states[0] != system.initial:
        yield "it does not begin at the beginning"
    claim = next(claim for claim in system.leads_to if claim.name == found.claim)
    if found.owed_from is None or not claim.when(system.constants, found.states[found.owed_from]):
        yield "nothing is owed"
    if any(claim.then(system.constants, state) for state in found.states[found.owed_from :]):
        yield "it pays"
    if found.lasso_from is None or found.states[found.lasso_from] != found.states[-1]:
        yield "it is no lasso"
        return
    taken = {(move.action, move.index) for move in found.moves[found.lasso_from :]}
    yield from _unfair(system, found.states[found.lasso_from :], taken)


def _unfair(system: System[K, S], cycle: Sequence[S], taken: set[tuple[str, int]]) -> Iterator[str]:
    for action in system.actions:
        for index in system.indices(action):
            possible = [action.enabled(system.constants, state, index) for state in cycle]
            debt = {WEAK: all(possible), STRONG: any(possible), NONE: False}[action.fair]
            if debt and (action.name, index) not in taken:
                yield f"it is not fair to {action.name} {index}"
