"""Values that make trouble at one of the four places where a task or its result crosses between processes.

The places: "pickled" in the parent (a task's arguments) or in the worker (a result), "unpickled" in the worker or in
the parent. Decides: what happens there. Must not know: who asks for it.
"""

from __future__ import annotations

import copyreg
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from types import TracebackType

    from tests.behaviour.gates import Door, Journal


class WhenPickled:
    """Calls a function when it is pickled, and arrives as what that returns."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        function, arguments = self.call
        return _same, (function(*arguments),)


class WhenUnpickled:
    """Calls a function when it is unpickled, and arrives as what that returns."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


def make_pickled(function: Callable[..., Any], *arguments: Any) -> WhenPickled:
    """As a task's result: the trouble is in the worker, when the result is pickled."""
    return WhenPickled(function, *arguments)


def make_unpickled(function: Callable[..., Any], *arguments: Any) -> WhenUnpickled:
    """As a task's result: the trouble is in the parent, when the result is unpickled."""
    return WhenUnpickled(function, *arguments)


class TwoArguments(Exception):  # noqa: N818 - its shape matters, not its meaning
    """An exception as people write them: it pickles, and cannot be rebuilt."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{text} ({code})")
        self.code = code


class Unpicklable(Exception):  # noqa: N818 - likewise
    """An exception that cannot be pickled."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.lock = threading.Lock()


class Headstrong(Exception):  # noqa: N818 - likewise
    """An exception that has a way of its own with tracebacks."""

    def with_traceback(self, tb: TracebackType | None) -> NoReturn:
        raise RuntimeError(tb)


class Nasty(BaseException):
    """Not even an Exception."""


def fail(error: BaseException) -> NoReturn:
    raise error


def fail_two_arguments(code: int, text: str) -> NoReturn:
    raise TwoArguments(code, text)


def fail_unpicklable(text: str) -> NoReturn:
    raise Unpicklable(text)


def make_lambda() -> Callable[[], int]:
    return lambda: 1


def make_lock() -> object:
    return threading.Lock()


def make_complex_with_a_reducer() -> complex:
    """In a worker: complex numbers have a reducer, so pickling them is code that users can replace."""
    copyreg.pickle(complex, _reduce_badly)
    return 1j


def _reduce_badly(_: complex) -> tuple[Callable[..., NoReturn], tuple[Exception]]:
    return fail, (LookupError("awkward"),)


def note_pid(journal: Journal) -> None:
    journal.write(os.getpid())


def wait_at(door: Door) -> str:
    door.pass_through()
    return "came through"


class Counted:
    """Counts how often it is pickled, in the process in which that happens."""

    times = 0

    def __reduce__(self) -> tuple[type[Counted], tuple[()]]:
        type(self).times += 1
        return Counted, ()


def _same(value: Any) -> Any:
    return value
