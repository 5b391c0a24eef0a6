"""Which event of a run is a cause of which: one puts something where the other takes it.

Decides: what carries a cause. Must not know: any format.

What carries it are the model's channels: the inbox, each worker's ticket socket, return buffer and answer pipe, the
list of jobs. What is new in one after an event, this event has put there; what is gone, it has taken. Beside these,
whoever changes a worker's life or a lane of the manager's comes after the one who changed it last; the manager forgets
a task after somebody else has claimed it; and who returns from ``shutdown`` comes after the manager's end. Other
variables that threads share carry no cause here: so an event may have
more causes than are told, and has none that are not.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from typing import NamedTuple

from checkedpool_model.protocol.state import State
from checkedpool_model.traces.timed import TimedRun

__all__ = ["ANSWERS", "INBOX", "TICKETS", "Cause", "causes"]

INBOX, TICKETS, ANSWERS = "inbox", "tickets", "answers"


class Cause(NamedTuple):
    """One event is a cause of another: both by their numbers."""

    cause: int
    effect: int
    by: str
    """What carried it: a channel, or the name of what both have changed."""
    what: object = None
    """What was in the channel."""


def causes(made: TimedRun) -> Iterator[Cause]:
    """All that are known, in the order of their effects."""
    known = _Known()
    for one, before, after in made.events():
        yield from known.carried(one.number, before, after)
        yield from known.changed(one.number, before, after)
        yield from known.claimed(one.number, before, after)
        if "ClientReturns" in one.steps:
            yield from known.last_of("manager", 0, one.number)


class _Known:
    """What lies where, and who changed what last."""

    def __init__(self) -> None:
        self.there: dict[object, deque[int]] = defaultdict(deque)
        self.last: dict[tuple[str, int], int] = {}

    def carried(self, number: int, before: State, after: State) -> Iterator[Cause]:
        """What this event took out of channels; and note what it put there."""
        for channel, was, is_ in _channels(before, after):
            old, new = Counter(was), Counter(is_)
            for what, count in (old - new).items():
                waiting = self.there[channel, what]
                for _ in range(min(count, len(waiting))):
                    yield Cause(waiting.popleft(), number, channel[0], what)
            for what, count in (new - old).items():
                self.there[channel, what].extend([number] * count)

    def changed(self, number: int, before: State, after: State) -> Iterator[Cause]:
        """What else it changed."""
        for name, of in _changes(before, after):
            yield from self.last_of(name, of, number)
            self.last[name, of] = number

    def claimed(self, number: int, before: State, after: State) -> Iterator[Cause]:
        """The claims after which the manager forgets a task; and note those that this event made."""
        for task, forgets in _claims(before, after):
            if forgets:
                yield from self.last_of("claim", task, number)
            else:
                self.last["claim", task] = number

    def last_of(self, name: str, of: int, number: int) -> Iterator[Cause]:
        """Who changed this last."""
        if (name, of) in self.last:
            yield Cause(self.last[name, of], number, name)


_Channel = tuple[str, int]


def _channels(before: State, after: State) -> Iterator[tuple[_Channel, tuple[object, ...], tuple[object, ...]]]:
    """Each channel that is another one after an event, with what was in it and what is."""
    if before.inbox is not after.inbox:
        yield (INBOX, 0), before.inbox, after.inbox
    if before.jobs is not after.jobs:
        yield ("jobs", 0), before.jobs, after.jobs
    for slot, (was, is_) in enumerate(zip(before.lanes, after.lanes, strict=True)):
        if was is not is_:
            yield (TICKETS, slot), was.tickets, is_.tickets
            yield ("returned", slot), was.returned, is_.returned
            yield (ANSWERS, slot), was.answers, is_.answers


def _changes(before: State, after: State) -> Iterator[tuple[str, int]]:
    """What else was changed, of which only one at a time can be the last who did."""
    for slot, (was, is_) in enumerate(zip(before.lanes, after.lanes, strict=True)):
        if was.worker != is_.worker:
            yield "worker", slot
        if was.slot != is_.slot:
            yield "lane", slot
    if before.manager != after.manager:
        yield "manager", 0


def _claims(before: State, after: State) -> Iterator[tuple[int, bool]]:
    """The tasks that somebody claims or makes claimable, and those that the manager forgets since they are claimed."""
    if before.tasks is after.tasks:
        return
    for task, (was, is_) in enumerate(zip(before.tasks, after.tasks, strict=True)):
        if was is not is_ and was.unclaimed != is_.unclaimed:
            yield task, False
        elif was is not is_ and was.pending and not is_.pending:
            yield task, True
