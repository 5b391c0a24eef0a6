"""A pool with room for so many tasks: ``submit`` waits for a place, or is refused, while that many have not ended.

A task takes its place before anything else is done for it, and gives it back when it ends, whoever ends it.  No lock:
to take a place, to give one back, and to wake who waits for one are each one call of the interpreter's own, so neither
another thread nor a signal handler comes in between.

Decides who may wait: whoever holds up nobody by it.  The ends that free a place come from the pool's threads, and may
need what an interrupted call of the pool holds.  So a thread of the pool, a signal handler and what runs in the middle
of a call of the pool are given their task without a place: what was refused there would be lost.
"""

from __future__ import annotations

import queue
import signal
import sys
import threading
from collections import deque
from contextlib import suppress
from functools import partial
from itertools import repeat
from operator import methodcaller

from checkedpool._os.locks import TRIES, asleep, exhaust, taken_lock
from checkedpool._pool.pool import Pool
from checkedpool._pool.shared import PoolFuture, Shared
from checkedpool._worker.worker import worker_main

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType
    from typing import Any, TypeVar

    from checkedpool._os.locks import Sleeper
    from checkedpool._pool.shared import Refusal

    T = TypeVar("T")

FULL = "max_pending={most} tasks have not ended"
PACKAGE = __name__.partition(".")[0]
CALLS = __name__.rpartition(".")[0] + "."
"""Where the frames of the pool's calls are from.  Those of a worker are not: a task may have a pool of its own."""


class Slot:
    """One task's, from before it has a future."""

    __slots__ = ()


class Gate:
    """The places of one pool, and who waits for one."""

    def __init__(self, most: int, *, block: bool) -> None:
        self.most, self.block = most, block
        self._fresh: Iterator[None] = repeat(None, min(most, sys.maxsize))  # that nobody has had yet
        self._free: deque[None] = deque()  # that were given back
        self._taken: dict[Slot, None] = {}
        self._sleepers: deque[Sleeper] = deque()

    def take(self, slot: Slot) -> bool:
        """Take a place; whether there was one, or it has one."""
        if slot not in self._taken:
            with suppress(IndexError):
                self._taken.update(zip((slot,), map(deque.pop, (self._free,)), strict=False))
        if slot not in self._taken:
            self._taken.update(zip((slot,), self._fresh, strict=False))
        return slot in self._taken

    def give_back(self, slot: Slot | None) -> None:
        """Its place is free, if it had one, and whoever waits looks again.  A second time nothing is changed."""
        with suppress(KeyError):
            self._free.extend(map(self._taken.pop, (slot,)))  # type: ignore[arg-type]  # None has none
        self.wake()

    def wake(self) -> None:
        """Have all who wait look again."""
        while self._sleepers:
            with suppress(IndexError):  # another thread wakes them, too
                exhaust(map(methodcaller("release"), map(deque.popleft, repeat(self._sleepers, len(self._sleepers)))))

    def wait(self, over: Callable[[], object]) -> None:
        """Until somebody wakes; not at all if a place is free, or it is ``over``."""
        sleeper = taken_lock()
        try:
            self._sleepers.append(sleeper)  # first: it may be over between the look and the sleep; or a fork may come
            asleep[sleeper] = threading.get_ident()
            if not (self._free or over()):
                sleeper.acquire()
        finally:
            asleep.pop(sleeper, None)
            with suppress(ValueError):
                self._sleepers.remove(sleeper)


class BoundedShared(Shared):
    """The meeting place, with a gate.  What refuses submissions wakes those who wait to make one."""

    gate: Gate | None = None  # before the pool has one

    def refuses(self) -> bool:
        """Whether a submission is refused anyhow."""
        return self.is_inherited() or self.broken is not None or self.closed is not None

    @property
    def closed(self) -> Refusal | None:
        return self._closed

    @closed.setter
    def closed(self, refusal: Refusal | None) -> None:
        self._closed = refusal
        self._wake()

    @property
    def broken(self) -> Refusal | None:
        return self._broken

    @broken.setter
    def broken(self, refusal: Refusal | None) -> None:
        self._broken = refusal
        self._wake()

    def _wake(self) -> None:
        if self.gate is not None:
            self.gate.wake()


class BoundedFuture(PoolFuture["T"]):
    """Gives its task's place back when it ends."""

    shared: BoundedShared | None
    slot: Slot | None = None

    def __init__(self, shared: BoundedShared, number: int) -> None:
        super().__init__(shared, number)
        _ = self._condition  # with a lock from the start: then whoever ends it comes by here

    def _tell(self) -> bool:
        shared = self.shared
        if shared is not None and shared.gate is not None:
            shared.gate.give_back(self.slot)  # first: who is told of the end may submit at once
        return super()._tell()


class BoundedPool(Pool):
    """A pool whose tasks need a place."""

    shared: BoundedShared

    def submit(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> PoolFuture[Any]:
        return self._placed(partial(super().submit, fn, args, kwargs))

    def submit_as(self, make: Callable[[Shared, int], PoolFuture[Any]], *call: Any) -> PoolFuture[Any]:
        return self._placed(partial(super().submit_as, make, *call))

    def _placed(self, submit: Callable[[], PoolFuture[Any]]) -> PoolFuture[Any]:
        """Submit with a place."""
        gate, slot = self.shared.gate, Slot()
        if gate is None:
            return submit()
        try:
            self._enter(gate, slot)
            future: Any = submit()
            future.slot = slot
            if future.done():  # perhaps before it knew of its place
                gate.give_back(slot)
        except BaseException:
            for _ in TRIES:
                with suppress(BaseException):  # a signal handler's: then once more
                    gate.give_back(slot)
                    break
            raise
        return future  # type: ignore[no-any-return]

    def _enter(self, gate: Gate, slot: Slot) -> None:
        """Take a place; wait for one, or raise ``queue.Full``.  A refused submission is refused where it always is."""
        shared = self.shared
        while not (shared.refuses() or gate.take(slot)):
            if not gate.block:
                raise queue.Full(FULL.format(most=gate.most))
            if interrupts():
                return
            gate.wait(shared.refuses)


def bind(pool: Pool, most: int, *, block: bool) -> None:
    """Give it its places; before its first task."""
    pool.shared.gate = Gate(most, block=block)  # type: ignore[attr-defined]  # it was made with these classes


# --- who may not wait -------------------------------------------------------------------------------------------------


def interrupts() -> bool:
    """Whether this thread is in a signal handler, or within another call of a pool: a callback, finalizer, pickler.

    What a thread of the pool runs is within such a call.  A handler is known by its code, so it is written in Python.
    """
    handlers = _handlers() if threading.current_thread() is threading.main_thread() else set()
    frame: FrameType | None = sys._getframe()
    while frame is not None and _module(frame).partition(".")[0] == PACKAGE:  # this call
        frame = frame.f_back
    while frame is not None and frame.f_code is not worker_main.__code__:  # below that: of the process that forked it
        if frame.f_code in handlers or _module(frame).startswith(CALLS):
            return True
        frame = frame.f_back
    return False


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _handlers() -> set[CodeType]:
    """The code of all signal handlers."""
    return {code for number in signal.valid_signals() if (code := _code(signal.getsignal(number))) is not None}


def _code(handler: Any) -> CodeType | None:
    while isinstance(handler, partial):
        handler = handler.func
    handler = getattr(handler, "__func__", handler)
    called = handler if hasattr(handler, "__code__") else getattr(type(handler), "__call__", None)  # noqa: B004
    code: CodeType | None = getattr(called, "__code__", None)
    return code
