"""Workers that are started in threads of their own: whatever becomes of the pool meanwhile, none of them escapes."""

from __future__ import annotations

import multiprocessing
import threading

import pytest

from checkedpool._core.words import Started
from checkedpool._shell import processes
from checkedpool._shell.lane import LaneChannels
from checkedpool._shell.shared import Shared
from checkedpool._shell.starting import Starter
from tests import leaks
from tests.shell.lanes import LIMIT

pytestmark = pytest.mark.usefixtures("counted_process")


class SlowStarter(Starter):
    """Starts a worker, and says so when it may."""

    def __init__(self) -> None:
        super().__init__(Shared(), multiprocessing.get_context("fork"), (None, ()))
        self.has_started, self.may_go_on = threading.Event(), threading.Event()

    def start(self, number: int) -> LaneChannels:
        lane = super().start(number)
        self.has_started.set()
        assert self.may_go_on.wait(LIMIT)
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
    assert leaks.left_behind(before, limit=0) == []


def test_a_worker_that_nobody_has_taken_when_the_pool_fails_is_ended(starter: SlowStarter) -> None:
    before = leaks.take()
    starter.may_go_on.set()
    starter._start_and_post(0)
    assert list(starter.shared.inbox) == [Started(0)]
    starter.end()
    assert leaks.left_behind(before, limit=0) == []


def test_a_start_that_hangs_does_not_hold_up_the_end_for_ever_and_its_worker_is_ended_later(
    starter: SlowStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = leaks.take()
    starter.start_in_thread(0)
    assert starter.has_started.wait(LIMIT)
    with monkeypatch.context() as patch:
        patch.setattr(processes, "KILL_WAIT", 0.01)
        starter.end()
    assert leaks.left_behind(before, limit=0) != []
    starter.may_go_on.set()
    assert leaks.left_behind(before) == []


def test_a_worker_of_an_abandoned_start_is_ended_whoever_comes_first(starter: SlowStarter) -> None:
    before = leaks.take()
    starter.may_go_on.set()
    starter.abandon(0)
    starter._start_and_post(0)
    assert starter.take(0) is None
    starter._start_and_post(1)
    starter.abandon(1)
    assert starter.take(1) is None
    assert list(starter.shared.inbox) == [Started(1)]
    assert leaks.left_behind(before) == []


def test_a_worker_of_an_abandoned_start_is_ended_if_the_pool_ends_before_it_hears_of_it(starter: SlowStarter) -> None:
    before = leaks.take()
    starter.may_go_on.set()
    starter._start_and_post(0)
    starter.abandon(0)
    assert leaks.left_behind(before) == []


def test_a_worker_that_came_too_late_is_ended_where_no_thread_can_be_had_for_it(
    starter: SlowStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manager does it, since an exception there would break the pool."""

    def none_left(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    before = leaks.take()
    starter.may_go_on.set()
    starter._start_and_post(0)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", none_left)
        starter.abandon(0)
    assert leaks.left_behind(before, limit=0) == []
