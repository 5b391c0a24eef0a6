"""Which functions of the pool are entered on a path through it, in the parent and in the worker.

Decides: what counts: functions of our own packages that are really entered, each with all of its lines. Must not know:
how many there may be.

A profile function notes each call; it is there before the pool is, since its threads are, and is told when to note.
What is noted does not depend on the version of Python: what only 3.12.0 and 3.12.1 need is left out.
"""

from __future__ import annotations

import inspect
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import checkedpool
import checkedpool_spec
from checkedpool import ProcessPoolExecutor
from checkedpool._os import system

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from types import CodeType, FrameType

ROOTS = tuple(f"{Path(package.__file__ or __file__).parent}{os.sep}" for package in (checkedpool, checkedpool_spec))
LIMIT = 30.0


@dataclass(frozen=True, slots=True, order=True)
class Function:
    """One that was entered."""

    file: str
    first: int
    last: int


class Watch:
    """Notes which functions are entered while it is told to."""

    def __init__(self) -> None:
        self.on = False
        self._seen: set[CodeType] = set()

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        """A profile function."""
        if self.on and event == "call":
            self._seen.add(frame.f_code)

    def seen(self) -> set[Function]:
        """Our own, without the bodies of modules and classes."""
        return {
            Function(code.co_filename, code.co_firstlineno, _last(code))
            for code in self._seen.copy()
            if code.co_filename.startswith(ROOTS) and code.co_flags & inspect.CO_NEWLOCALS
        }


def _last(code: CodeType) -> int:
    return max([line for _, _, line in code.co_lines() if line is not None], default=code.co_firstlineno)


watch = Watch()


def noted() -> set[Function]:
    """In a worker: what it has entered up to now."""
    return watch.seen()


def add(a: int, b: int) -> int:
    return a + b


def hold(_: int, begun: str, seconds: float) -> None:
    """A task that says that it has begun, and stays."""
    Path(begun).touch()
    time.sleep(seconds)


def submit(_: str) -> set[Function]:
    """A first call, from ``submit()`` to its result, the worker included."""
    with _forked(1) as pool:
        watch.on = True
        assert pool.submit(add, 2, 3).result(LIMIT) == 5
        watch.on = False
        parent = watch.seen()
        return parent | pool.submit(noted).result(LIMIT)  # the worker was forked while it was on


def cancel(folder: str) -> set[Function]:
    """``shutdown(cancel_futures=True)`` with one task that is begun and five ahead of the worker."""
    pool = _forked(1)
    futures = _occupy(pool, folder, 6, 0.5)
    watch.on = True
    pool.shutdown(cancel_futures=True)
    watch.on = False
    assert futures[-1].cancelled()
    return watch.seen()


def death(folder: str) -> set[Function]:
    """SIGKILL of a busy worker, by the policy that breaks the pool, until each future says so."""
    pool = _forked(2)
    futures = _occupy(pool, folder, 6, LIMIT)
    victim, manager = next(iter(pool._processes)), pool._executor_manager_thread
    assert manager is not None
    watch.on = True
    os.kill(victim, signal.SIGKILL)
    assert all(future.exception(LIMIT) is not None for future in futures)
    manager.join(LIMIT)
    watch.on = False
    return watch.seen()


PATHS: dict[str, Callable[[str], set[Function]]] = {"submit": submit, "cancel": cancel, "death": death}


def entered(path: str, folder: str) -> dict[str, set[int]]:
    """By file, the lines of the functions that are entered on this path."""
    system.THREADS_AT_EXIT = True  # else 3.12.0 and 3.12.1 have a thread more from the start on
    threading.setprofile(watch)
    sys.setprofile(watch)
    try:
        functions = PATHS[path](folder)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    lines: dict[str, set[int]] = defaultdict(set)
    for function in functions:
        lines[function.file].update(range(function.first, function.last + 1))
    return dict(lines)


def _forked(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork"))


def _occupy(pool: ProcessPoolExecutor, folder: str, tasks: int, seconds: float) -> list[Future[None]]:
    futures = [pool.submit(hold, number, f"{folder}/{number}", seconds) for number in range(tasks)]
    until = time.monotonic() + LIMIT
    while len(list(Path(folder).iterdir())) < pool._max_workers:
        assert time.monotonic() < until
    return futures
