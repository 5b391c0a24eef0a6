"""map() whose results come as their calls end, and map() that tells a bar: what comes when, and what is told."""

from __future__ import annotations

import builtins
import io
import itertools
import os
import sys
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool.arrivals import Shown
from tests.behaviour import tasks
from tests.behaviour.gates import Aside, Gate, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import ours_only, parent_only

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Pools

pytestmark = ours_only("new: the standard map is ordered, and has no bar")


# ------------------------------------------------------------------------------------------------ ordered=False


def test_results_come_as_their_calls_end(pools: Pools, gate: Gate) -> None:
    """C-128: the first input's call is held until all others have come."""
    pool = pools.make(2)
    results = pool.map(tasks.hold_or_double, itertools.repeat(gate), range(6), ordered=False)
    assert sorted(itertools.islice(results, 5)) == [2, 4, 6, 8, 10]
    gate.wait_for_arrival()
    gate.open()
    assert list(results) == [0]


@parent_only
@pytest.mark.parametrize("buffersize", [None, 1, 3])
@pytest.mark.parametrize("chunksize", [1, 4])
def test_each_comes_once(pools: Pools, chunksize: int, buffersize: int | None) -> None:
    """C-128: a chunk's results together, in their order."""
    pool = pools.make(2)
    results = list(pool.map(tasks.double, range(52), chunksize=chunksize, buffersize=buffersize, ordered=False))
    assert sorted(results) == [2 * number for number in range(52)]
    for at in range(0, 52, chunksize):
        assert results[at : at + chunksize] == [*range(results[at], results[at] + 2 * chunksize, 2)]


@parent_only
def test_an_exception_comes_when_its_call_has_ended_and_the_iteration_goes_on(pool: ProcessPoolExecutor) -> None:
    """C-29, C-128."""
    results = pool.map(pow, [2, 0, 3], [1, -1, 1], ordered=False)
    seen: list[int] = []
    for _ in range(3):  # what ends at the same moment comes in any order
        try:
            seen.append(next(results))
        except ZeroDivisionError:
            seen.append(0)
    assert sorted(seen) == [0, 2, 3]
    assert not list(results)


@parent_only
def test_its_time_out_and_its_end_cancel_the_rest(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-26, C-31, C-128."""
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    for timeout in (0, 0.05):
        results = pool.map(tasks.double, [1, 2], timeout=timeout, ordered=False)
        with pytest.raises(TimeoutError):
            next(results)
        assert not list(results)
    gate.open()
    held.result(LIMIT)
    results = pool.map(tasks.hold_or_double, itertools.repeat(gate), [3, 0, 1, 2], ordered=False)
    assert next(results) == 6
    gate.wait_for_arrival()
    results.close()  # type: ignore[attr-defined]
    gate.open()
    pool.shutdown(cancel_futures=False)
    assert gate.has_no_arrival()


@parent_only
def test_in_a_forked_child_it_does_not_wait(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-92."""
    results = pool.map(tasks.hold, [gate], ordered=False)
    gate.wait_for_arrival()
    child = os.fork()
    if not child:
        try:
            next(results)
        except RuntimeError:
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    gate.open()
    list(results)


# ------------------------------------------------------------------------------------------------ progress


class Bar:
    """Notes what it is told, and whether it is told two things at once."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self._busy = threading.Lock()

    def update(self, n: int) -> None:
        assert self._busy.acquire(blocking=False)
        self.told.append(n)
        self._busy.release()

    @property
    def sum(self) -> int:
        return sum(self.told)


@parent_only
@pytest.mark.parametrize("ordered", [True, False])
def test_a_bar_hears_of_each_end_though_nobody_takes_results(pools: Pools, gate: Gate, *, ordered: bool) -> None:
    """C-129."""
    pool, bar = pools.make(2), Bar()
    results = pool.map(tasks.hold_or_double, itertools.repeat(gate), range(6), progress=bar, ordered=ordered)
    eventually(lambda: bar.sum == 5, "all but the first have ended")
    gate.open()
    assert sorted(results) == [0, 2, 4, 6, 8, 10]
    eventually(lambda: bar.told == [1] * 6, "the first has")


@parent_only
def test_a_bar_hears_of_one_end_at_a_time() -> None:
    """C-129: though two of them come in two threads."""
    done: Future[int] = Future()
    done.set_result(1)
    asides: list[Aside[None]] = []

    class Slow(Bar):
        def update(self, n: int) -> None:
            super().update(n)
            if not asides:
                asides.append(Aside(shown.ended, 1, done))
                asides[0].result()  # it leaves it to this thread
                assert self.told == [1]

    bar = Slow()
    shown = Shown(bar, ours=False)
    shown.ended(1, done)
    assert bar.told == [1, 1]


def test_what_a_bar_raises_keeps_no_other_end_from_it() -> None:
    """C-129: of two that end while it is told, which then raises."""
    done: Future[None] = Future()
    told: list[int] = []

    class Raises:
        def update(self, n: int) -> None:
            told.append(n)
            if n == 1:
                for size in 2, 3:
                    Aside(shown.ended, size, done).result()
                raise LookupError

    shown = Shown(Raises(), ours=False)
    with pytest.raises(LookupError):
        shown.ended(1, done)
    assert told == [1, 2, 3]


@parent_only
def test_a_bar_that_hangs_holds_up_neither_the_map_nor_its_results(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-11, C-129: it may wait for the very thread that submits, which is not the one that tells it here."""
    hangs, goes_on = threading.Event(), threading.Event()

    class Bar:
        def update(self, _: int) -> None:
            hangs.set()
            goes_on.wait(LIMIT)

    def numbers() -> Iterator[int]:
        yield 0
        gate.open()
        assert hangs.wait(LIMIT)
        yield from range(1, 4)

    try:
        made = Aside(lambda: list(pool.map(tasks.hold_or_double, itertools.repeat(gate), numbers(), progress=Bar())))
        assert made.result() == [0, 2, 4, 6]
    finally:
        goes_on.set()


@parent_only
def test_a_chunk_counts_its_items_and_one_that_raises_too(pool: ProcessPoolExecutor) -> None:
    """C-129."""
    bar = Bar()
    results = pool.map(pow, [2, 3, 4, 0, 6, 7, 8], [1, 1, 1, -1, 1, 1, 1], chunksize=3, progress=bar)
    assert list(itertools.islice(results, 3)) == [2, 3, 4]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert list(results) == [8]
    eventually(lambda: bar.told == [3, 3, 1], "each chunk is counted")


@parent_only
def test_what_is_cancelled_is_not_counted(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-129."""
    bar = Bar()
    results = pool.map(tasks.hold_or_double, itertools.repeat(gate), [1, 0, 2, 3], progress=bar)
    assert next(results) == 2
    gate.wait_for_arrival()
    results.close()  # type: ignore[attr-defined]
    gate.open()
    pool.shutdown()
    assert bar.told == [1, 1]


class Fails:
    def update(self, n: int) -> None:
        raise LookupError(n)


@parent_only
def test_what_a_bar_raises_is_logged(pool: ProcessPoolExecutor, caplog: pytest.LogCaptureFixture) -> None:
    """C-11, C-129."""
    assert list(pool.map(tasks.double, [1, 2], progress=Fails())) == [2, 4]
    pool.shutdown()
    assert len(caplog.records) == 2


@parent_only
@pytest.mark.parametrize("buffersize", [None, 2])
def test_a_bar_of_tqdm_shows_all_and_is_closed(
    pool: ProcessPoolExecutor, monkeypatch: pytest.MonkeyPatch, buffersize: int | None
) -> None:
    """C-129."""
    tqdm: Any = pytest.importorskip("tqdm")
    made: Future[Any] = Future()
    screen = io.StringIO()

    class Noted(tqdm.tqdm):  # type: ignore[misc,no-any-unimported]
        monitor_interval = 0  # seconds: no thread

        def __init__(self, **options: Any) -> None:
            super().__init__(**options, file=screen, mininterval=0)
            made.set_result(self)

        def close(self) -> None:
            assert self.n == 5
            super().close()

    Noted.set_lock(threading.RLock())  # its own is a named semaphore, which stays until the process ends
    monkeypatch.setattr(tqdm, "tqdm", Noted)
    assert list(pool.map(tasks.double, range(5), progress=True, buffersize=buffersize)) == [0, 2, 4, 6, 8]
    pool.shutdown()
    assert made.result(0).disable  # tqdm says so of one that is closed
    assert "5/5" in screen.getvalue()


@parent_only
def test_a_bar_of_ours_is_closed_though_the_map_is_given_up(
    pool: ProcessPoolExecutor, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-129."""
    closed: list[int] = []

    class Closes(Bar):
        def __init__(self, total: int | None) -> None:
            super().__init__()
            assert total is None

        def close(self) -> None:
            closed.append(self.sum)

    monkeypatch.setitem(sys.modules, "tqdm", type("Module", (), {"tqdm": Closes})())
    results = pool.map(tasks.double, itertools.count(), progress=True, buffersize=2)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    del results
    pool.shutdown()
    assert len(closed) == 1


# ------------------------------------------------------------------------------------------------ bad input


@parent_only
def test_without_tqdm_the_error_says_what_to_install(
    pool: ProcessPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-129: and nothing is submitted."""
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ImportError, match=r"pip install 'checkedpool\[progress\]'"):
        pool.map(tasks.double, [1], progress=True)
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2


@parent_only
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"ordered": None}, "ordered must be True or False, not None"),
        ({"ordered": 1}, "ordered must be True or False, not 1"),
        ({"progress": builtins.print}, r"progress must be True, or a bar with a method update\(n\)"),
        ({"progress": 3}, r"progress must be True, or a bar with a method update\(n\), not 3"),
    ],
)
def test_nonsense_is_refused(pool: ProcessPoolExecutor, options: dict[str, Any], says: str) -> None:
    """C-128, C-129."""
    with pytest.raises(TypeError, match=says):
        pool.map(tasks.double, [1], **options)
