"""Contexts of multiprocessing whose processes make trouble when they are started.

Decides: what happens inside `Process.start()`. Must not know: who starts processes, and when.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from typing import Any

from tests.behaviour.kinds import LIMIT


class _Hooked:
    """A process that calls a function before it starts; it is never pickled, only the process inside is."""

    def __init__(self, process: Any, before_start: Callable[[], None]) -> None:
        self._process = process
        self._before_start = before_start

    def start(self) -> None:
        self._before_start()
        self._process.start()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._process, name)


def hooked_context(method: str, before_start: Callable[[], None]) -> Any:
    """A context that calls the function before each start."""
    plain: Any = multiprocessing.get_context(method)

    class Context(type(plain)):  # type: ignore[misc]
        """Of the same class as the plain one, so that nobody takes it for another start method."""

        @staticmethod
        def Process(*args: Any, **keywords: Any) -> _Hooked:  # noqa: N802 - the name in multiprocessing
            return _Hooked(plain.Process(*args, **keywords), before_start)

    return Context()


def failing_context(method: str, failures: int, after: int = 0) -> Any:
    """A context whose processes fail to start so many times, after so many good starts."""
    fails: Iterator[bool] = iter([False] * after + [True] * failures)

    def before_start() -> None:
        if next(fails, False):
            raise OSError("no more processes today")

    return hooked_context(method, before_start)


class SlowStarts:
    """Starts that stand still until the test lets them go on: so many times, after so many good starts."""

    def __init__(self, method: str, times: int = 1000, after: int = 0) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self._hangs = iter([False] * after + [True] * times)
        self.context = hooked_context(method, self._before_start)

    def _before_start(self) -> None:
        if next(self._hangs, False):
            self.begun.set()
            if not self.go_on.wait(LIMIT):
                raise OSError("nobody let this start go on: whoever should have done so waits for it")
