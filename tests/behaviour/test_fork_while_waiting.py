"""A signal handler forks above a call that waits, and returns in the child: what the call does there, and here.

Decides: when the handler is called. Must not know: on what a thread sleeps.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import pytest

import checkedpool
from tests.behaviour import tasks
from tests.behaviour.forked import error_of
from tests.behaviour.gates import Gate, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import ours_only, parent_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Pools

HANGS = ours_only("no issue: in the child the call waits for an end that nobody tells it")
PACKAGE = str(Path(checkedpool.__file__).parent)
STANDSTILL, TRIES = 0.2, 4
"""Seconds in which no line comes: who waits is asleep, or the machine so busy that another try finds out."""
SLEEPERS = 8
"""Threads that wait beside: more than there are descriptors to sleep on."""


class Forking:
    """A handler that forks once, and what its child has to say."""

    def __init__(self, after: Callable[[], object]) -> None:
        self.pid: int | None = None
        self._after = after
        self._reader, self._writer = os.pipe()

    def __call__(self, *_: object) -> None:
        self.pid = os.fork()
        if self.pid:
            self._after()

    def leave_child(self, word: str) -> None:
        """In the child: say it and end; here: nothing."""
        if self.pid == 0:
            os.write(self._writer, word.encode())
            os._exit(0)

    def hear_child(self) -> str:
        """What it said, or that it did not come back in time."""
        assert self.pid, "the handler was not called"
        heard = select.select([self._reader], [], [], LIMIT)[0]
        word = os.read(self._reader, 1000).decode() if heard else "hangs"
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._reader)
        os.close(self._writer)
        return word


@contextmanager
def called_in_its_sleep(handler: Callable[..., None]) -> Iterator[None]:
    """The handler is called when this thread sleeps (or a little earlier, which must be just as good)."""
    status = Path(f"/proc/self/task/{threading.get_native_id()}/stat")
    ended = threading.Event()

    def interrupt() -> None:
        eventually(lambda: ended.is_set() or status.read_text().rpartition(")")[2].split()[0] == "S", "it sleeps")
        if not ended.is_set():
            os.kill(os.getpid(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, handler)
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        signal.signal(signal.SIGUSR1, before)


ASKS: dict[str, Callable[[Future[Any]], Any]] = {
    "result": lambda future: future.result(),
    "result, not for ever": lambda future: future.result(LIMIT),
    "exception": lambda future: future.exception() or future.result(),
    "exception, not for ever": lambda future: future.exception(LIMIT) or future.result(),
}


@HANGS
@parent_only
@pytest.mark.parametrize("beside", [0, SLEEPERS])
@pytest.mark.parametrize("ask", ASKS)
def test_a_call_that_waits_raises_in_a_child_that_is_forked_above_it(
    pool: ProcessPoolExecutor, gate: Gate, ask: str, beside: int
) -> None:
    """C-92; and in the parent it goes on waiting."""
    future = pool.submit(tasks.hold, gate, 7)
    gate.wait_for_arrival()
    others = [threading.Thread(target=future.result) for _ in range(beside)]
    for other in others:
        other.start()
    forking = Forking(gate.open)
    got: list[int] = []
    with called_in_its_sleep(forking):
        error = error_of(lambda: got.append(ASKS[ask](future)))
        forking.leave_child(error or "nothing")
    assert (error, got) == ("", [7])
    for other in others:
        other.join()
    assert forking.hear_child().startswith("RuntimeError: ")


class AtLine:
    """For ``sys.settrace``: calls the handler at one of the package's lines, counted from the beginning of a call."""

    def __init__(self, number: int, handler: Callable[[], None], functions: Sequence[str]) -> None:
        """``functions``: whose lines are counted; none: everybody's."""
        self.number, self.come, self._handler, self._functions = number, 0, handler, functions

    def __call__(self, frame: FrameType, event: str, _: object) -> Any:
        code = frame.f_code
        if code.co_filename.startswith(PACKAGE) and (not self._functions or code.co_name in self._functions):
            self.come += event == "line"
            if self.come == self.number:
                sys.settrace(None)
                self._handler()
            return self
        return None


def forked_at_line(
    number: int, gate: Gate, call: Callable[[], object], said: str, functions: Sequence[str] = ()
) -> bool:
    """Call what waits for who stands at the gate, and fork at this line; whether it came so far before it slept."""
    opened, slept, over = threading.Lock(), threading.Event(), threading.Event()

    def open_first() -> bool:
        if first := opened.acquire(blocking=False):
            gate.open()
        return first

    forking = Forking(open_first)
    lines = AtLine(number, forking, functions)

    def open_if_it_sleeps() -> None:
        seen = -1
        while seen != (seen := lines.come):
            if over.wait(STANDSTILL):
                return
        if open_first():
            slept.set()

    watcher = threading.Thread(target=open_if_it_sleeps)
    watcher.start()
    sys.settrace(lines)
    error = error_of(call)
    sys.settrace(None)
    forking.leave_child(error or "nothing")
    over.set()
    watcher.join()
    assert error == ""
    if forking.pid is not None:
        word = forking.hear_child()
        assert word.startswith(said) or slept.is_set(), f"line {number}: {word}"
    return not slept.is_set()


@HANGS
@parent_only
@pytest.mark.parametrize("ask", ["result", "result, not for ever"])
def test_so_it_does_at_whichever_line_before_its_sleep_it_is_forked(
    pool: ProcessPoolExecutor, gate: Gate, ask: str
) -> None:
    """C-92: the look whether this is a child comes after the sleeper has said that it sleeps."""

    def call() -> Callable[[], object]:
        future = pool.submit(tasks.hold, gate, 7)
        gate.wait_for_arrival()
        return lambda: ASKS[ask](future)

    number = 1
    while any(forked_at_line(number, gate, call(), "RuntimeError: ") for _ in range(TRIES)):
        number += 1
    assert number > 10


@HANGS
@parent_only
def test_a_shutdown_that_is_forked_at_whichever_line_of_its_wait_returns_in_the_child(pools: Pools, gate: Gate) -> None:
    """C-91: of its wait only, since a signal handler does not come at each line of what is before it."""

    def call() -> Callable[[], object]:
        pool = pools.make()
        pool.submit(tasks.hold, gate, 7)
        gate.wait_for_arrival()
        return pool.shutdown

    number = 1
    while any(forked_at_line(number, gate, call(), "nothing", ["join", "wait", "held"]) for _ in range(TRIES)):
        number += 1
    assert number > 5


@HANGS
@parent_only
def test_so_it_does_where_the_child_has_no_descriptor_left(
    pool: ProcessPoolExecutor, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-92."""
    none_left = OSError(errno.EMFILE, "Too many open files")
    monkeypatch.setattr("checkedpool._fast.parking.renew", lambda _: tasks.raise_it(none_left))
    test_a_call_that_waits_raises_in_a_child_that_is_forked_above_it(pool, gate, "result", 0)


@HANGS
@parent_only
def test_a_shutdown_that_waits_returns_in_a_child_that_is_forked_above_it(
    pool: ProcessPoolExecutor, gate: Gate
) -> None:
    """C-91: at once; and in the parent when the pool has ended."""
    future = pool.submit(tasks.hold, gate, 7)
    gate.wait_for_arrival()
    forking = Forking(gate.open)
    with called_in_its_sleep(forking):
        error = error_of(pool.shutdown)
        forking.leave_child(error or "nothing")
    assert (error, future.result(0)) == ("", 7)
    assert forking.hear_child() == "nothing"
