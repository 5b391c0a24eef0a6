"""What threads wait on, such that an exception out of a signal handler cannot leave it locked.

``threading.Condition`` and ``threading.Event`` take and release their lock in functions written in Python: an exception
that comes between the lock and the ``with`` statement that would release it leaves it locked for ever, and whoever
needs it next hangs.  Here the locks are the interpreter's own, and held as ``holding`` says.
"""

from __future__ import annotations

import sys
from _thread import RLock, get_ident
from functools import partial
from itertools import repeat
from operator import methodcaller

from checkedpool._shell import ends
from checkedpool._shell.holding import do, exhaust, handed_over, held
from checkedpool._shell.threads import taken_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType

    from checkedpool._shell.wakers import Sleeper

TAKE_TURNS: bool = getattr(sys, "_is_gil_enabled", lambda: True)()
"""Threads do, at the interpreter's lock: each sees what the others did in the order in which they did it."""

_release = methodcaller("release")


class Condition(RLock):  # type: ignore[misc]  # not as final as the stubs say
    """What a ``Future`` uses of ``threading.Condition``, as the re-entrant lock itself."""

    __slots__ = ("_waiters",)
    if TYPE_CHECKING:  # names that ``threading`` uses too, and the stubs leave out

        def _is_owned(self) -> bool: ...
        def _release_save(self) -> object: ...
        def _acquire_restore(self, saved: object) -> None: ...

    def __init__(self) -> None:
        self._waiters: list[Sleeper] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Let go of the lock, wait for ``notify_all``, take it again; False if that did not come within ``timeout``."""
        waiter, woken = taken_lock(), False
        try:
            self.enroll(waiter)
            for _ in handed_over(self._release_save, self._acquire_restore):
                ends.asleep[waiter] = get_ident()
                woken = acquire_within(waiter, timeout)
        finally:
            ends.asleep.pop(waiter, None)
            self.dismiss(waiter)
        return woken

    def enroll(self, sleeper: Sleeper) -> None:
        """Have this released by the next ``notify_all``; whoever does that has said before why.

        So who looks only then whether there is anything to wait for is told of it, or sees it; without the lock, where
        threads take turns.
        """
        if TAKE_TURNS:
            self._waiters.append(sleeper)
        else:
            exhaust(map(do, (self.acquire, partial(self._waiters.append, sleeper), self.release)))

    def dismiss(self, sleeper: Sleeper) -> bool:
        """Do not; False if it has been done, or will be at once."""
        known = False
        for _ in held(self):
            known = sleeper in self._waiters
            if known:
                self._waiters.remove(sleeper)
        return known

    def notify_all(self, woken: list[Sleeper] | None = None) -> None:
        """Wake all who wait; or put them there, for the caller to do it, and soon."""
        waiters = self._waiters
        while waiters:  # others may come while this goes on
            sleepers = map(list.pop, repeat(waiters, len(waiters)))
            if woken is not None:
                woken += sleepers
            else:  # one call: who is interrupted between taking a sleeper off the list and waking him leaves him asleep
                exhaust(map(_release, sleepers))


def acquire_within(sleeper: LockType, timeout: float | None) -> bool:
    """Sleep on a lock until it is released, for so long at most."""
    if timeout is None:
        return sleeper.acquire()
    return sleeper.acquire(timeout > 0, timeout if timeout > 0 else -1)


class Latch:
    """Something that happens once, and can be waited for."""

    __slots__ = ("_gate", "_is_set")

    def __init__(self) -> None:
        self._gate = taken_lock()
        self._is_set = False

    def is_set(self) -> bool:
        """Whether it has happened."""
        return self._is_set

    def set(self) -> None:
        """It happens now.  To be called by one thread, which finds out by itself that it has not happened yet."""
        if not self._is_set:
            exhaust(map(do, (partial(setattr, self, "_is_set", True), self._gate.release)))  # noqa: FBT003 - as ever

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for it; False if it did not happen within ``timeout`` seconds."""
        sleeper = _Sleeper(self._gate)
        ends.asleep[sleeper] = get_ident()
        try:
            for _ in held(self._gate, True, -1 if timeout is None else timeout):  # noqa: FBT003 - as of a lock
                pass
            return self._is_set
        finally:
            ends.asleep.pop(sleeper, None)


class _Sleeper:
    """One of several who sleep on the same lock."""

    __slots__ = ("release",)

    def __init__(self, lock: LockType) -> None:
        self.release = lock.release
