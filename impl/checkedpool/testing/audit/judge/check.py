"""Whether the contract allows a history: every state that the contract machine may be in is carried along.

Decides: acceptance, event by event; an event that no state allows is where the executor and the contract part, and
what is refused after it is another difference (``going_on``).  Must not know: executors, processes, files.

Between two events each internal step and each step of a call under way may or may not have happened; so before an event
the set is closed under all of them, and the event keeps those states that fit it.  This is linearizability, decided in
one pass, for a specification that is a set of allowed outcomes.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from checkedpool.testing.audit.judge import blame, calls, closing, going_on
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
    """Reads a history event by event.

    ``allowed``: the clauses that may be broken; one is, if it is the first of those that a difference breaks.
    ``restarts``: how many deaths in a row are survived where they do not break the pool; None: any number.
    """

    def __init__(
        self, workers: int, policy: DeathPolicy = DeathPolicy.BREAK, allowed: Collection[str] = frozenset(),
        restarts: int | None = None,
    ) -> None:  # fmt: skip
        self.facts = Facts(workers, policy)
        self.moments = frozenset({Moment(Contract((), (), policy=policy, restarts=restarts))})
        self.events: list[Event] = []
        self.differences: list[Difference] = []
        """Those that are not allowed, one for each clause that is the first to be broken."""
        self.excused: list[Difference] = []
        """Those that are."""
        self.widest = 1
        self._allowed = allowed
        self._closing = closing.Closing(self.facts)
        self._open: set[int] | None = None
        """Since the moments were closed, nothing has happened but that these calls have begun. None: something has."""

    @property
    def difference(self) -> Difference | None:
        """The first one that is not allowed."""
        return self.differences[0] if self.differences else None

    @property
    def hangs(self) -> bool:
        """Whether something has not come for so long that it is a difference."""
        return any(one.event.kind is Kind.QUIET for one in self.differences)

    def feed(self, event: Event) -> None:
        """Take the next event."""
        if event.kind is Kind.QUIET:
            self.facts.undone = frozenset(map(int, event.said.split()))
        if not self.facts.is_beyond(event):
            self._judge(event)
        self.facts.learn(event)
        self.events.append(event)
        self._opens(event)

    def _opens(self, event: Event) -> None:
        """What may have come of the moments has to be asked again, as far as the event has changed that.

        What an answer keeps is closed: no step of others takes an answer away. A call that begins adds its own steps.
        """
        if event.kind is Kind.BEGIN:
            if self._open is not None:
                self._open.add(event.call)
        elif event.kind is not Kind.END or event.said == INTERRUPTED:
            self._all_is_open()

    def _all_is_open(self) -> None:
        self._open = None
        self._closing.forget()

    def may_be_quiet(self) -> bool:
        """Whether it would be right if nothing happened any more."""
        return any(not blame.owed(self.facts, moment) for moment in self._closed())

    def _judge(self, event: Event) -> None:
        before = self._closed()
        self.moments = self._keep(before, event)
        if self.moments:
            for clauses, says in blame.beside(self.facts, event):
                self._differs(event, clauses, says)
            return
        clauses, says = blame.of(self.facts, before, event)
        self._differs(event, clauses, says)
        self.moments = self._kept_with_a_cause(before, event, clauses) or going_on.after(self.facts, before, event)
        self._all_is_open()

    def _differs(self, event: Event, clauses: tuple[str, ...], says: str) -> None:
        found = self.excused if clauses[0] in self._allowed else self.differences
        if all(clauses[0] != one.clauses[0] for one in found):
            found.append(Difference(len(self.events), event, clauses, says))

    def _kept_with_a_cause(
        self, before: frozenset[Moment], event: Event, clauses: tuple[str, ...]
    ) -> frozenset[Moment]:
        """What the event keeps if the pool had a cause to break; nothing if that is not what it tells."""
        if event.said not in blame.BROKEN or clauses[0] in blame.OWN.values():
            return frozenset()
        self.moments = going_on.with_a_cause(before)
        self._all_is_open()
        return self._keep(self._closed(), event)

    def _closed(self) -> frozenset[Moment]:
        """The states that may have been reached by now."""
        if self._open is not None and not self._open:
            return self.moments
        moments = self._closing.closed(self.moments, MOST, self._open)
        if moments is None:
            raise TooManyError(f"more than {MOST} states after {len(self.events)} events")
        self.widest = max(self.widest, len(moments))
        self.moments, self._open = moments, set()
        return self.moments

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
                return self._ended(moment, event)
            case Kind.ENTERED:
                return moment if event.task in moment.begun and event.task not in self.facts.entered else None
            case Kind.CALLED:
                end = f"{FINAL}{ENDS.get(moment.contract.futures[event.task].state)}"
                return _called(moment, event.task) if calls.fits(end, event.said) else None
            case Kind.ALIVE:
                return None if moment.contract.over else moment
            case Kind.QUIET:
                return None if blame.owed(self.facts, moment) else moment
            case Kind.OPENED | Kind.STRUCK | Kind.PLANNED | Kind.BAD_START | Kind.BAD_INITIALIZER | Kind.SIGNALLED:
                return moment

    def _ended(self, moment: Moment, event: Event) -> Moment | None:
        """The call is over: it has come back with that answer, or its caller was interrupted; and has called back."""
        if moment.due and any(call == event.call for _, call in moment.due):
            return None
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
