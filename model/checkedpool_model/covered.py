"""What the scopes touch of the model, and what they need not.

Decides: which actions, claims, conjuncts and fields may stay untouched, each with the reason. Must not know: how any of
them is looked for (``checker.coverage``, ``checker.touched``).

A conjunct that reads no state is a class of its own: it switches a row of the table off where a scope has no use for
it, so it decides between scopes and in none of them.
"""

from collections.abc import Collection, Mapping

from checkedpool_model.actions import ACTIONS
from checkedpool_model.bounds import Bounds, initial
from checkedpool_model.checker.compile import reads
from checkedpool_model.checker.coverage import gaps, idle_parts
from checkedpool_model.checker.system import Conjunct
from checkedpool_model.checker.touched import Touched, conjuncts, fields
from checkedpool_model.eventually import FAMILIES
from checkedpool_model.properties import ALWAYS, ON_STEP
from checkedpool_model.state import State

__all__ = ["IDLE", "NEVER_TOUCHED", "asked_conjuncts", "coverage_gaps", "idle_gaps", "state_fields"]

NEVER_TOUCHED: dict[str, str] = {}
"""Actions that never fire and claims that are never about anything, each with the reason why that is right."""

IDLE: dict[str, str] = {}
"""Conjuncts that are never the only false one and fields that never change, each with the reason why that is right."""


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
