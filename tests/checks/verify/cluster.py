"""Tickets on a scheduler as two rows: the scopes, which refine the contract; and the engine's own faults, each found.

Decides: how they read on the page, which scopes are asked how soon.  Must not know: the protocol.
"""

from collections.abc import Iterable, Iterator
from math import inf
from time import process_time

from checkedpool_model.checker.explore import Verdict as Asked
from checkedpool_model.checker.parallel import each
from checkedpool_model.cluster.refines import LONG, MUTANTS, SCOPES, Found, Mutant, Scope, ask, broken_as_said, gaps
from tests.checks.size import Size
from tests.checks.verify.model import pool
from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["asked_scopes", "mutants_row", "rows", "scopes_row"]

AGAIN = 'make test ARGS="tests/model/test_cluster.py"'
MOST = {Size.QUICK: 50_000.0, Size.LONG: 100_000.0, Size.ALL: inf}
"""States of a scope that is asked."""


def rows(say: Say, size: Size) -> Iterator[Row]:
    """Explore the scopes, then the mutants, as many at once as there are cores."""
    scopes = asked_scopes(size)
    with pool() as executor:
        say("tickets on a scheduler")
        found = each(executor, _asked, [(scope,) for scope in scopes])
        row = scopes_row([(scope, came) for scope, (came, _) in zip(scopes, found, strict=True)], _seconds(found))
        whole = f"all {len(asked_scopes(Size.ALL))} scopes in {Size.ALL.value}"
        yield row if size is Size.ALL else row.as_share(whole)
        say("tickets on a scheduler: the engine's own faults")
        looked = each(executor, _looked_for, [(at,) for at in range(len(MUTANTS))])
        yield mutants_row(
            [(one, is_found) for one, (is_found, _) in zip(MUTANTS, looked, strict=True)], _seconds(looked)
        )


def asked_scopes(size: Size) -> list[Scope]:
    """Those of this size, the largest first: else one would work alone at the end."""
    return sorted((scope for scope in (*SCOPES, *LONG) if scope.states <= MOST[size]), key=lambda one: -one.states)


def _asked(scope: Scope) -> tuple[Found, float]:
    """What it comes to, and the seconds of the processor."""
    begun = process_time()
    return ask(scope), process_time() - begun


def _looked_for(at: int) -> tuple[bool, float]:
    """Whether this mutant is found, which holds functions and so does not travel; and the seconds."""
    begun = process_time()
    return broken_as_said(MUTANTS[at]), process_time() - begun


def _seconds(found: Iterable[tuple[object, float]]) -> float:
    return sum(seconds for _, seconds in found)


def scopes_row(asked: list[tuple[Scope, Found]], seconds: float) -> Row:
    """Each holds, and has as many states and steps as it says; nothing is claimed of what never happens."""
    trouble = []
    for scope, found in asked:
        if found.verdict is not Asked.HOLDS:
            trouble += [f"{scope.name}: {found.claim or found.verdict.value}", *found.story]
        elif (found.states, found.transitions) != (scope.states, scope.transitions):
            trouble.append(f"{scope.name}: {found.states} states, {found.transitions} steps, which is not what it says")
    trouble += gaps(found for _, found in asked)
    return Row(
        section="Cluster",
        name="tickets on a scheduler",
        verdict=Verdict.VIOLATED if trouble else Verdict.HOLDS if asked else Verdict.NOT_FINISHED,
        seconds=seconds,
        seen=f"{len(asked)} scopes refine the contract" if not trouble else f"{len(trouble)} problems",
        states=sum(found.states for _, found in asked),
        transitions=sum(found.transitions for _, found in asked),
        trouble=tuple(trouble),
        again=AGAIN,
    )


def mutants_row(asked: list[tuple[Mutant, bool]], seconds: float) -> Row:
    """Each is found by the claim that it names."""
    alive = tuple(f"{mutant.name}: not found by {mutant.claim}" for mutant, is_found in asked if not is_found)
    return Row(
        section="Cluster",
        name="faults of engines",
        verdict=Verdict.VIOLATED if alive else Verdict.HOLDS if asked else Verdict.NOT_FINISHED,
        seconds=seconds,
        seen=f"{len(asked) - len(alive)} of {len(asked)} found",
        trouble=alive,
        again=AGAIN,
    )
