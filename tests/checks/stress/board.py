"""The live state of a round that its threads and callbacks share: futures, progress, and notes of what was seen.

All of it under one condition, which no call into the pool is ever made under. It decides nothing about right and
wrong; it is read once, at the end, into a record.
"""

import itertools
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.checks.stress.catalogue import Kind
from tests.checks.stress.plan import Plan
from tests.checks.stress.record import OBSERVER, CancelCall, CloseCall, LookCall, MapCall


@dataclass
class Entry:
    """A slot while the round runs."""

    begin: int
    end: int
    refusal: Kind | None = None
    text: str = ""
    future: "Future[object] | None" = None
    early: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    ran: list[int] = field(default_factory=list)


class Board:
    """What the threads of a round know together."""

    executor: Executor | None  # the only lasting reference to it

    def __init__(self, plan: Plan, executor: Executor, main_slots: Iterable[int]) -> None:
        self.plan = plan
        self.executor = executor
        self.executor_class = type(executor)
        self.condition = threading.Condition()
        self.entries: dict[int, Entry] = {}
        self.cancels: list[CancelCall] = []
        self.closes: list[CloseCall] = []
        self.pending_closes: dict[int, CloseCall] = {}
        self.maps: list[MapCall] = []
        self.errors: list[str] = []
        self.looks: list[LookCall] = []
        self.strikes = 0
        self.interrupts = 0
        self.workers_seen: set[int] = set()
        self.most_workers = 0
        self._main_slots = frozenset(main_slots)
        self._over: set[int] = set()
        self._inside = 0  # callbacks that run now
        self._stamps = itertools.count()
        self._local = threading.local()

    # --- moments -----------------------------------------------------------------------------------------------------

    def stamp(self) -> int:
        """The next moment."""
        return next(self._stamps)

    @property
    def in_callback(self) -> bool:
        """Whether this thread is inside a done-callback."""
        return bool(getattr(self._local, "depth", 0))

    # --- futures -----------------------------------------------------------------------------------------------------

    def accepted(self, slot: int, begin: int, end: int, future: "Future[object]") -> None:
        """submit() returned."""
        with self.condition:
            self.entries[slot] = Entry(begin, end, future=future)
            self.condition.notify_all()

    def refused(self, slot: int, begin: int, end: int, kind: Kind, text: str = "") -> None:
        """submit() raised, or there was nothing left to submit to."""
        with self.condition:
            self.entries[slot] = Entry(begin, end, refusal=kind, text=text)
            self._over.add(slot)
            self.condition.notify_all()

    def callback_added(self, slot: int, index: int, *, late: bool) -> None:
        """add_done_callback() returned; late: the future was done by then."""
        with self.condition:
            entry = self.entries[slot]
            (entry.late if late else entry.early).append(index)
            self.condition.notify_all()

    @contextmanager
    def callback(self, slot: int, index: int) -> Iterator[None]:
        """A callback runs."""
        with self.condition:
            self.entries[slot].ran.append(index)
            self._over.add(slot)
            self._inside += 1
            self.condition.notify_all()
        self._local.depth = getattr(self._local, "depth", 0) + 1
        try:
            yield
        finally:
            self._local.depth -= 1
            with self.condition:
                self._inside -= 1
                self.condition.notify_all()

    def future(self, slot: int) -> "Future[object] | None":
        """The future in a slot, if there is one yet."""
        with self.condition:
            entry = self.entries.get(slot)
            return entry.future if entry else None

    def futures(self) -> "dict[int, Future[object]]":
        """All futures so far."""
        with self.condition:
            return {slot: entry.future for slot, entry in self.entries.items() if entry.future is not None}

    def undone(self) -> tuple[int, ...]:
        """Slots whose future is not done."""
        return tuple(sorted(slot for slot, future in self.futures().items() if not future.done()))

    def unheard(self) -> tuple[int, ...]:
        """Slots with a callback that was added in time and has not run."""
        with self.condition:
            return tuple(sorted(slot for slot, entry in self.entries.items() if not set(entry.early) <= set(entry.ran)))

    # --- waiting -----------------------------------------------------------------------------------------------------

    def wait_for_submit(self, slot: int) -> "Future[object] | None":
        """Wait until the main script has come to this slot."""
        with self.condition:
            self.condition.wait_for(lambda: slot in self.entries)
            return self.entries[slot].future

    def wait_for_progress(self, amount: int) -> None:
        """Wait until so many of the main script's submits are over."""
        with self.condition:
            self.condition.wait_for(lambda: len(self._over & self._main_slots) >= amount)

    def wait_for_quiet(self, timeout: float) -> bool:
        """Wait until every callback of every future is over; with no script left to run, nothing can follow."""

        def quiet() -> bool:
            return self._inside == 0 and all(_heard(entry) for entry in self.entries.values())

        with self.condition:
            return self.condition.wait_for(quiet, timeout)


def _heard(entry: Entry) -> bool:
    return entry.future is None or {OBSERVER, *entry.early, *entry.late} <= set(entry.ran)
