"""Mutants that a machine makes: of every action, one for each thing that it asks, tells or may be relied on for.

Decides: which mutants there are. Must not know: who notices them (``kills``), how a graph is explored.

An action asks less (one conjunct of its guard is dropped), keeps a message to itself, does not wake, tells nobody who
waits for a future, or is not fair. A conjunct that reads no state switches a part of the model off where a scope has no
use for it; dropping it adds what other scopes have, so of such a conjunct no mutant is made.

What is asked where it makes no sense is false, and what cannot be done there is not possible: without its ``next_is_a``
an action takes any message for its own, and with an empty inbox it takes none.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache, wraps
from types import FunctionType

from checkedpool_model.checker.compile import reads
from checkedpool_model.checker.system import Action, Conjunct, Effect, Fair
from checkedpool_model.checker.touched import PRESUPPOSES
from checkedpool_model.mutants.table_changes import Table
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State, ended, posted, woken

__all__ = ["GeneratedMutant", "Sort", "mutants", "switches", "total"]

Row = Action[Bounds, State]


class Sort(Enum):
    """What is taken from an action."""

    CONJUNCT = "without"
    POST = "does not post"
    WAKE = "does not wake"
    TOLD = "does not tell"
    FAIR = "is not fair"

    @property
    def silences(self) -> bool:
        """Whether it is the effect that lacks something."""
        return self in (Sort.POST, Sort.WAKE, Sort.TOLD)


@dataclass(frozen=True, slots=True)
class GeneratedMutant:
    """A table in which one action has less."""

    action: str
    sort: Sort
    conjunct: str
    """Which one is dropped; "" for every other sort."""
    row: Row
    """What stands in the action's place."""

    @property
    def name(self) -> str:
        """What it does, in words that a file can hold: ``ManagerIssues without has_room``."""
        return f"{self.action} {self.sort.value} {self.conjunct}".rstrip()

    def change(self, table: Table) -> Table:
        """The table with this row."""
        return tuple(self.row if action.name == self.action else action for action in table)


# --- which there are --------------------------------------------------------------------------------------------------


def mutants(table: Table = ACTIONS) -> tuple[GeneratedMutant, ...]:
    """All of them, action by action."""
    return tuple(mutant for action in table for mutant in _of(action))


def switches(table: Table = ACTIONS) -> tuple[str, ...]:
    """The conjuncts that read no state, as ``Action.conjunct``."""
    return tuple(f"{action.name}.{holds.__name__}" for action in table for holds in action.guard if _is_switch(holds))


def _is_switch(holds: Conjunct[Bounds, State]) -> bool:
    _constants, state, _index = reads(holds)
    return not state


def _of(action: Row) -> Iterator[GeneratedMutant]:
    for holds in action.guard:
        if not _is_switch(holds):
            asks_less = total(action.without(holds.__name__))
            yield GeneratedMutant(action.name, Sort.CONJUNCT, holds.__name__, asks_less)
    for sort, said_by, silenced in SILENCES:
        if _may_call(action.effect, said_by, set()):
            yield GeneratedMutant(action.name, sort, "", replace(action, effect=silenced(action.effect)))
    if action.fair is not Fair.NONE:
        yield GeneratedMutant(action.name, Sort.FAIR, "", replace(action, fair=Fair.NONE))


# --- what is not said -------------------------------------------------------------------------------------------------


def _posts_nothing(effect: Effect[Bounds, State]) -> Effect[Bounds, State]:
    @wraps(effect)
    def silenced(k: Bounds, s: State, i: int) -> State:
        after = effect(k, s, i)
        return after._replace(inbox=s.inbox) if len(after.inbox) > len(s.inbox) else after

    return silenced


def _does_not_wake(effect: Effect[Bounds, State]) -> Effect[Bounds, State]:
    @wraps(effect)
    def silenced(k: Bounds, s: State, i: int) -> State:
        after = effect(k, s, i)
        return after._replace(wakeup=s.wakeup) if after.wakeup else after

    return silenced


def _tells_nobody(effect: Effect[Bounds, State]) -> Effect[Bounds, State]:
    @wraps(effect)
    def silenced(k: Bounds, s: State, i: int) -> State:
        after = effect(k, s, i)
        tasks = zip(after.tasks, s.tasks, strict=True)
        return after._replace(
            tasks=tuple(task._replace(notified=task.notified and before.notified) for task, before in tasks)
        )

    return silenced


SILENCES: tuple[tuple[Sort, object, Callable[[Effect[Bounds, State]], Effect[Bounds, State]]], ...] = (
    (Sort.POST, posted, _posts_nothing),
    (Sort.WAKE, woken, _does_not_wake),
    (Sort.TOLD, ended, _tells_nobody),
)
"""By which function of the state something is said, and how it is kept back."""


def _may_call(does: object, wanted: object, looked_at: set[object]) -> bool:
    """Whether the function's code names ``wanted``, or a function of whose code that is true."""
    if not isinstance(does, FunctionType) or does in looked_at:
        return False
    looked_at.add(does)
    named = [does.__globals__.get(name) for name in does.__code__.co_names]
    return wanted in named or any(_may_call(other, wanted, looked_at) for other in named)


# --- where a question makes no sense ----------------------------------------------------------------------------------


def total(action: Row) -> Row:
    """The action, asked and done everywhere: where it cannot be, it is not possible."""
    effect = action.effect

    def can_be_done(k: Bounds, s: State, i: int) -> bool:
        try:
            effect(k, s, i)
        except PRESUPPOSES:
            return False
        return True

    return replace(action, guard=(*map(_asked_anywhere, action.guard), can_be_done))


@cache
def _asked_anywhere(holds: Conjunct[Bounds, State]) -> Conjunct[Bounds, State]:
    @wraps(holds)
    def asked(k: Bounds, s: State, i: int) -> bool:
        try:
            return holds(k, s, i)
        except PRESUPPOSES:
            return False

    return asked
