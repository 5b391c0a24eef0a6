"""The call that asks for another number of workers, without any worker: its steps, two threads, a signal handler."""

from __future__ import annotations

import threading
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest

from checkedpool import BrokenProcessPool, ProcessPoolExecutor, resize
from checkedpool._core import messages
from tests import limits

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def unstarted() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield pool


def asked(pool: ProcessPoolExecutor) -> list[int]:
    return [post.max_workers for post in pool._pool.shared.inbox if isinstance(post, messages.Resized)]


def test_the_number_is_posted_and_seen_at_once(unstarted: ProcessPoolExecutor) -> None:
    """C-160: nothing is started for it."""
    unstarted.resize(5)
    unstarted.with_options(priority=1).resize(3)
    assert (asked(unstarted), unstarted._max_workers, unstarted._pool.manager_thread) == ([5, 3], 3, None)


def test_of_two_threads_the_last_number_that_is_posted_is_the_one_that_is_seen(unstarted: ProcessPoolExecutor) -> None:
    """C-160."""
    threads = [threading.Thread(target=unstarted.resize, args=(count,)) for count in range(1, 21)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(limits.HANG)
    assert sorted(asked(unstarted)) == [*range(1, 21)]
    assert unstarted._max_workers == asked(unstarted)[-1]


def test_a_call_inside_of_a_call_is_no_deadlock(unstarted: ProcessPoolExecutor) -> None:
    """C-160: as a signal handler's may be, in the middle of the step that posts."""
    pool = unstarted._pool
    resize.Resizer(pool, 3)._post()
    with vars(pool)["resizing"]:
        unstarted.resize(4)
    assert asked(unstarted) == [3, 4]


def test_a_pool_that_is_broken_or_closed_is_told_nothing(unstarted: ProcessPoolExecutor) -> None:
    """C-162."""
    unstarted._pool.shared.broken = lambda: BrokenProcessPool("as it is")
    with pytest.raises(BrokenProcessPool, match="as it is"):
        unstarted.resize(3)
    unstarted._pool.shared.broken = None
    unstarted.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        unstarted.resize(3)
    assert (asked(unstarted), unstarted._max_workers) == ([], 2)
