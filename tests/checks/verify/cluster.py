"""Tickets on a scheduler as two rows: the scopes, which refine the contract; and the engine's own faults, each found.

Decides: how they read on the page.  Must not know: the protocol.
"""

import time
from collections.abc import Iterator

from checkedpool_model.checker.explore import Verdict as Asked
from checkedpool_model.cluster.refines import MUTANTS, SCOPES, Found, Mutant, Scope, ask, broken_as_said, gaps
from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["mutants_row", "rows", "scopes_row"]

AGAIN = 'make test ARGS="tests/model/test_cluster.py"'


def rows(say: Say) -> Iterator[Row]:
    """Explore the scopes, then the mutants."""
    begun = time.perf_counter()
    say("tickets on a scheduler")
    yield scopes_row([(scope, ask(scope)) for scope in SCOPES], time.perf_counter() - begun)
    begun = time.perf_counter()
    say("tickets on a scheduler: the engine's own faults")
    yield mutants_row([(mutant, broken_as_said(mutant)) for mutant in MUTANTS], time.perf_counter() - begun)


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
