"""A value is told to a future that has no lock yet; whoever makes one meanwhile is told all the same.

The client comes in a thread of its own, between any two lines of the end; it does all of its work there, or takes the
lock and looks at the state there and goes on when the manager has done what it can.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures._base import PENDING, Future
from functools import partial
from types import CodeType, FrameType
from typing import Any

import pytest

from checkedpool._fast import future_without_lock
from checkedpool._fast.future_without_lock import FutureWithoutLock
from checkedpool._os.locks import TAKE_TURNS
from checkedpool._pool.shared import CANCELLED_END, Ending, PoolFuture, Shared, error_end, value_end
from tests.shell.lanes import LIMIT

pytestmark = pytest.mark.skipif(not TAKE_TURNS, reason="without the interpreter's lock each future has its own")


class Client:
    """Registers with a future as ``wait`` and ``add_done_callback`` do, all at once or in two parts."""

    def __init__(self, future: PoolFuture[Any], *, pauses: bool) -> None:
        self.future, self.pauses = future, pauses
        self.told: list[str] = []
        self.found = ""
        self._here, self._go = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._register)

    def _register(self) -> None:
        with self.future._condition:
            self.found = self.future._state
            if self.pauses:
                self._here.set()
                assert self._go.wait(LIMIT)
            if self.found == PENDING:
                self.future._waiters.append(self)
                self.future._done_callbacks.append(lambda _: self.told.append("called"))
        self._here.set()

    def come(self) -> None:
        """Until it is done, or pauses."""
        self._thread.start()
        assert self._here.wait(LIMIT)
        if not self.pauses:
            self._thread.join(LIMIT)

    def go_on(self) -> None:
        self._go.set()
        if self._thread.ident is not None:
            self._thread.join(LIMIT)

    finished_futures: tuple[object, ...] = ()

    def add_result(self, _: Future[Any]) -> None:
        self.told.append("told")


def at_line(line: int, code: CodeType, act: Callable[[], None], function: Callable[[], Any]) -> tuple[Any, bool]:
    """Call, and act before so many-th line of that code; what it returned, and whether there was such a line."""
    left = line

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if frame.f_code is not code:
            return None
        if event == "line":
            left -= 1
            if not left:
                sys.settrace(None)
                act()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return function(), left <= 0
    finally:
        sys.settrace(before)


def every_client_is_told(end: Any, *, pauses: bool) -> int:
    """At each line; how many lines there are."""
    line = 1
    while True:
        future: FutureWithoutLock[Any] = FutureWithoutLock(Shared(), 1)
        client = Client(future, pauses=pauses)
        told, came = at_line(line, end.__code__, client.come, partial(end, future, value_end(7), wait=False))
        client.go_on()
        if told is not False:  # the manager has this done by a user-code thread
            future.complete_and_call(value_end(7) if told is None else None)
        assert future.result(0) == 7
        assert future.shared is None
        if not came:
            return line - 1
        assert client.told == (["told", "called"] if client.found == PENDING else []), line
        line += 1


@pytest.mark.parametrize("pauses", [False, True], ids=["at once", "with a pause"])
def test_whoever_comes_at_any_line_of_the_end_is_told_if_he_found_it_pending(pauses: bool) -> None:
    assert every_client_is_told(FutureWithoutLock.complete, pauses=pauses) >= 6


def test_a_callback_that_comes_before_earlier_ones_are_told_of_the_end_queues_up_behind_them() -> None:
    future: FutureWithoutLock[Any] = FutureWithoutLock(Shared(), 1)
    called: list[str] = []
    future.add_done_callback(lambda _: called.append("first"))
    future._result, future._exception, future._state = value_end(7)  # the manager is here
    future.add_done_callback(lambda _: called.append("second"))
    assert called == []
    assert future.complete(value_end(7), wait=False) is True
    future.complete_and_call(None)
    assert called == ["first", "second"]


def test_a_future_that_nobody_waits_for_never_has_a_lock() -> None:
    future: FutureWithoutLock[Any] = FutureWithoutLock(Shared(), 1)
    assert not future.done()
    assert not future.cancelled()
    assert future.complete(value_end(7), wait=False) is False
    assert future.done()
    assert future.result() == 7
    assert future._lock is None


@pytest.mark.parametrize("end", [error_end(KeyError(7)), CANCELLED_END], ids=["an error", "cancelled"])
def test_any_end_is_told_without_a_lock_where_nobody_waits(end: Ending) -> None:
    future: FutureWithoutLock[Any] = FutureWithoutLock(Shared(), 1)
    assert future.complete(end, wait=False) is False
    assert (future._result, future._exception, future._state) == end
    assert future._lock is None
    assert future.complete(value_end(7), wait=False) is False
    assert (future._result, future._exception, future._state) == end


def test_a_future_that_holds_objects_of_the_user_is_left_to_a_user_code_thread() -> None:
    future: FutureWithoutLock[Any] = FutureWithoutLock(Shared(), 1)
    future.deferred = print, (), {}
    assert future.complete(error_end(KeyError(7)), wait=False) is True


def test_of_many_threads_that_make_its_lock_all_get_the_same() -> None:
    for _ in range(200):
        future: FutureWithoutLock[Any] = FutureWithoutLock(Shared(), 1)
        found: list[object] = []
        threads = [threading.Thread(target=lambda f=future, got=found: got.append(f._condition)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)
        assert len(found) == 4
        assert {id(lock) for lock in found} == {id(future._lock)}
    assert not future_without_lock._made


SET = "self._result, self._exception, self._state = end"
LOOK = "        if self._lock is None:\n            shared"
MUTANTS = {
    "no second look": [(LOOK, "        if True:\n            shared")],
    "the look before the state": [
        (LOOK, "        if looked is None:\n            shared"),
        (SET, f"looked = self._lock\n        if True:\n            {SET}"),
    ],
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_an_end_in_another_order_is_caught(mutant: str) -> None:
    source = textwrap.dedent(inspect.getsource(FutureWithoutLock.complete))
    source = source.replace("super()", "super(FutureWithoutLock, self)")
    for old, new in MUTANTS[mutant]:
        assert source.count(old) == 1, f"the end is worded differently now: {old!r}"
        source = source.replace(old, new)
    names: dict[str, Any] = {}
    exec(source, vars(future_without_lock), names)  # noqa: S102 - our own source, changed above
    wrong = 0
    for pauses in (False, True):
        try:
            every_client_is_told(names["complete"], pauses=pauses)
        except AssertionError:
            wrong += 1
    assert wrong
