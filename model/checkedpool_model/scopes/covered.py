"""What the scopes touch of the model, and what they need not.

Decides: which actions, claims, conjuncts and fields may stay untouched, each with the reason. Must not know: how any of
them is looked for (``checker.coverage``, ``checker.touched``).

A conjunct that reads no state is a class of its own: it switches a row of the table off where a scope has no use for
it, so it decides between scopes and in none of them.
"""

from collections.abc import Collection, Mapping

from checkedpool_model.checker.compile import reads
from checkedpool_model.checker.coverage import gaps, idle_parts
from checkedpool_model.checker.system import Conjunct
from checkedpool_model.checker.touched import Touched, conjuncts, fields
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds, initial
from checkedpool_model.protocol.eventually import FAMILIES
from checkedpool_model.protocol.properties import ALWAYS, ON_STEP
from checkedpool_model.protocol.state import State

__all__ = [
    "IDLE",
    "NEVER_TOUCHED",
    "RARELY",
    "asked_conjuncts",
    "coverage_gaps",
    "idle_gaps",
    "rare_in",
    "state_fields",
]

NEVER_TOUCHED: dict[str, str] = {}
"""Actions that never fire and claims that are never about anything, each with the reason why that is right."""

RARELY: dict[str, tuple[str, int]] = {
    "BootFails.boot_failures_left": ("boot", 0),
    "ClientCannotPickle.sees_it_open": ("values", 6),
    "ClientFindsItAnswered.has_the_future": ("user-code-beside", 0),
    "ClientFindsItEnded.has_the_future": ("user-code-beside", 0),
    "ClientFindsItEnded.may_begin": ("from-a-callback", 10),
    "ClientIsRefused.may_begin": ("from-a-callback", 0),
    "ClientReadsTheLane.has_the_future": ("user-code-beside", 0),
    "ManagerCancelsWhatIsDeferred.can_be_claimed": ("user-code-beside", 1),
    "ManagerForgets.is_awake": ("task-limit", 2),
    "ManagerLetsAnIdleWorkerGo.is_not_leaving": ("idle-and-gone", 0),
    "ManagerLetsAnIdleWorkerGo.may_be_idle_for_too_long": ("live-idle", 0),
    "ManagerReaps.has_a_process": ("patience", 2),
    "WorkerAnswersAndIsFull.may_be_over_its_limit": ("memory-limit", 2),
    "WorkerIsOrphaned.is_alive": ("orphans", 0),
}
"""Conjuncts that decide in so few states that a sample misses them, each with a graph that is asked in every state; so
are the fields that change there."""

_PLAN_IS_DONE = "the manager does not put up its flag before it has done this, and nothing else makes it possible again"
_BEGINS_ALIKE = "no scope has a callback that does this; that each call waits for its turn is asked where one does"
_ONLY_ONE = "no scope has a second one: when it has happened once, none is left"

IDLE: dict[str, str] = {
    "ClientCannotPickle.may_begin": _BEGINS_ALIKE,
    "ClientFindsItAnswered.may_begin": _BEGINS_ALIKE,
    "ClientResizes.may_begin": _BEGINS_ALIKE,
    "ClientIsRefusedASize.may_begin": _BEGINS_ALIKE,
    "ClientReadsTheLane.loses_the_claim": "what is booked on a lane was claimed in the same step",
    "ClientFindsItAnswered.loses_the_claim": "what was answered was claimed when it was issued, and has no ticket",
    "ClientFindsItAnswered.sees_no_end": "until it is rebuilt, nobody but the user-code thread ends it",
    "ClientRevokesItsTicket.task_is_still_there": "whose ticket is on a lane is in its book: the lock guards both",
    "ManagerIssues.is_awake": _PLAN_IS_DONE,
    "ManagerCancels.is_awake": _PLAN_IS_DONE,
    "ManagerBreaks.is_awake": _PLAN_IS_DONE,
    "ManagerCancelsWhatIsDeferred.is_awake": _PLAN_IS_DONE,
    "ManagerBreaksWhatIsDeferred.is_awake": _PLAN_IS_DONE,
    "ManagerBreaksWhatIsBegun.is_awake": _PLAN_IS_DONE,
    "ManagerAsksForStart.is_awake": _PLAN_IS_DONE,
    "ManagerTellsToLeave.is_awake": _PLAN_IS_DONE,
    "ManagerKills.is_awake": _PLAN_IS_DONE,
    "ManagerDismisses.is_awake": _PLAN_IS_DONE,
    "ManagerTerminatesInVain.was_sent_nothing": _ONLY_ONE,
    "StatusIsStolen.is_not_stolen": _ONLY_ONE,
    "ParentDies.parents_left": "there is one parent: that it lives and that it may die become false in one step",
    "ParentDies.parent_lives": "there is one parent: that it lives and that it may die become false in one step",
    "StarterStarts.parent_lives": "when the parent dies no start is under way any more: its lanes are made alike",
    "tasks[].has_callback": "a caller adds its callback when it gets the future; it says which task it is",
}
"""Conjuncts that are never the only false one and fields that never change, each with the reason why that is right."""


def rare_in(scope: str, graph: int) -> frozenset[str]:
    """The conjuncts that are looked for in every state of this graph."""
    return frozenset(name for name, address in RARELY.items() if address == (scope, graph))


def coverage_gaps(fired: Mapping[str, int], seen: Collection[str]) -> tuple[str, ...]:
    """The actions and claims that no scope touched and that are not listed with a reason."""
    claims = (*(claim.name for claim in ALWAYS), *(claim.name for claim in ON_STEP), *FAMILIES)
    return tuple(gaps([action.name for action in ACTIONS], fired, claims, seen, NEVER_TOUCHED))


def idle_gaps(touched: Touched) -> tuple[str, ...]:
    """The conjuncts and fields that mattered in no scope and are not listed with a reason."""
    return tuple(idle_parts(asked_conjuncts(), state_fields(), touched, IDLE))


def asked_conjuncts() -> tuple[str, ...]:
    """The conjuncts that read a state."""
    reading = {
        f"{action.name}.{holds.__name__}" for action in ACTIONS for holds in action.guard if _reads_a_state(holds)
    }
    return tuple(name for name in conjuncts(ACTIONS) if name in reading)


def _reads_a_state(holds: Conjunct[Bounds, State]) -> bool:
    _constants, state, _index = reads(holds)
    return state


def state_fields() -> tuple[str, ...]:
    """The fields of a state and of its records."""
    return fields(initial(Bounds(script=((),))))
