"""Workers that are started in threads of their own: whatever becomes of the pool meanwhile, none of them escapes."""

from __future__ import annotations

import multiprocessing
import threading

import pytest

from checkedpool._core.messages import Started, StartFailed
from checkedpool._os import system
from checkedpool._pool.shared import Shared
from checkedpool._pool.starting_in_threads import ThreadedStarter
from checkedpool._pool.starting_world import World
from checkedpool._pool.worker_channels import WorkerChannels, end_now
from tests import leaks
from tests.behaviour.gates import eventually
from tests.shell.lanes import LIMIT

pytestmark = pytest.mark.usefixtures("counted_process")


class SlowStarter(ThreadedStarter):
    """Starts a worker, and says so when it may."""

    def __init__(self) -> None:
        super().__init__(Shared(), multiprocessing.get_context("fork"), (None, ()))
        self._world = World(environment=False)
        self.has_started, self.may_go_on = threading.Event(), threading.Event()

    def start(self, number: int) -> WorkerChannels:
        lane = super().start(number)
        self.has_started.set()
        assert self.may_go_on.wait(LIMIT)
        return lane


def none_left(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def heard_of(starter: SlowStarter, number: int) -> WorkerChannels:
    eventually(lambda: Started(number) in starter.shared.inbox, "its start is over")
    lane = starter.take(number)
    assert lane is not None
    return lane


@pytest.fixture
def starter() -> SlowStarter:
    return SlowStarter()


def test_a_worker_that_is_being_started_when_the_pool_fails_is_ended_before_the_end_is_told(
    starter: SlowStarter,
) -> None:
    before = leaks.take()
    starter.start_in_thread(0)
    assert starter.has_started.wait(LIMIT)
    starter.may_go_on.set()
    starter.end()
    assert leaks.left_behind(before, leaks.AT_ONCE) == []


def test_a_worker_that_nobody_has_taken_when_the_pool_fails_is_ended(starter: SlowStarter) -> None:
    before = leaks.take()
    starter.may_go_on.set()
    assert starter._try(0) == Started(0)
    starter.end()
    assert leaks.left_behind(before, leaks.AT_ONCE) == []


def test_a_start_that_hangs_does_not_hold_up_the_end_for_ever_and_its_worker_is_ended_later(
    starter: SlowStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = leaks.take()
    starter.start_in_thread(0)
    assert starter.has_started.wait(LIMIT)
    with monkeypatch.context() as patch:
        patch.setattr(system, "KILL_WAIT", 0.01)
        starter.end()
    assert leaks.left_behind(before, limit=0) != []
    starter.may_go_on.set()
    assert leaks.left_behind(before) == []


def test_a_worker_of_an_abandoned_start_is_ended_whoever_comes_first(starter: SlowStarter) -> None:
    before = leaks.take()
    starter.may_go_on.set()
    starter.abandon(0)
    assert starter._try(0) is None
    assert starter.take(0) is None
    assert starter._try(1) == Started(1)
    starter.abandon(1)
    assert starter.take(1) is None
    assert leaks.left_behind(before) == []


def test_a_worker_of_an_abandoned_start_is_ended_if_the_pool_ends_before_it_hears_of_it(starter: SlowStarter) -> None:
    before = leaks.take()
    starter.may_go_on.set()
    starter._try(0)
    starter.abandon(0)
    assert leaks.left_behind(before) == []


def test_a_worker_that_came_too_late_is_ended_where_no_thread_can_be_had_for_it(
    starter: SlowStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manager does it, since an exception there would break the pool."""
    before = leaks.take()
    starter.may_go_on.set()
    starter._try(0)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", none_left)
        starter.abandon(0)
    assert leaks.left_behind(before, leaks.AT_ONCE) == []


def start_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "checkedpool start"]


def test_one_thread_starts_one_worker_after_another_and_goes_with_the_pool(starter: SlowStarter) -> None:
    starter.may_go_on.set()
    seen = set()
    for number in range(3):
        starter.start_in_thread(number)
        end_now(heard_of(starter, number))
        seen |= set(start_threads())
    assert len(seen) == 1
    starter.end()
    assert start_threads() == []


def test_a_start_that_hangs_has_another_one_beside_it_and_its_thread_is_not_waited_for(starter: SlowStarter) -> None:
    """As its worker comes, at last, it is ended; and its thread with it."""
    before = leaks.take()
    starter.start_in_thread(0)
    assert starter.has_started.wait(LIMIT)
    starter.abandon(0)
    starter.has_started.clear()
    starter.start_in_thread(1)
    assert starter.has_started.wait(LIMIT)
    starter.abandon(1)
    starter.end()
    assert len(start_threads()) == 2
    starter.may_go_on.set()
    assert leaks.left_behind(before) == []
    assert start_threads() == []


@pytest.mark.skipif(system.PORTABLE, reason="a thread watches each process there, and cannot be had either")
def test_where_no_thread_can_be_had_later_there_is_one_from_the_beginning(
    starter: SlowStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """3.12.0 and 3.12.1 refuse it beside the interpreter's exit, when a worker may have to be started."""
    monkeypatch.setattr(system, "THREADS_AT_EXIT", False)
    starter.start_all(1, {})
    starter.may_go_on.set()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", none_left)
        starter.start_in_thread(0)
        end_now(heard_of(starter, 0))
    starter.end()
    assert start_threads() == []


def test_a_start_for_which_no_thread_can_be_had_has_failed(
    starter: SlowStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", none_left)
        starter.start_in_thread(0)
    (post,) = starter.shared.inbox
    assert isinstance(post, StartFailed)
    starter.end()


def test_a_pool_whose_start_was_given_up_has_threads_for_the_next_try(
    starter: SlowStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "THREADS_AT_EXIT", False)
    starter.may_go_on.set()
    for number in range(2):
        starter.start_all(1, {})
        starter.start_in_thread(number)
        end_now(heard_of(starter, number))
        starter.end()
        assert start_threads() == []


def test_a_start_that_was_given_up_and_came_is_over_and_its_thread_is_waited_for(starter: SlowStarter) -> None:
    starter.start_in_thread(0)
    assert starter.has_started.wait(LIMIT)
    starter.abandon(0)
    starter.may_go_on.set()
    eventually(lambda: list(starter._threads._at.values()) == [None], "it is over")
    starter.end()
    assert start_threads() == []
