"""How often the parent calls the system for a batch of tasks: a few times, however many tasks there are.

The manager's machine runs on the real platform, with every call of the system counted at the objects that make it; the
worker is played by the test, which answers all that has a ticket.  (A worker makes two calls a task: its ticket, its
answer; the rounds of ``test_quick_rounds`` count them.)
"""

from __future__ import annotations

import os
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from checkedpool._core.manager import Manager, Settings
from checkedpool._fast import parents_side
from checkedpool._fast.parking import CountingWakeup
from checkedpool._os import system
from checkedpool._payload.pickling import HEADER, Kind
from checkedpool._pool import worker_channels
from checkedpool._pool.shared import Wakeup
from tests.shell.bench import Bench

pytestmark = pytest.mark.skipif(system.PORTABLE, reason="there one task at a time is sent to a worker")

WINDOW = 64
BODY = pickle.dumps(0)


class Driven:
    """A bench whose platform is driven by a machine, and whose calls of the system are counted."""

    def __init__(self, fit: Callable[[type[Any]], type[Any]] = lambda plain: plain) -> None:
        self.bench = Bench(fit)
        self.calls: Counter[str] = Counter()
        self.machine = Manager(Settings(1, on_demand=False, window=WINDOW), born=[0])
        own, reactor = self.bench.lane, self.bench.platform.reactor
        self.count(own, "put", "write frames")
        self.count(own, "_get", "read answers")
        self.count(own, "ticket_end", "send tickets", of="send")
        self.count(reactor, "_selector", "wait", of="select")
        self.count(reactor._wakeup, "_writer", "wake", of="write")
        if not isinstance(reactor._wakeup, CountingWakeup):
            self.count(reactor._wakeup, "_reader", "drain", of="reader")
        self.bench.answer(0, Kind.READY)
        self.manage()
        self.calls.clear()

    def count(self, where: Any, name: str, call: str, of: str | None = None) -> None:
        """Count a function of the system, or the one of this name of an object."""
        real = getattr(where, name)
        function: Callable[..., Any] = real if of is None else getattr(real, of)

        def counted(*arguments: Any) -> Any:
            self.calls[call] += 1
            return function(*arguments)

        setattr(where, name, counted if of is None else StandIn(real, of, counted))

    def submit(self, count: int) -> None:
        """Clients do."""
        for _ in range(count):
            self.bench.submit()
            self.bench.shared.wake()

    def manage(self) -> None:
        """The manager wakes up and does all that it can."""
        events = self.bench.platform.wait(0.0)
        while events:
            events = self.bench.platform.perform(self.machine.step(events))

    def work(self) -> int:
        """The worker runs all that it may; how many those were."""
        ends = self.bench.lane.worker_ends
        try:
            tickets = ends.tickets.recv(1 << 10, system.NOT_WAITING)
        except BlockingIOError:
            return 0
        os.write(ends.result.fileno(), b"".join(HEADER.pack(seq, Kind.PLAIN, len(BODY)) + BODY for seq in tickets))
        return len(tickets)

    def run(self, count: int) -> int:
        """So many tasks, from their submission to their ends; how often the manager woke up."""
        self.submit(count)
        self.manage()
        wakes, left = 1, count
        while done := self.work():
            self.manage()
            wakes, left = wakes + 1, left - done
        assert left == 0
        assert not self.bench.platform.futures
        return wakes


class StandIn:
    """An object with one method replaced."""

    def __init__(self, real: Any, name: str, method: Callable[..., Any]) -> None:
        self._real = real
        setattr(self, name, method)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@pytest.fixture
def driven(monkeypatch: pytest.MonkeyPatch) -> Iterator[Driven]:
    made = Driven()
    yield made
    made.bench.close()


def test_a_batch_takes_one_call_of_each_kind_however_many_tasks_it_has(driven: Driven) -> None:
    assert driven.run(WINDOW) == 2
    assert driven.calls == {"write frames": 1, "send tickets": 1, "read answers": 1, "wait": 2}


def test_calls_grow_with_the_batches_and_not_with_the_tasks(driven: Driven) -> None:
    wakes = driven.run(10 * WINDOW)
    assert wakes <= 22, "each batch is at least half a window"
    assert all(count <= wakes for count in driven.calls.values()), dict(driven.calls)


def test_whoever_submits_rings_once_while_the_manager_sleeps(driven: Driven) -> None:
    reactor = driven.bench.platform.reactor
    select = reactor._selector.select

    def asleep(timeout: float | None) -> Any:
        driven.submit(WINDOW)
        return select(timeout)

    reactor._selector.select = asleep  # type: ignore[method-assign]
    driven.manage()
    reactor._selector.select = select  # type: ignore[method-assign]
    assert (driven.calls["wake"], driven.calls["drain"]) == (1, 1)
    assert driven.work() == WINDOW


def write_frame_by_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parents_side, "GATHER", 1)


def read_answer_by_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parents_side, "READ_SIZE", HEADER.size + len(BODY))


def put_tickets_out_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    issue = worker_channels.WorkerChannels.issue

    def one_by_one(self: worker_channels.WorkerChannels, items: tuple[Any, ...]) -> list[int] | None:
        return [gone for item in items for gone in issue(self, (item,)) or ()]

    monkeypatch.setattr(worker_channels.WorkerChannels, "issue", one_by_one)


def ring_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.shell.bench.Shared.wake", lambda self: self.sleep is None or self.sleep.wakeup.wake())


@pytest.mark.parametrize(
    ("mutant", "test"),
    [
        (write_frame_by_frame, test_calls_grow_with_the_batches_and_not_with_the_tasks),
        (read_answer_by_answer, test_calls_grow_with_the_batches_and_not_with_the_tasks),
        (put_tickets_out_one_by_one, test_calls_grow_with_the_batches_and_not_with_the_tasks),
        (ring_for_each, test_whoever_submits_rings_once_while_the_manager_sleeps),
    ],
)
def test_one_call_a_task_is_caught(
    mutant: Callable[[pytest.MonkeyPatch], None], test: Callable[[Driven], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    driven = Driven()
    try:
        with pytest.raises(AssertionError):
            test(driven)
    finally:
        driven.bench.close()


def test_the_bell_is_what_is_counted(driven: Driven) -> None:
    wakeup: Wakeup = driven.bench.platform.reactor._wakeup
    wakeup.wake()
    wakeup.drain()
    assert (driven.calls["wake"], driven.calls["drain"]) == (1, 1)
