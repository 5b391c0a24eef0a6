"""Whether the contract allows a history: every state that the contract machine may be in is carried along.

Decides: acceptance, event by event; the first event that no state allows is where the executor and the contract part.
Must not know: executors, processes, files.

Between two events each internal step and each step of a call under way may or may not have happened; so before an event
the set is closed under all of them, and the event keeps those states that fit it.  This is linearizability, decided in
one pass, for a specification that is a set of allowed outcomes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from checkedpool.testing.audit.judge import blame, calls, internal_steps
from checkedpool.testing.audit.judge.calls import ENDS
from checkedpool.testing.audit.judge.events import INTERRUPTED, Call, Event, Kind
from checkedpool.testing.audit.judge.facts import Facts
from checkedpool.testing.audit.judge.internal_steps import outcome_of
from checkedpool.testing.audit.judge.possible_states import (
    FINAL,
    Moment,
    allows,
    applied,
    new_call,
    new_future,
    new_waiter,
)
from checkedpool_spec.contract import Contract
from checkedpool_spec.vocabulary import DeathPolicy

__all__ = ["Checker", "Difference", "TooManyError", "check"]

MOST = 200_000
"""States carried along at one event; more are not worth the wait."""


class TooManyError(Exception):
    """The history leaves open more than can be carried along: no verdict."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a history leaves the contract."""

    number: int
    """The event's place in the history."""
    event: Event
    clauses: tuple[str, ...]
    says: str
    """What the contract says instead."""


class Checker:
    """Reads a history event by event."""

    def __init__(self, workers: int, policy: DeathPolicy = DeathPolicy.BREAK) -> None:
        self.facts = Facts(workers, policy)
        self.moments = frozenset({Moment(Contract((), (), policy=policy))})
        self.events: list[Event] = []
        self.difference: Difference | None = None
        self.widest = 1
        self._is_closed = False

    def feed(self, event: Event) -> None:
        """Take the next event; after a difference nothing more is judged."""
        if self.difference is None:
            before = self._closed()
            self.moments = self._keep(before, event)
            self._is_closed = False
            if not self.moments:
                clauses, says = blame.of(self.facts, before, event)
                self.difference = Difference(len(self.events), event, clauses, says)
        self.facts.learn(event)
        self.events.append(event)

    def may_be_quiet(self) -> bool:
        """Whether it would be right if nothing happened any more."""
        return self.difference is None and any(not blame.owed(self.facts, moment) for moment in self._closed())

    def _closed(self) -> frozenset[Moment]:
        """The states that may have been reached by now."""
        if self._is_closed:
            return self.moments
        seen, new = set(self.moments), list(self.moments)
        while new:
            moment = new.pop()
            for further in self._further(moment):
                if further not in seen:
                    seen.add(further)
                    new.append(further)
            if len(seen) > MOST:
                raise TooManyError(f"more than {MOST} states after {len(self.events)} events")
        self.widest = max(self.widest, len(seen))
        self.moments, self._is_closed = frozenset(seen), True
        return self.moments

    def _further(self, moment: Moment) -> Iterable[Moment]:
        yield from internal_steps.after(self.facts, moment)
        for call, _ in moment.at:
            yield from calls.forward(self.facts, moment, call)

    def _keep(self, moments: frozenset[Moment], event: Event) -> frozenset[Moment]:
        """The states that fit the event, as they are after it."""
        kept = (self._with(moment, event) for moment in moments)
        return frozenset(moment for moment in kept if moment is not None)

    def _with(self, moment: Moment, event: Event) -> Moment | None:  # noqa: PLR0911 - one table: a case a kind
        match event.kind:
            case Kind.BEGIN:
                if event.what is Call.SUBMIT:
                    moment = new_future(moment, event.task, outcome_of(event.work))
                return new_call(new_waiter(moment) if event.wait else moment, event.call)
            case Kind.END:
                return None if any(call == event.call for _, call in moment.due) else self._ended(moment, event)
            case Kind.ENTERED:
                return moment if event.task in moment.begun and event.task not in self.facts.entered else None
            case Kind.CALLED:
                end = f"{FINAL}{ENDS.get(moment.contract.futures[event.task].state)}"
                return _called(moment, event.task) if calls.fits(end, event.said) else None
            case Kind.ALIVE:
                return None if moment.contract.over else moment
            case Kind.QUIET:
                return None if blame.owed(self.facts, moment) else moment
            case Kind.OPENED | Kind.STRUCK | Kind.PLANNED | Kind.BAD_START | Kind.BAD_INITIALIZER:
                return moment

    def _ended(self, moment: Moment, event: Event) -> Moment | None:
        """The call is over: it has come back with that answer, or its caller was interrupted."""
        if event.said == INTERRUPTED:
            left = calls.interrupted(moment, self.facts, self.facts.calls[event.call])
            return left and left.without(event.call)
        return moment.without(event.call) if calls.fits(moment.place(event.call), event.said) else None


def _called(moment: Moment, task: int) -> Moment | None:
    """The callback was called: by the call that has to, or by the pool."""
    here = {one for one in moment.due if one[0] == task}
    if here:
        return moment._replace(due=moment.due - here)
    return applied(moment, "CallsBack", task) if allows(moment, "CallsBack", task) else None


def check(events: Iterable[Event], workers: int, policy: DeathPolicy = DeathPolicy.BREAK) -> Difference | None:
    """Where the history leaves the contract; None if the contract allows it."""
    checker = Checker(workers, policy)
    for event in events:
        checker.feed(event)
    return checker.difference
