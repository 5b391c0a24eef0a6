"""A history for the explorer: after each event what was seen of each task, and what the contract leaves open there.

Decides: in which form the explorer gets it, as plain values.  Must not know: the explorer, which the model has; who
writes the page brings both together (``written``).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from checkedpool.testing.audit.judge.check import Checker
from checkedpool.testing.audit.judge.events import Call, Event, Kind
from checkedpool.testing.audit.judge.possible_states import Moment
from checkedpool.testing.audit.run.rounds import Finding, Options
from checkedpool.testing.audit.show.drawing import Columns, words

__all__ = ["History", "ShownCall", "ShownHistory", "ShownTask"]

Told = tuple[str, str, str]
"""Who, to whom ("": nobody), what."""

NOBODY, NOT_YET = "idle", "not yet"
WHO = {
    Kind.ENTERED: "worker",
    Kind.OPENED: "client",
    Kind.SIGNALLED: "client",
    Kind.CALLED: "pool",
    Kind.ALIVE: "client",
    Kind.QUIET: "client",
}
"""Who is seen in an event that is no call; else it is nature."""


class ShownCall(NamedTuple):
    """A place for a call that is under way."""

    call: str


class ShownTask(NamedTuple):
    """What was seen of a task, its end last, and which states the contract leaves its future."""

    end: str
    worker: str
    callback: str
    may_be: str


class ShownContract(NamedTuple):
    """What the contract leaves open: how many of its states fit what was seen, and what they say of the pool."""

    fits: str
    closed: str
    broken: str
    over: str


class ShownHistory(NamedTuple):
    """A moment of a history."""

    clients: tuple[ShownCall, ...]
    contract: tuple[ShownContract]
    tasks: tuple[ShownTask, ...]


class History:
    """A history up to where it differs. A world is the number of events that have happened."""

    def __init__(self, title: str, found: Finding, options: Options) -> None:
        self.title = title.replace("`", "")
        difference = found.difference
        self.ending = f"The contract ({', '.join(difference.clauses)}) says: {difference.says}."
        events = [event for event in found.events if _is_shown(event, found)]
        self.worlds: Sequence[object] = range(len(events) + 1)
        self._shown = list(_moments(found, options))
        self.events: list[Told] = list(_told(events))

    def successors(self, world: object) -> list[tuple[Told, object]]:
        """The next event."""
        number = self.worlds.index(world)
        return [(self.events[number], number + 1)] if number < len(self.events) else []

    def shown(self, world: object) -> ShownHistory:
        """What is known after so many events."""
        return self._shown[self.worlds.index(world)]

    def is_over(self, world: object) -> bool:
        """At its last event: what came after it, if anything did, is another difference."""
        return world == self.worlds[-1]

    def is_wrong(self, world: object) -> bool:
        """Whether the contract does not allow the history so far."""
        return self.is_over(world)


def _is_shown(event: Event, found: Finding) -> bool:
    """Adding callbacks is left out, since every future gets one, but where it is what differs."""
    return event.what is not Call.ADD or event is found.events[-1]


def _moments(found: Finding, options: Options) -> Iterator[ShownHistory]:
    """Before the first event, and after each."""
    scenario, events = found.round.scenario, found.events
    calls = _Calls(events)
    checker = Checker(scenario.workers, options.judged_by, frozenset(options.allowed))
    tasks = [_Task() for _ in range(1 + max((event.task for event in events), default=-1))]
    yield _shown(checker, calls, tasks, "")
    for event in events:
        checker.feed(event)
        if event.task >= 0:
            tasks[event.task].see(event)
        calls.see(event)
        if _is_shown(event, found):
            yield _shown(checker, calls, tasks, found.difference.clauses[0] if event is events[-1] else "")


def _shown(checker: Checker, calls: "_Calls", tasks: Sequence["_Task"], broken: str) -> ShownHistory:
    moments = checker.moments
    fitting = f"none of its states fits: {broken}" if broken else f"{len(moments):,} of its states fit"

    def flag(of: Callable[[Moment], object]) -> str:
        return _either({"yes" if of(moment) else "no" for moment in moments})

    contract = ShownContract(
        fitting, flag(lambda one: one.contract.closed), flag(lambda one: one.contract.broken),
        flag(lambda one: one.contract.over),
    )  # fmt: skip
    return ShownHistory(
        calls.shown(), (contract,),
        tuple(ShownTask(one.end, one.worker, one.callback, _may_be(moments, task)) for task, one in enumerate(tasks)),
    )  # fmt: skip


def _may_be(moments: Iterable[Moment], task: int) -> str:
    """The states of the contract in which its future may be."""
    found = {one.contract.futures[task].state for one in moments if task < len(one.contract.futures)}
    return _either([state.name.lower() for state in sorted(found)])


def _either(words: Iterable[str]) -> str:
    return " or ".join(sorted(words) if isinstance(words, set) else words)


class _Task:
    """What was seen of it so far."""

    def __init__(self) -> None:
        self.end, self.worker, self.callback = "not submitted", NOT_YET, NOT_YET

    def see(self, event: Event) -> None:
        match event.kind:
            case Kind.BEGIN if event.what is Call.SUBMIT:
                self.end = f"submitted, {event.work or 'a task'}"
            case Kind.END if event.what in (Call.SUBMIT, Call.TOLD):
                self.end = event.said
            case Kind.ENTERED:
                self.worker = "is inside it"
            case Kind.OPENED:
                self.worker = "was let go"
            case Kind.STRUCK:
                self.worker = "is killed"
            case Kind.CALLED:
                self.callback = f"called: {event.said}"
            case _:
                pass


class _Calls:
    """Those under way, each in the column in which it is drawn."""

    def __init__(self, events: Iterable[Event]) -> None:
        columns, width = Columns(), 0
        for event in events:
            columns.see(event)
            width = max(width, len(columns.calls))
            columns.seen(event)
        self._width, self._columns, self._begun = width, Columns(), dict[int, Event]()

    def see(self, event: Event) -> None:
        if event.kind is Kind.BEGIN:
            self._begun[event.call] = event
        self._columns.see(event)
        self._columns.seen(event)

    def shown(self) -> tuple[ShownCall, ...]:
        calls = self._columns.calls
        calls = [*calls, *([None] * (self._width - len(calls)))]
        return tuple(ShownCall(NOBODY if call is None else words(self._begun[call], self._begun)) for call in calls)


def _told(events: Iterable[Event]) -> Iterator[Told]:
    """A call is made by the client in whose column it stands."""
    begun: dict[int, Event] = {}
    columns = Columns()
    for event in events:
        if event.kind is Kind.BEGIN:
            begun[event.call] = event
        columns.see(event)
        who = WHO.get(event.kind, "nature")
        if event.call in columns.calls:
            who = f"client {columns.calls.index(event.call)}"
        yield who, "", words(event, begun)
        columns.seen(event)
