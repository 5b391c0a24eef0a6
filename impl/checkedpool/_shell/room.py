"""Room on the stack, which is asked for before something begins that must come to its end.

RecursionError comes at every call beyond the limit, also at those by which it would be dealt with: there is no handler
for it.  But where there was room, and the frame is the same, there is room again.

CPython 3.11 counts calls of functions in Python and in C together; later versions count them apart, or look at the end
of the stack for the latter.  So there both are gone through: Python's by a recursion, C's by comparing nested lists; on
3.11 the latter says both, in two fifths of the time.
"""

from __future__ import annotations

import sys
from operator import eq

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

APART = sys.version_info >= (3, 12)
"""Calls in Python and in C are."""


def _nested(depth: int) -> list[Any]:
    """A list in a list in a list.  To compare two of them takes so many calls in one another."""
    made: list[Any] = []
    for _ in range(depth):
        made = [made]
    return made


def _go(depth: int) -> None:
    if depth:
        _go(depth - 1)


class Room:
    """For so many calls in one another."""

    __slots__ = ("_calls", "_one", "_other")

    def __init__(self, calls: int) -> None:
        self._calls, self._one, self._other = calls, _nested(calls), _nested(calls)

    def ask(self) -> None:
        """RecursionError if it is not there; then nothing has begun."""
        if APART:
            _go(self._calls)
        eq(self._one, self._other)


TO_START = Room(64)
"""Of a pool: with what is imported for that, 40 are needed."""
TO_PUBLISH = Room(72)
"""A task to a pool that has to be started: then there is ``TO_START``, a few calls deeper."""
TO_CANCEL = Room(32)
"""With the standard library's waiters a dozen are needed, and as many to log what a callback has raised."""
TO_WAKE = Room(8)
"""The manager, when a task has been published, or to issue that oneself."""
