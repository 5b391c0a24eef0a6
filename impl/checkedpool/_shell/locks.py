"""What threads wait on, such that an exception out of a signal handler cannot leave it locked.

``threading.Condition`` and ``threading.Event`` take and release their lock in functions written in Python: an exception
that comes between the lock and the ``with`` statement that would release it leaves it locked for ever, and whoever
needs it next hangs.  Here the ``with`` statement takes and releases a lock of the interpreter's own, and nothing can
come in between.
"""

from __future__ import annotations

import sys
from _thread import RLock, allocate_lock, get_ident
from functools import partial
from itertools import repeat
from operator import attrgetter, methodcaller

from checkedpool._shell import ends

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType
    from collections.abc import Callable

    from checkedpool._shell.wakers import Sleeper

TAKE_TURNS: bool = getattr(sys, "_is_gil_enabled", lambda: True)()
"""Threads do, at the interpreter's lock: each sees what the others did in the order in which they did it."""

_release = methodcaller("release")


class Condition(RLock):  # type: ignore[misc]  # not as final as the stubs say
    """What a ``Future`` uses of ``threading.Condition``, as the re-entrant lock itself."""

    __slots__ = ("_waiters",)  # made by the first who waits: most futures are never waited for
    if TYPE_CHECKING:  # names that ``threading`` uses too, and the stubs leave out

        def _is_owned(self) -> bool: ...
        def _release_save(self) -> tuple[int, int]: ...
        def _acquire_restore(self, saved: tuple[int, int]) -> None: ...

    def wait(self, timeout: float | None = None) -> bool:
        """Let go of the lock, wait for ``notify_all``, take it again; False if that did not come within ``timeout``."""
        waiter = allocate_lock()
        waiter.acquire()
        self.enroll(waiter)
        saved = None
        try:
            saved = self._release_save()
            ends.asleep[waiter] = get_ident()
            if timeout is None:
                return waiter.acquire()
            return waiter.acquire(timeout > 0, timeout if timeout > 0 else -1)
        finally:
            if saved is not None:
                self._acquire_restore(saved)  # the first call of all here: after it the lock is ours, whatever comes
            elif not self._is_owned():
                self.acquire()
            ends.asleep.pop(waiter, None)
            self.dismiss(waiter)

    def enroll(self, sleeper: Sleeper) -> None:
        """Have this released by the next ``notify_all``; whoever calls holds the lock."""
        waiters: list[Sleeper] | None = getattr(self, "_waiters", None)
        if waiters is None:
            self._waiters = waiters = []
        waiters.append(sleeper)

    def dismiss(self, sleeper: Sleeper) -> bool:
        """Do not; False if it has been done, or will be at once."""
        with self:
            waiters: list[Sleeper] = getattr(self, "_waiters", [])
            known = sleeper in waiters
            if known:
                waiters.remove(sleeper)
        return known

    def notify_all(self, woken: list[Sleeper] | None = None) -> None:
        """Wake all who wait; or put them there, for the caller to do it, and soon."""
        waiters: list[Sleeper] | None = getattr(self, "_waiters", None)
        if not waiters:
            return
        if woken is not None:
            woken += waiters
            waiters.clear()
        else:  # one call: who is interrupted between taking a sleeper off the list and waking him leaves him asleep
            list(map(_release, map(list.pop, repeat(waiters, len(waiters)))))


class IfFree:
    """A lock that a ``with`` statement takes without waiting; where it did not, its end raises RuntimeError.

    Both are the interpreter's own: nothing can come in between here either.
    """

    __slots__ = ("enter", "leave")
    __enter__ = property(attrgetter("enter"))
    __exit__ = property(attrgetter("leave"))

    def __init__(self, lock: RLock) -> None:
        self.enter: Callable[[], bool] = partial(lock.acquire, False)  # noqa: FBT003 - as ever
        self.leave: Callable[..., None] = lock.__exit__


class Latch:
    """Something that happens once, and can be waited for."""

    __slots__ = ("_gate", "_is_set")

    def __init__(self) -> None:
        self._gate = allocate_lock()
        self._gate.acquire()
        self._is_set = False

    def is_set(self) -> bool:
        """Whether it has happened."""
        return self._is_set

    def set(self) -> None:
        """It happens now.  To be called by one thread, which finds out by itself that it has not happened yet."""
        if not self._is_set:
            self._is_set = True
            self._gate.release()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for it; False if it did not happen within ``timeout`` seconds."""
        sleeper = _Sleeper(self._gate)
        ends.asleep[sleeper] = get_ident()
        try:
            if timeout is None:
                with self._gate:
                    return True
            if self._gate.acquire(timeout=timeout):
                self._gate.release()
            return self._is_set
        finally:
            ends.asleep.pop(sleeper, None)


class _Sleeper:
    """One of several who sleep on the same lock."""

    __slots__ = ("release",)

    def __init__(self, lock: LockType) -> None:
        self.release = lock.release
