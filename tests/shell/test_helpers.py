"""User-code threads, the loop that drives the machine, the registry of ends: small parts of the shell, each alone."""

from __future__ import annotations

import logging
import multiprocessing
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any
from weakref import ref

import pytest

from checkedpool import ProcessPoolExecutor
from checkedpool._core.manager import Manager, Settings, drive
from checkedpool._core.messages import Command, Event, Finish, JobDone, Requested, Settled, Submitted, Tick
from checkedpool._os import system
from checkedpool._pool.shared import Shared
from checkedpool._pool.user_code import UserThreads
from checkedpool._pool.worker_channels import WorkerChannels
from checkedpool._worker.worker import Worker
from checkedpool_spec.vocabulary import ShutdownLevel
from tests import limits
from tests.shell import usercode
from tests.shell.lanes import LIMIT


@pytest.fixture
def shared() -> Shared:
    return Shared()


@pytest.fixture
def user_threads(shared: Shared) -> Iterator[UserThreads]:
    made = UserThreads(shared)
    made.add()
    yield made
    made.end()


# --- user-code threads ----------------------------------------------------------------------------------------------


def test_jobs_are_done_in_their_order_and_each_is_reported(shared: Shared) -> None:
    user_threads, log = UserThreads(shared), list[int]()
    user_threads.add()
    for number in range(5):
        user_threads.give(lambda number=number: log.append(number))  # type: ignore[misc]
    user_threads.end()
    assert log == [0, 1, 2, 3, 4]
    assert list(shared.inbox) == [JobDone()] * 5


@pytest.mark.parametrize("error", [ValueError("job"), SystemExit(3), KeyboardInterrupt()])
def test_a_job_that_raises_is_logged_and_the_next_one_is_done(
    shared: Shared, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    user_threads, done = UserThreads(shared), threading.Event()
    user_threads.add()
    with caplog.at_level(logging.ERROR, logger="concurrent.futures"):
        user_threads.give(lambda: usercode.raise_it(error))
        user_threads.give(done.set)
        user_threads.end()
    assert done.is_set()
    assert "exception in a callback" in caplog.text
    assert len(shared.inbox) == 2


def test_a_job_that_blocks_leaves_the_others_to_a_thread_beside_it(shared: Shared, user_threads: UserThreads) -> None:
    leave, done = threading.Event(), threading.Event()
    user_threads.give(lambda: leave.wait(limits.HANG))
    user_threads.give(done.set)
    user_threads.add()
    assert done.wait(limits.HANG)
    leave.set()


def test_a_job_that_forks_and_returns_in_the_child_ends_the_child_which_does_no_other_jobs(shared: Shared) -> None:
    """It has the copy of one thread, of the jobs that are left, and nobody to report to."""
    user_threads, (reader, writer) = UserThreads(shared), os.pipe()
    children: list[int] = []
    user_threads.give(lambda: children.append(os.fork()))
    user_threads.give(lambda: os.write(writer, b"!"))
    user_threads.add()
    user_threads.end()
    os.close(writer)
    try:
        written = b"".join(until_its_end(reader))  # which comes when the child has ended, too
    finally:
        os.kill(children[0], signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1])
        os.close(reader)
    assert (written, status) == (b"!", 0)


def until_its_end(reader: int) -> Iterator[bytes]:
    """What is written until nobody can write any more."""
    while select.select([reader], [], [], 10.0)[0] and (data := os.read(reader, 1)):
        yield data


def test_a_user_code_thread_is_a_thread_of_the_pool_while_it_lives(shared: Shared) -> None:
    user_threads, found = UserThreads(shared), list[bool]()
    user_threads.add()
    user_threads.give(lambda: found.append(threading.get_ident() in shared.own_threads))
    user_threads.end()
    assert found == [True]
    assert not shared.own_threads


def test_there_is_no_thread_before_the_first_job(shared: Shared) -> None:
    user_threads, done, before = UserThreads(shared), threading.Event(), threading.active_count()
    assert threading.active_count() == before
    user_threads.give(done.set)
    user_threads.give(done.set)
    assert threading.active_count() == before + 1
    user_threads.end()
    assert done.is_set()
    assert threading.active_count() == before


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """The system refuses threads for user code; whoever empties the list of those that were refused, ends that."""
    start, asked = threading.Thread.start, list[threading.Thread]()

    def refuse(thread: threading.Thread) -> None:
        if thread.name != "checkedpool user code" or len(asked) >= MOST_REFUSED:
            start(thread)
            return
        asked.append(thread)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    return asked


MOST_REFUSED = 3


def test_while_the_first_thread_is_refused_jobs_are_owed_and_it_is_tried_again_when_it_is_time(
    shared: Shared, refused: list[threading.Thread]
) -> None:
    user_threads, done = UserThreads(shared), list[int]()
    for number in range(2):
        user_threads.give(lambda number=number: done.append(number))  # type: ignore[misc]
    assert len(refused) == 2
    again = user_threads.again
    assert again is not None
    assert user_threads.try_again() == again
    assert len(refused) == 2  # it is not time yet
    while user_threads.try_again() is not None:
        user_threads.again = 0.0
    assert len(refused) == MOST_REFUSED
    user_threads.end()
    assert done == [0, 1]


def test_a_pool_whose_first_thread_is_refused_for_a_while_goes_on(
    refused: list[threading.Thread], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "THREADS_AT_EXIT", True)  # else that thread is started with the pool
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        called: list[object] = []
        future = pool.submit(int, "three")  # its error is to be read by such a thread
        future.add_done_callback(called.append)
        assert isinstance(future.exception(LIMIT), ValueError)
        assert pool.submit(int).result(LIMIT) == 0
    assert called == [future]
    assert len(refused) == MOST_REFUSED


def test_what_no_thread_could_be_had_for_in_all_that_time_is_done_at_the_end(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Thread, "start", lambda _: usercode.raise_it(RuntimeError("can't start new thread")))
    monkeypatch.setattr("checkedpool._pool.user_code.LATE", 0.0)
    user_threads, done = UserThreads(shared), list[int]()
    user_threads.give(lambda: done.append(0))
    for number in (1, 2):
        with pytest.raises(RuntimeError, match="new thread"):
            user_threads.give(lambda number=number: done.append(number))  # type: ignore[misc]
    user_threads.end()
    assert done == [0, 1, 2]
    assert not shared.own_threads


def test_a_further_thread_that_cannot_start_is_done_without(
    user_threads: UserThreads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Thread, "start", lambda _: usercode.raise_it(RuntimeError("can't start new thread")))
    user_threads.add_or_owe()
    assert user_threads.again is None
    with pytest.raises(RuntimeError):
        UserThreads(Shared()).add()


# --- the loop -------------------------------------------------------------------------------------------------------


class Script:
    """A platform that says what it was told to say."""

    def __init__(self, *seen: list[Event], performed: list[Event] | None = None) -> None:
        self.seen = list(seen)
        self.performed = performed or []
        self.log: list[Any] = []

    def perform(self, commands: Sequence[Command]) -> list[Event]:
        self.log.append(tuple(commands))
        performed, self.performed = self.performed, []
        return performed

    def wait(self, deadline: float | None) -> list[Event]:
        self.log.append(deadline)
        return [Tick(1.0), *self.seen.pop(0)]


def test_the_loop_waits_only_when_nothing_is_known() -> None:
    platform = Script([Requested(ShutdownLevel.DRAIN)])
    drive(Manager(Settings(1)), platform)
    assert platform.log[0] is None
    assert platform.log[-1] == (Finish(),)


def test_what_came_of_operations_is_told_before_the_next_wait() -> None:
    platform = Script([Submitted((0,))], [Requested(ShutdownLevel.KILL)], [JobDone()], performed=[Settled(0)])
    machine = Manager(Settings(1))
    with pytest.raises(IndexError):  # the script is over while the start is under way
        drive(machine, platform)
    assert platform.log[2] != ()
    assert machine.jobs == 0


def test_the_loop_ends_with_the_machine() -> None:
    machine = Manager(Settings(1))
    drive(machine, Script([Requested(ShutdownLevel.KILL)]))
    assert machine.finished


def test_what_the_platform_raises_comes_out() -> None:
    with pytest.raises(IndexError):
        drive(Manager(Settings(1)), Script())


# --- the registry of ends -------------------------------------------------------------------------------------------


def test_a_channel_that_was_made_is_registered_and_forgotten_when_it_is_closed() -> None:
    made = (*system.channel(), *system.made(system.socket_pair()))
    assert set(map(ref, made)) <= system._ends
    system.close(made)
    assert not set(map(ref, made)) & system._ends
    system.close(made)  # a second time does nothing


def test_an_end_that_nobody_holds_is_forgotten() -> None:
    before = len(system._ends)
    reader, writer = system.channel()
    assert len(system._ends) == before + 2
    del reader, writer
    assert len(system._ends) == before


def test_a_worker_that_is_forked_keeps_its_own_ends_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens in a forked child is called here, in a registry of its own."""
    registry: set[Any] = set()
    monkeypatch.setattr(system, "_ends", registry)
    monkeypatch.setattr(system, "in_child", [])
    reader, writer = system.pipe()
    system.register((reader, writer))
    system.sparing((reader,), system._close_in_child)
    os.fstat(reader.fileno())
    assert registry == {ref(reader)}
    with pytest.raises((OSError, ValueError)):
        os.fstat(writer.fileno())
    reader.close()


def test_a_worker_waits_for_tickets_and_the_parent_for_room_whatever_the_users_default_time_out_is(
    shared: Shared,
) -> None:
    import socket  # noqa: PLC0415 - its global default is changed

    socket.setdefaulttimeout(0.001)
    try:
        lane = WorkerChannels(0, shared)
        ends = [lane.ticket_end, lane.worker_ends.tickets]
        assert [end.gettimeout() for end in ends] == [None, 0.0]
        handler = signal.getsignal(signal.SIGINT)
        assert Worker(lane.worker_ends, None).tickets.gettimeout() is None
    finally:
        socket.setdefaulttimeout(None)
        signal.signal(signal.SIGINT, handler)
    lane.let_go_of_worker_ends()
    lane.close()


# --- the lifeline -----------------------------------------------------------------------------------------------------


def test_who_watches_its_lifeline_waits_for_its_end_whatever_the_default_time_out_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """C-97: else a worker whose main module sets one would be killed when it has passed."""
    waits: list[float | None] = []
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(LIMIT)
    try:
        lifeline, parents = system.made(system.socket_pair())
    finally:
        socket.setdefaulttimeout(before)
    monkeypatch.setattr(os, "kill", lambda *_: waits.append(lifeline.gettimeout()))
    try:
        assert lifeline.gettimeout() == LIMIT
        parents.close()
        system._watch_lifeline(lifeline)
        assert waits == [None]
    finally:
        system.close([lifeline, parents])


def test_as_on_windows_a_socket_pair_is_of_the_kind_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """There the library refuses all but streams."""
    asked: list[dict[str, int]] = []
    monkeypatch.setattr(sys, "platform", "win32")

    def make(**kind: int) -> tuple[()]:
        asked.append(kind)
        return ()

    monkeypatch.setattr(socket, "socketpair", make)
    assert list(system.socket_pair(socket.SOCK_DGRAM)) == []
    assert asked == [{"type": socket.SOCK_DGRAM}]
