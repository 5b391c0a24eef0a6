"""A lock that is held for the body of a loop, ``for _ in held(lock)``, and that no exception can leave held.

A ``with`` statement does not promise that: from CPython 3.14 on a signal handler may raise when ``__enter__`` has taken
the lock and the statement would not release it yet.  Here one call of the interpreter's own takes the lock and arms an
object that gives it back when that object goes; and it lies in the loop's iterator only, on the stack of the frame that
runs.  Every way out of the loop takes that iterator from the stack: the end, ``return``, an exception at whatever
instruction, however many more follow it.  No traceback keeps it, and what gives the lock back is not written in Python.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from itertools import compress
from operator import call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType, RLock
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

AT_THE_END = ("__del__",)
do: Callable[[Any], object] = call
exhaust: Callable[[Iterable[object]], object] = partial(deque, maxlen=0)
"""``exhaust(map(do, steps))`` makes one step after the other, in one call of the interpreter's own: no signal handler
comes in between, nor any other thread, where threads take turns, up to the first call of the system."""


TRIES = tuple(range(100))
"""To make up for a call that was thrown out: nobody interrupts more often, so what does is no signal handler's."""


class AtTheEnd:
    """Calls what it was armed with when it goes."""

    __slots__ = ("__del__",)


def held(lock: LockType | RLock, wait: bool = True, timeout: float = -1) -> Iterator[object]:  # noqa: FBT001, FBT002 - as of a lock
    """Once, with the lock; or not at all, where it is not to be waited for, or not any longer."""
    taken = map(lock.acquire, (wait,), (timeout,))
    return map(setattr, (AtTheEnd(),), AT_THE_END, compress((lock.release,), taken))


def handed_over(let_go: Callable[[], object], take_again: Callable[[object], object]) -> Iterator[object]:
    """Once, without the lock, which has been let go of; it is taken again after that, with what letting go returned."""
    return map(setattr, (AtTheEnd(),), AT_THE_END, map(partial, (take_again,), map(do, (let_go,))))
