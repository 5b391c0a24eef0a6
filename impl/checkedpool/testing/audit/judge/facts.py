"""What is certain at a moment of a history, whatever the pool is doing inside.

Decides: what each event adds to it.  Must not know: the contract; what is only possible (``possible_states``).
"""

from dataclasses import dataclass, field

from checkedpool.testing.audit.judge.events import INTERRUPTED, Call, Event, Kind, Work
from checkedpool_spec.vocabulary import DeathPolicy

__all__ = ["Facts"]


@dataclass(slots=True)
class Facts:
    """The sum of the events so far."""

    workers: int
    policy: DeathPolicy = DeathPolicy.BREAK
    works: dict[int, Work] = field(default_factory=dict)
    calls: dict[int, Event] = field(default_factory=dict)
    """The BEGIN of each call that has not come back."""
    callers: dict[int, int] = field(default_factory=dict)
    """For each shutdown(wait=True) the index of its caller."""
    entered: dict[int, int] = field(default_factory=dict)
    """For each task that a worker is or was inside: the worker's pid."""
    opened: set[int] = field(default_factory=set)
    struck: set[int] = field(default_factory=set)
    idle: int = 0
    """How many workers were killed that were inside no task."""
    planned: int = 0
    """How many more may be."""
    bad_starts: int = 0
    bad_initializers: int = 0
    interrupted: set[int] = field(default_factory=set)
    """A cancel() of it was interrupted."""
    cancelled: set[int] = field(default_factory=set)
    """cancel() has said so."""
    signalled: bool = False
    """An idle worker was sent SIGINT."""
    undone: frozenset[int] = frozenset()
    """The tasks whose futures were not done when nothing more happened."""
    given_up: set[int] = field(default_factory=set)
    """The tasks of which nothing is judged any more: a difference was about them."""
    unawaited: set[int] = field(default_factory=set)
    """The calls whose answers are not judged any more."""
    uncalled: set[int] = field(default_factory=set)
    """The tasks of whose callbacks nothing is judged any more."""

    def is_beyond(self, event: Event) -> bool:
        """Whether the event is about something that is not judged any more."""
        if event.kind is Kind.END:
            begin = self.calls[event.call]
            return event.call in self.unawaited or begin.task in self.given_up
        return event.task in self.given_up or (event.kind is Kind.CALLED and event.task in self.uncalled)

    def learn(self, event: Event) -> None:  # noqa: C901, PLR0912 - one table: a case a kind
        """Add what the event says."""
        if event.kind is Kind.BEGIN:
            self.calls[event.call] = event
            if event.what is Call.SUBMIT:
                self.works[event.task] = event.work or Work.QUICK
            if event.wait:
                self.callers[event.call] = len(self.callers)
        elif event.kind is Kind.END:
            begin = self.calls.pop(event.call)
            if begin.what is Call.CANCEL and event.said == str(True):
                self.cancelled.add(begin.task)
            elif begin.what is Call.CANCEL and event.said == INTERRUPTED:
                self.interrupted.add(begin.task)
        elif event.kind is Kind.ENTERED:
            self.entered[event.task] = event.pid
        elif event.kind is Kind.OPENED:
            self.opened.add(event.task)
        elif event.kind is Kind.STRUCK and event.task >= 0:
            self.struck.add(event.task)
        elif event.kind is Kind.STRUCK:
            self.idle += 1
        elif event.kind is Kind.PLANNED:
            self.planned += 1
        elif event.kind is Kind.BAD_START:
            self.bad_starts += 1
        elif event.kind is Kind.BAD_INITIALIZER:
            self.bad_initializers += 1
        elif event.kind is Kind.SIGNALLED:
            self.signalled = True

    def may_have_left(self, task: int) -> bool:
        """Whether the worker that began the task may be out of it again."""
        return self.works[task] is not Work.HELD or task in self.opened or task in self.struck
