"""What our checker says of the graphs that TLC is given: the whole ones, no state standing for others.

Decides: what is asked of a scope, of a broken protocol and of the contract. Must not know: what TLC says.

Symmetry is switched off on our side. In TLA+ it could be expressed by a VIEW, but then equal counts would say that two
reductions agree; of the unreduced graph they say that two descriptions do. That a state stands for all that differ from
it by a renaming is compared where both graphs are ours (``runs.toml`` has the reduced counts).
"""

from dataclasses import replace
from time import process_time

from checkedpool_model.checker.explore import END_IN_REACH, NO_DEADLOCK, Verdict, explore
from checkedpool_model.checker.liveness import check_leads_to
from checkedpool_model.checker.system import System
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.eventually import family, leads_to
from checkedpool_model.protocol.properties import ALWAYS, ON_STEP
from checkedpool_model.protocol.state import State
from checkedpool_model.scopes.all import Scope, systems
from tests.checks.tlc.compared import Found

__all__ = [
    "AT_LAST",
    "INVARIANTS",
    "NO_WRONG_STEP",
    "ON_STEPS",
    "STAYS_OWED",
    "families",
    "scope_found",
    "variant_found",
]

INVARIANTS = ("TypeOK", NO_DEADLOCK, *(claim.name for claim in ALWAYS))
ON_STEPS = tuple(claim.name for claim in ON_STEP)
NO_WRONG_STEP = "no_step_is_wrong"
"""All claims about steps in one, which TLC is asked first: it takes a fraction of the time."""
STAYS_OWED = "what_is_owed_stays_owed"
"""Asked of TLC in live scopes: with it the form in which TLC is asked what must happen at last says what ours says."""
AT_LAST = "violated at last"


def families(scope: Scope) -> tuple[str, ...]:
    """What must happen at last in a live scope; one name for all tasks, clients or lanes."""
    names = (family(claim.name) for script in scope.scripts for claim in leads_to(scope.bounds_of(script)))
    return tuple(dict.fromkeys(names)) if scope.live else ()


def scope_found(scope: Scope) -> Found:
    """All graphs of a scope together, up to the first in which a claim fails.

    A graph that stands in a scope twice is counted once: for TLC the scripts of a scope are a set.
    """
    begun, states, transitions, depth = process_time(), 0, 0, 0
    for system in systems(replace(scope, scripts=tuple(dict.fromkeys(scope.scripts))), ACTIONS):
        whole = replace(system, canonical=None)
        found = explore(whole, keep=scope.live)
        if found.counterexample:
            return Found(found.counterexample.claim, steps=len(found.counterexample.moves))
        if found.verdict is not Verdict.HOLDS:
            return Found(found.verdict.value)
        if scope.live and check_leads_to(whole, graph=found.kept).verdict is not Verdict.HOLDS:
            return Found(AT_LAST)
        states, transitions, depth = states + found.states, transitions + found.transitions, max(depth, found.depth)
    return Found("holds", states, transitions, depth, seconds=process_time() - begun)


def variant_found(system: System[Bounds, State], claim: str) -> Found:
    """Whether this one claim fails, and in how many steps at least."""
    begun = process_time()
    at_last = tuple(one for one in leads_to(system.constants) if family(one.name) == claim)
    only = replace(
        system,
        canonical=None,
        always=tuple(one for one in system.always if one.name == claim),
        on_step=tuple(one for one in system.on_step if one.name == claim),
        leads_to=at_last,
        terminal=system.terminal if claim == NO_DEADLOCK else _everywhere,
    )
    if at_last:
        verdict = check_leads_to(only).verdict
        return Found(AT_LAST if verdict is Verdict.VIOLATED else verdict.value, seconds=process_time() - begun)
    found = explore(only)
    if found.counterexample and found.counterexample.claim != END_IN_REACH:
        steps = len(found.counterexample.moves)
        return Found(found.counterexample.claim, steps=steps, seconds=process_time() - begun)
    return Found(f"{claim} holds", seconds=process_time() - begun)


def _everywhere(_k: Bounds, _s: State) -> bool:
    return True
