"""What a thread sleeps on that waits for a future: such that it can go on in the moment in which it is woken.

Whoever releases a lock holds the interpreter's lock: the thread that is woken finds that taken and goes to sleep again,
and again for the mutex inside of it.  Whoever writes to a descriptor has let go of it.  So the first threads that wait
sleep on a descriptor; further ones, and all where there is no such thing or threads are greenlets, on a lock. Both can
be acquired and released.

Decides who gets which.  Must not know: futures, or when anybody is woken.
"""

from __future__ import annotations

import sys
from functools import partial

from checkedpool._shell import ends
from checkedpool._shell.locks import are_greenlets, taken_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType
    from collections.abc import Callable
    from typing import TypeAlias

    from checkedpool._shell.channels import File

    Sleeper: TypeAlias = "Waker | LockType"

MOST = 4
"""Descriptors of one pool at a time: a program may have a thousand threads that wait, and hardly more descriptors."""
ONE, SIZE = (1).to_bytes(8, sys.byteorder), 8


class Waker:
    """A descriptor that one thread sleeps on and another writes to, once each."""

    __slots__ = ("_alarm", "release")

    def __init__(self, alarm: File) -> None:
        self._alarm = alarm
        self.release: Callable[[], object] = partial(alarm.write, ONE)
        """Wake who sleeps, or will.  The interpreter's own: an interruption would come at the first line of ours."""

    def acquire(self) -> bool:
        """Sleep until it is released."""
        return self._alarm.read(SIZE) is not None

    def renew(self) -> None:
        """Wake the copy of who sleeps, in a child; there the descriptor is no longer the one that others write to."""
        ends.renew(self._alarm)


def wake(sleepers: list[Sleeper]) -> None:
    """All of them.  One that cannot be woken leaves no other asleep."""
    try:
        while sleepers:
            sleepers.pop().release()
    finally:
        if sleepers:
            wake(sleepers)


class Wakers:
    """Those of one pool: lent to one thread at a time."""

    def __init__(self) -> None:
        self._idle: list[Waker] = []
        self._made = 0  # about: threads may overwrite one another's addition
        self._most = 0 if are_greenlets() else MOST

    def lend(self) -> Sleeper:
        """Something that nobody else sleeps on, and that nobody has released."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._new()

    def _new(self) -> Sleeper:
        if self._made < self._most:
            alarm = ends.alarm()
            if alarm is not None:
                self._made += 1
                return Waker(alarm)
        return taken_lock()

    def take_back(self, sleeper: Sleeper, *, clean: bool) -> None:
        """It is not slept on any more; ``clean``: nor will anybody release it."""
        if isinstance(sleeper, Waker):
            if clean:
                self._idle.append(sleeper)
            else:
                self._made -= 1
            if not self._most:  # looked at last: else it might be kept by one who was just overtaken by the end
                self._idle.clear()

    def close(self) -> None:
        """The pool has ended: keep none."""
        self._most = 0
        self._idle.clear()
