"""Room ``wake``: a thread that waits for a result sleeps on a descriptor, and the manager wakes it as the last thing.

Replaces in ``PoolFuture`` what is slept on without a time-out, and how the sleepers are woken; in ``RealPlatform``
``perform``, which wakes them when all commands are performed; ``Shared`` has the descriptors.  In ``Reactor`` it
replaces the wake-up: epoll says each write to a counter once, so that nothing is to be read.
Gains: a round trip has switches of context less; `make bench` has not shown how much yet.  Whoever releases a lock
holds the GIL: the thread that is woken finds it taken and goes to sleep again, and again for the mutex inside of the
lock.  Whoever writes to a descriptor has let go of the GIL.  The thread that is woken gets it, and may keep it: so the
manager wakes last.
Equal: ``tests/shell/test_wakers.py`` asks both who is woken, and when; ``test_meeting_place.py`` both reactors.

The first threads that wait get a descriptor each; further ones, and all where there is no such thing or threads are
greenlets, sleep on a lock, as in the plain pool.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident
from functools import partial

from checkedpool._os import system
from checkedpool._os.locks import are_greenlets, asleep
from checkedpool._os.system import HAS_EPOLL, EpollSelector, File, system_select
from checkedpool._pool.platform import Reactor, RealPlatform
from checkedpool._pool.shared import PoolFuture, Shared, Wakeup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    from checkedpool._core.messages import Command, Event
    from checkedpool._os.locks import Sleeper

    T = TypeVar("T")

MOST = 4
"""Descriptors of one pool at a time: a program may have a thousand threads that wait, and hardly more descriptors."""
ONE, SIZE = (1).to_bytes(8, sys.byteorder), 8


def new_alarm() -> Iterator[File]:
    """Linux: makes a number that is added to by writing it, and taken by reading it, which waits until it is not 0."""
    if system.PORTABLE or not hasattr(os, "eventfd"):
        return iter(())
    return map(File, map(os.eventfd, (0,)), ("r+b",))


def alarm() -> File | None:
    """What one thread can sleep on until another writes to it, registered; None where there is no such thing.

    Nor is there one where whoever confines this process does not allow it, or no descriptor is left.
    """
    try:
        return next(iter(system.made(new_alarm())), None)
    except OSError:
        return None


def renew(alarm: File) -> None:
    """In a child: the number, which somebody is about to read, is another alarm's, which was released."""
    fresh = os.eventfd(1)
    os.dup2(fresh, alarm.fileno(), inheritable=False)
    os.close(fresh)
    system.disown(alarm)


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
        renew(self._alarm)


class Wakers:
    """Those of one pool: lent to one thread at a time."""

    def __init__(self) -> None:
        self._idle: list[Waker] = []
        self._made = 0  # about: threads may overwrite one another's addition
        self._most = 0 if are_greenlets() else MOST
        self.later: dict[int, list[Sleeper]] = {}
        """Whom the manager wakes when it has performed its commands; by its thread, while it performs them."""

    def lend(self) -> Waker | None:
        """One that nobody else sleeps on, and that nobody has released; None: there is none, or no more."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._new()

    def _new(self) -> Waker | None:
        made = alarm() if self._made < self._most else None
        if made is None:
            return None
        self._made += 1
        return Waker(made)

    def revoke(self, waker: Waker, *, clean: bool) -> None:
        """It is not slept on any more; ``clean``: nor will anybody release it."""
        if clean:
            self._idle.append(waker)
        else:
            self._made -= 1
        if not self._most:  # looked at last: else it might be kept by one who was just overtaken by the end
            self._idle.clear()

    def close(self) -> None:
        """The pool has ended: keep none."""
        self._most = 0
        self._idle.clear()


def wake(sleepers: list[Sleeper]) -> None:
    """All of them.  One that cannot be woken leaves no other asleep."""
    try:
        while sleepers:
            sleepers.pop().release()
    finally:
        if sleepers:
            wake(sleepers)


class ParkingShared(Shared):
    """Has the descriptors."""

    def __init__(self) -> None:
        super().__init__()
        self.wakers = Wakers()

    def close(self) -> None:
        super().close()
        self.wakers.close()


class ParkedFuture(PoolFuture["T"]):
    """Who waits for it sleeps on a descriptor, and is woken by the manager later."""

    shared: ParkingShared | None  # of the same room

    def _sleep(self, timeout: float | None) -> bool:
        shared, lock = self.shared, self._condition
        if timeout is not None or shared is None or lock.is_mine():
            return super()._sleep(timeout)
        waker = shared.wakers.lend()
        if waker is None:
            return super()._sleep(timeout)
        woken = False
        try:
            lock.enroll(waker)  # first: the end may come between the look and the sleep; so may a fork
            asleep[waker] = get_ident()
            self._refuse_inherited()
            done = self.done()
            woken = not done and waker.acquire()
        except OSError:  # in a child that had no descriptor left to wake this copy with
            self._refuse_inherited()
            raise
        finally:
            asleep.pop(waker, None)
            shared.wakers.revoke(waker, clean=woken or lock.dismiss(waker))
        return done or woken

    def _wake(self) -> None:
        shared = self.shared
        later = None if shared is None else shared.wakers.later.get(get_ident())
        if later is None:
            super()._wake()
        else:
            later += self._condition.take_sleepers()


class ParkingPlatform(RealPlatform):
    """Wakes those who sleep when all commands are performed."""

    shared: ParkingShared

    def perform(self, commands: Sequence[Command]) -> list[Event]:
        later, own = self.shared.wakers.later, get_ident()
        woken: list[Sleeper] = []
        later[own] = woken
        try:
            return super().perform(commands)
        finally:
            del later[own]
            if woken:
                wake(woken)


class EdgeSelector(EpollSelector):
    """Says of some once each time that they are written to, read or not."""

    def register_edge(self, fd: int) -> None:
        """Of this one."""
        self._epoll.register(fd, system_select.EPOLLIN | system_select.EPOLLET)


class CountingWakeup(Wakeup):
    """A wake-up whose writes the kernel counts; each is reported once, and need not be drained."""

    def __init__(self, counter: File) -> None:
        self._reader = self._writer = counter
        self.fileno = counter.fileno
        counter.set_blocking(False)

    def drain(self) -> None:
        """Nothing is to be taken."""


class ParkingReactor(Reactor):
    """Is woken by a counter, where there is one."""

    def __init__(self) -> None:
        counter = alarm() if HAS_EPOLL and not system.PORTABLE and not are_greenlets() else None
        if counter is None:
            super().__init__()
            return
        selector = EdgeSelector()
        self._selector, self._wakeup, self._known = selector, CountingWakeup(counter), {}
        selector.register_edge(self._wakeup.fileno())
