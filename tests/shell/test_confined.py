"""Where the system refuses something (a sandbox, a program that has used it up): what the pool does instead.

Decides: what is refused. Must not know: how the pool finds out.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import select

import pytest

from checkedpool import ProcessPoolExecutor
from checkedpool._fast.parking import CountingWakeup, ParkingReactor
from checkedpool._pool.shared import Wakeup
from tests.shell import usercode
from tests.shell.lanes import LIMIT

REFUSED = PermissionError(errno.EPERM, "Operation not permitted")


@pytest.fixture
def no_eventfd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever confines this process does not allow that call."""
    monkeypatch.setattr(os, "eventfd", lambda *_: usercode.raise_it(REFUSED), raising=False)


@pytest.mark.usefixtures("no_eventfd")
def test_where_eventfd_is_refused_the_bell_is_a_pipe_that_has_to_be_taken() -> None:
    wakeup: Wakeup = ParkingReactor()._wakeup
    assert not isinstance(wakeup, CountingWakeup)
    for _ in range(3):
        wakeup.wake()
        wakeup.wake()
        assert select.select([wakeup], [], [], 0)[0]
        wakeup.drain()
        assert not select.select([wakeup], [], [], 0)[0]


@pytest.mark.usefixtures("no_eventfd")
def test_where_eventfd_is_refused_a_pool_works() -> None:
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
        assert list(pool.map(usercode.double, range(300), timeout=LIMIT)) == [2 * number for number in range(300)]
        assert [pool.submit(usercode.double, number).result(LIMIT) for number in range(50)] == list(range(0, 100, 2))
        assert pool.submit(int).result() == 0  # no time-out: who waits sleeps on what a waker is there
