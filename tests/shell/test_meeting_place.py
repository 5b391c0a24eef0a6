"""What clients and manager share: the claim that succeeds once, what wakes a sleeper, and where it sleeps."""

from __future__ import annotations

import gc
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import FunctionType

import pytest

from checkedpool._core.messages import JobDone
from checkedpool._fast.parking import CountingWakeup, ParkingReactor
from checkedpool._os import system
from checkedpool._payload.pickling import READ_SIZE, Kind, header
from checkedpool._pool.platform import RESULT, ROOM, Reactor
from checkedpool._pool.shared import Shared, Sleep, Wakeup
from checkedpool._pool.worker_channels import WorkerChannels
from tests import limits
from tests.behaviour.forked import in_forked_child

POST = JobDone()


class Counting(Wakeup):
    """Counts how often it is woken."""

    def __init__(self) -> None:
        super().__init__()
        self.wakes = 0

    def wake(self) -> None:
        self.wakes += 1
        super().wake()


@pytest.fixture(params=[Reactor, ParkingReactor])
def reactor(request: pytest.FixtureRequest) -> Iterator[Reactor]:
    """The plain one, and that of the room."""
    made: Reactor = request.param()
    yield made
    made.close()


@pytest.fixture
def lane() -> Iterator[WorkerChannels]:
    made = WorkerChannels(0, Shared())
    yield made
    made.let_go_of_worker_ends()
    made.close()


# --- claims ---------------------------------------------------------------------------------------------------------


def test_a_claim_succeeds_once() -> None:
    shared = Shared()
    shared.unclaimed[3] = None
    assert shared.claim(3)
    assert not shared.claim(3)


def test_of_many_claimers_one_succeeds() -> None:
    shared = Shared()
    shared.unclaimed.update(dict.fromkeys(range(2_000)))
    won: list[int] = []

    def claimer() -> None:
        won.extend(number for number in range(2_000) if shared.claim(number))

    threads = [threading.Thread(target=claimer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(limits.HANG)
    assert sorted(won) == list(range(2_000))


def test_a_pool_is_inherited_in_another_process_only() -> None:
    shared = Shared()
    assert not shared.is_inherited()
    shared.refuse_inherited()
    shared.pid += 1
    assert shared.is_inherited()
    with pytest.raises(RuntimeError, match=str(os.getpid())):
        shared.refuse_inherited()


# --- the wake-up ------------------------------------------------------------------------------------------------------


def test_nobody_rings_while_the_manager_is_awake() -> None:
    shared = Shared()
    shared.sleep = None
    shared.wake()


def test_one_sleep_is_rung_once() -> None:
    shared, wakeup = Shared(), Counting()
    shared.sleep = Sleep(wakeup)
    for _ in range(5):
        shared.wake()
    assert wakeup.wakes == 1


def test_each_sleep_is_rung_anew() -> None:
    shared, wakeup = Shared(), Counting()
    for _ in range(3):
        shared.sleep = Sleep(wakeup)
        shared.wake()
    assert wakeup.wakes == 3


def test_a_ringer_that_is_interrupted_before_its_byte_leaves_the_sleep_to_the_next() -> None:
    class Interrupted(Counting):
        def wake(self) -> None:
            super().wake()
            if self.wakes == 1:
                raise KeyboardInterrupt

    shared, wakeup = Shared(), Interrupted()
    shared.sleep = Sleep(wakeup)
    with pytest.raises(KeyboardInterrupt):
        shared.wake()
    shared.wake()
    assert wakeup.wakes == 2


def test_a_ringer_that_comes_late_does_not_spoil_the_next_sleep() -> None:
    shared, wakeup = Shared(), Counting()
    old = shared.sleep = Sleep(wakeup)
    shared.sleep = Sleep(wakeup)
    old.woken = True  # somebody who saw the old one writes only now
    shared.wake()
    assert wakeup.wakes == 1


@pytest.fixture(params=[Reactor, ParkingReactor])
def wakeup(request: pytest.FixtureRequest) -> Wakeup:
    """The plain one, and that of the room."""
    made: Wakeup = request.param()._wakeup
    return made


def test_a_full_bell_rings_already(wakeup: Wakeup) -> None:
    for _ in range(70_000):
        wakeup.wake()
    wakeup.drain()


def test_in_a_child_that_a_signal_handler_has_forked_within_a_call_no_file_is_taken_for_the_bell(
    wakeup: Wakeup, tmp_path: Path
) -> None:
    """The handler has opened some, which have its numbers now."""

    def goes_on() -> list[bytes]:
        with ExitStack() as stack:
            files = [stack.enter_context((tmp_path / str(number)).open("w+b", 0)) for number in range(20)]
            wakeup.wake()
            return [file.read() for file in files if not file.seek(0)]

    assert in_forked_child(goes_on) == [b""] * 20
    wakeup.wake()


class AnEndAboveWhichAHandlerRaises:
    """Its bytes are written; then a signal comes."""

    closed = False

    def __init__(self, end: system.Channel, error: type[Exception]) -> None:
        self.end, self.error = end, error

    def write(self, data: bytes) -> None:
        self.end.write(data)
        raise self.error


@pytest.mark.parametrize("error", [ValueError, BlockingIOError, OSError])
@pytest.mark.parametrize("portable", [False, True])
def test_a_bell_passes_over_what_a_closed_end_raises_and_not_what_a_signal_handler_does(
    portable: bool, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "PORTABLE", portable)
    wakeup = Wakeup()
    ends = wakeup._reader, wakeup._writer
    monkeypatch.setattr(wakeup, "_writer", AnEndAboveWhichAHandlerRaises(ends[1], error))
    with pytest.raises(error):
        wakeup.wake()
    monkeypatch.undo()
    system.close(ends)
    wakeup.wake()


@pytest.mark.parametrize("end", [system.File, system.Socket])
def test_the_bytes_of_a_bell_are_written_by_one_call_of_the_interpreters_own(end: type[system.Channel]) -> None:
    """So a handler comes before it, and nothing is written, or after it."""
    assert not isinstance(end.write, FunctionType)


@pytest.mark.parametrize("kind", [Reactor, ParkingReactor])
@pytest.mark.parametrize("wakes", [1, 2])
def test_a_bell_is_heard_each_time_that_it_is_rung(kind: type[Reactor], wakes: int) -> None:
    reactor, waits = kind(), []
    really, bell = reactor._selector.select, reactor._wakeup.fileno()

    def noting(timeout: float | None) -> list[int]:
        waits.append(really(timeout))
        return list(waits[-1])

    reactor._selector.select = noting  # type: ignore[method-assign]
    for _ in range(3):
        for _ in range(wakes):
            reactor._wakeup.wake()
        reactor.wait(Shared(), 0)
        reactor.wait(Shared(), 0)
    reactor.close()
    assert waits == [[bell], []] * 3


@pytest.mark.skipif(
    not isinstance(ParkingReactor()._wakeup, CountingWakeup), reason="there is only the kind whose bell is taken"
)
def test_a_bell_that_would_ring_for_ever_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.system_select, "EPOLLET", 0)
    with pytest.raises(AssertionError):
        test_a_bell_is_heard_each_time_that_it_is_rung(ParkingReactor, 1)


@pytest.mark.parametrize("kind", [system.selector, system.Selector])
def test_a_selector_says_what_it_was_told_of_those_that_are_ready(kind: Callable[[], system.Selector]) -> None:
    selector, (reader, writer) = kind(), os.pipe()
    try:
        selector.register(reader)
        selector.register(writer, to_write=True)
        assert selector.select(0) == [writer]
        selector.unregister(writer)
        os.write(writer, b"!")
        assert [selector.select(0) for _ in range(2)] == [[reader]] * 2
        selector.unregister(reader)
        assert selector.select(0) == []
    finally:
        selector.close()
        os.close(reader)
        os.close(writer)


@pytest.mark.parametrize("wakes", [0, 1, READ_SIZE - 1, READ_SIZE, READ_SIZE + 1, 3 * READ_SIZE])
def test_to_hush_takes_all_that_was_rung(reactor: Reactor, wakes: int) -> None:
    for _ in range(wakes):
        reactor._wakeup.wake()
    reactor.wait(Shared(), 0)
    assert not reactor._selector.select(0)


def test_a_bell_closes_with_the_last_that_may_ring_it() -> None:
    wakeup = Wakeup()
    ends = [weakref.ref(wakeup._reader), weakref.ref(wakeup._writer)]
    sleep = Sleep(wakeup)
    del wakeup
    gc.collect()
    assert all(end() is not None for end in ends)
    del sleep
    gc.collect()
    assert all(end() is None for end in ends)


# --- the sleep ------------------------------------------------------------------------------------------------------


def test_the_manager_does_not_sleep_when_something_was_posted_before(reactor: Reactor) -> None:
    shared = Shared()
    shared.inbox.append(POST)
    assert reactor.wait(shared, None) == []


def test_a_post_just_after_the_last_look_wakes_the_manager(reactor: Reactor) -> None:
    """The sleep is published before the last look: whoever posts after that look sees it and wakes the manager."""
    shared = Shared()

    class LastLook(type(shared.inbox)):  # type: ignore[misc]
        def __len__(self) -> int:
            shared.wake()
            return 0

    shared.inbox = LastLook()
    assert reactor.wait(shared, None) == []


def test_the_manager_is_awake_when_it_has_waited(reactor: Reactor) -> None:
    shared = Shared()
    reactor.wait(shared, 0)
    assert shared.sleep is None


def test_a_deadline_beyond_what_a_selector_can_take_is_no_error(reactor: Reactor) -> None:
    shared = Shared()
    shared.inbox.append(POST)
    reactor.wait(shared, 1e300)
    shared.inbox.clear()
    reactor._wakeup.wake()
    reactor.wait(shared, 1e300)


# --- what it waits for ----------------------------------------------------------------------------------------------


def test_results_and_room_are_reported_with_their_lane(reactor: Reactor, lane: WorkerChannels) -> None:
    reactor.watch(RESULT, lane, lane.result_fd)
    reactor.watch(ROOM, lane, lane.call_fd)
    os.write(lane.worker_ends.result.fileno(), header(1, Kind.READY, b""))
    assert sorted(reactor.wait(Shared(), 0), key=str) == sorted([(RESULT, lane), (ROOM, lane)], key=str)


def test_room_is_reported_only_while_it_is_wanted(reactor: Reactor, lane: WorkerChannels) -> None:
    reactor.watch(ROOM, lane, lane.call_fd)
    reactor.watch(ROOM, lane, lane.call_fd)
    reactor.forget(lane.call_fd)
    reactor.forget(lane.call_fd)
    assert reactor.wait(Shared(), 0) == []


def test_an_end_of_results_is_reported_until_it_is_forgotten(reactor: Reactor, lane: WorkerChannels) -> None:
    reactor.watch(RESULT, lane, lane.result_fd)
    lane.let_go_of_worker_ends()
    assert reactor.wait(Shared(), 0) == [(RESULT, lane)], "there may be more to read"
    assert lane.read() is None
    reactor.forget(lane.result_fd)
    assert reactor.wait(Shared(), 0) == []


def test_nothing_is_reported_of_a_lane_that_was_removed(reactor: Reactor, lane: WorkerChannels) -> None:
    reactor.watch(RESULT, lane, lane.result_fd)
    reactor.watch(ROOM, lane, lane.call_fd)
    lane.let_go_of_worker_ends()
    reactor.remove(lane)
    assert reactor.wait(Shared(), 0) == []
