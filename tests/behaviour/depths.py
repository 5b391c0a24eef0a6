"""Calls that are made so many calls below the recursion limit.

Decides: how one comes there: through functions in Python, or through those of the interpreter's own, which CPython
counts apart from 3.12 on. Must not know: what is called there.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from math import inf
from typing import NoReturn, TypeVar

T = TypeVar("T")
SMALL, LARGE = 1 << 19, 1 << 26
"""Bytes of a stack: few, and enough for as many calls as are counted."""
_limit: list[int] = []


def in_python(left: int, call: Callable[[], T]) -> T:
    """With so many calls left, or a few less."""

    def go(depth: int) -> T:
        return go(depth - 1) if depth > 0 else call()

    return go(sys.getrecursionlimit() - _depth() - left)


def in_c(left: int, call: Callable[[], T]) -> T:
    """Likewise; each level is a function in Python that one of the interpreter's own has called.

    In a thread with a small stack: from 3.14 on its end is the limit, and the main thread's is far.
    """
    came: list[Callable[[], T]] = []

    def run() -> None:
        try:
            value = _in_c(left, call)
        except BaseException as error:  # noqa: BLE001 - comes out below
            came.append(partial(_raise, error))
        else:
            came.append(lambda: value)

    before = sys.getrecursionlimit(), threading.stack_size(SMALL if sys.version_info >= (3, 14) else LARGE)
    if sys.version_info >= (3, 12):
        sys.setrecursionlimit(1 << 20)  # the other limit comes first
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(before[0])
        threading.stack_size(before[1])
    return came[0]()


def _in_c(left: int, call: Callable[[], T]) -> T:
    deepest = 0

    def go(depth: int, until: float) -> T:
        nonlocal deepest
        deepest = depth
        return next(map(go, (depth + 1,), (until,))) if depth < until else call()

    if not _limit:
        with suppress(RecursionError):
            go(0, inf)
        _limit.append(deepest)
    return go(0, _limit[0] - left)


def _raise(error: BaseException) -> NoReturn:
    raise error


def _depth() -> int:
    frame = sys._getframe()
    for depth in count():
        if frame.f_back is None:
            return depth
        frame = frame.f_back
    raise AssertionError
