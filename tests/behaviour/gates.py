"""How a test and the tasks of its pool meet, without sleeping and under every start method.

Decides: gates (a task stops in front of one until the test opens it) and journals (tasks and tests write down what
happened, in order). Both are named pipes or files, so a task needs their paths only and any process can use them.
Must not know: pools.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from tests.behaviour.kinds import LIMIT

T = TypeVar("T")

OPEN_WIDE = b"." * 2048
LOOK = 1.0
"""Seconds after which a task in front of a gate looks for signals."""


@dataclass(frozen=True, slots=True)
class Door:
    """A gate as a task sees it: the paths of its two pipes."""

    arrivals: str
    passes: str

    def arrive(self) -> None:
        """Tell the test that this process is here."""
        pipe = os.open(self.arrivals, os.O_RDWR)  # both ways: opening must not wait for the test to be there
        os.write(pipe, f"{os.getpid()}\n".encode())
        os.close(pipe)

    def pass_through(self) -> None:
        """Arrive, and stop until the test opens the gate."""
        self.arrive()
        self.await_pass()

    def await_pass(self) -> None:
        """Stop until the test opens the gate.

        The interpreter looks for signals when a call of the system's returns: one that comes between its last look and
        the call would be seen when the gate opens, so each wait ends by itself and the next one follows.
        """
        pipe = os.open(self.passes, os.O_RDWR | os.O_NONBLOCK)
        try:
            while not select.select([pipe], [], [], LOOK)[0] or not _taken(pipe):
                pass
        finally:
            os.close(pipe)


def _taken(pipe: int) -> bool:
    """Take one pass, unless another was faster."""
    try:
        return bool(os.read(pipe, 1))
    except BlockingIOError:
        return False


class Gate:
    """A gate as its test sees it; handed to a task it arrives there as a `Door`."""

    def __init__(self, directory: Path, name: str) -> None:
        self.door = Door(str(directory / f"{name}.arrivals"), str(directory / f"{name}.passes"))
        os.mkfifo(self.door.arrivals)
        os.mkfifo(self.door.passes)
        self._arrivals = os.open(self.door.arrivals, os.O_RDWR | os.O_NONBLOCK)
        self._passes = os.open(self.door.passes, os.O_RDWR | os.O_NONBLOCK)
        self._unread = b""

    def __reduce__(self) -> tuple[type[Door], tuple[str, str]]:
        return Door, self.paths

    @property
    def paths(self) -> tuple[str, str]:
        """What a program needs to make a `Door` of its own."""
        return self.door.arrivals, self.door.passes

    def wait_for_arrival(self, limit: float = LIMIT) -> int:
        """Wait until one more task stands in front of the gate; its worker's pid."""
        end = time.monotonic() + limit
        while b"\n" not in self._unread:
            readable, _, _ = select.select([self._arrivals], [], [], max(0.0, end - time.monotonic()))
            if not readable:
                raise AssertionError(f"nobody arrived within {limit} seconds")
            self._unread += os.read(self._arrivals, 4096)
        line, _, self._unread = self._unread.partition(b"\n")
        return int(line)

    def has_no_arrival(self) -> bool:
        """True while no further task has come."""
        readable, _, _ = select.select([self._arrivals], [], [], 0)
        return not readable and b"\n" not in self._unread

    def open(self, times: int = 1) -> None:
        """Let so many tasks pass: one that stands there, or the next that comes."""
        os.write(self._passes, b"." * times)

    def open_wide(self) -> None:
        """Let everybody pass from now on."""
        os.write(self._passes, OPEN_WIDE)

    def close(self) -> None:
        for end in (self._arrivals, self._passes):
            os.close(end)


@dataclass(frozen=True, slots=True)
class Journal:
    """A file to which any process adds words, each in one piece."""

    path: str

    def write(self, word: object) -> None:
        with open(self.path, "ab", buffering=0) as file:  # noqa: PTH123 - unbuffered: one write, one word
            file.write(f"{word}\n".encode())

    def words(self) -> list[str]:
        return Path(self.path).read_text().split() if Path(self.path).exists() else []


class Aside(Generic[T]):
    """A call that runs in a thread beside the test; the thread is a daemon, so that a hang fails and does not stay."""

    def __init__(self, function: Callable[..., T], *args: object, **keywords: object) -> None:
        self._outcome: Future[T] = Future()
        self._thread = threading.Thread(target=self._run, args=(function, args, keywords), daemon=True)
        self._thread.start()

    def _run(self, function: Callable[..., T], args: tuple[object, ...], keywords: dict[str, object]) -> None:
        try:
            self._outcome.set_result(function(*args, **keywords))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test wants to see it
            self._outcome.set_exception(error)

    def result(self, limit: float = LIMIT) -> T:
        """What the call returned or raised; its thread has ended."""
        try:
            return self._outcome.result(limit)
        finally:
            self._thread.join(LIMIT)

    def is_still_waiting(self, seconds: float = 0.15) -> bool:
        """True when the call has not come back after so long; a call that ought to wait can only be watched."""
        self._thread.join(seconds)
        return not self._outcome.done()


def eventually(condition: Callable[[], object], what: str, limit: float = LIMIT) -> None:
    """Wait until the condition is true; for what nobody announces, such as the end of a process that is not ours."""
    end = time.monotonic() + limit
    pause = 0.0005
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {limit} seconds: {what}")
        time.sleep(pause)
        pause = min(pause * 2, 0.02)
