"""Locks, and what a thread sleeps on: no exception out of a signal handler leaves a lock held, or anybody asleep.

``threading.Condition`` and ``threading.Event`` take and release their lock in functions written in Python: an exception
that comes between the lock and the ``with`` statement that would release it leaves it locked for ever, and whoever
needs it next hangs.  From CPython 3.14 on any ``with`` statement has that gap.  Here the locks are the interpreter's
own, and held for the body of a loop: ``for _ in held(lock)``.

And what threads are is known here: the system's; or greenlets, where gevent or eventlet have put theirs in place.
Whoever sleeps there in a call of the system's stops all of them, the one that would wake him included.  So what is
slept on is asked for here, when it is needed: a program may put them in place after it has imported this package. What
is held for moments only, and never over a sleep, is the interpreter's own there too.

Decides how a lock is held, and what can be slept on.  Must not know: who waits for what.
"""

from __future__ import annotations

import _thread
import contextlib
import sys
from _queue import SimpleQueue
from _thread import RLock, get_ident
from collections import deque
from functools import partial
from itertools import compress, repeat
from operator import call, eq, methodcaller
from types import BuiltinFunctionType, SimpleNamespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import queue
    from _thread import LockType
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType
    from typing import Any, Protocol, TypeAlias

    Queue: TypeAlias = SimpleQueue[Any] | queue.Queue[Any]

TAKE_TURNS: bool = getattr(sys, "_is_gil_enabled", lambda: True)()
"""Threads do, at the GIL: each sees what the others did in the order in which they did it."""
TRIES = tuple(range(100))
"""To make up for a call that was interrupted: nobody interrupts more often, so what does is no signal handler's."""

# --- to hold a lock -----------------------------------------------------------------------------------------------
#
# One call of the interpreter's own takes the lock and arms an object that gives it back when that object goes.  That
# object lies in the loop's iterator only, on the stack of the frame that runs.  Every way out of the loop takes the
# iterator from the stack: the end, ``return``, an exception at whatever instruction, however many more follow it.  No
# traceback keeps it, and what gives the lock back is not written in Python.

AT_THE_END = ("__del__",)
do: Callable[[Any], object] = call
exhaust: Callable[[Iterable[object]], object] = partial(deque, maxlen=0)
"""``exhaust(map(do, steps))`` makes one step after the other, in one call of the interpreter's own: no signal handler
comes in between, nor any other thread, where threads take turns, up to the first call of the system."""


class AtTheEnd:
    """Calls what it was armed with when it goes."""

    __slots__ = ("__del__",)


def is_a_handlers(error: BaseException) -> bool:
    """Whether what was caught around calls of the interpreter's own was raised in Python: by a signal handler, then."""
    trace = error.__traceback__
    return trace is not None and trace.tb_next is not None


def held(lock: LockType | RLock, wait: bool = True, timeout: float = -1) -> Iterator[object]:  # noqa: FBT001, FBT002 - as of a lock
    """Once, with the lock; or not at all, where it is not to be waited for, or not any longer."""
    taken = map(lock.acquire, (wait,), (timeout,))
    return map(setattr, (AtTheEnd(),), AT_THE_END, compress((lock.release,), taken))


def handed_over(let_go: Callable[[], object], take_again: Callable[[object], object]) -> Iterator[object]:
    """Once, without the lock, which has been let go of; it is taken again after that, with what letting go returned."""
    return map(setattr, (AtTheEnd(),), AT_THE_END, map(partial, (take_again,), map(do, (let_go,))))


# --- to sleep -----------------------------------------------------------------------------------------------------


if TYPE_CHECKING:

    class Sleeper(Protocol):
        """What a thread sleeps on."""

        def release(self) -> object:
            """Wake it."""


asleep: dict[Sleeper, int] = {}
"""What a thread sleeps on until another one wakes it, and which thread: in a child the other one does not exist, so the
copy of a thread that forks in the middle of its sleep, in a signal handler, is woken there at once."""


def wake_in_child() -> None:
    thread = get_ident()
    for sleeper in [sleeper for sleeper, sleeping in asleep.items() if sleeping == thread]:
        with contextlib.suppress(OSError, RuntimeError):  # it was awake, or no descriptor can be had
            getattr(sleeper, "renew", sleeper.release)()
    asleep.clear()


def taken_lock() -> LockType:
    lock = _thread.allocate_lock()
    lock.acquire()
    return lock


class Condition(RLock):  # type: ignore[misc]  # not as final as the stubs say
    """What a ``Future`` uses of ``threading.Condition``, as the re-entrant lock itself.

    Who waits while he holds the lock, as a signal handler above a frame that does, lets go of it meanwhile.  Nobody
    else needs it to go on when he was woken: who has woken him may hold it still.
    """

    __slots__ = ("_waiters",)
    if TYPE_CHECKING:  # names that ``threading`` uses too, and the stubs leave out

        def _is_owned(self) -> bool: ...
        def _release_save(self) -> object: ...
        def _acquire_restore(self, saved: object) -> None: ...

    def __init__(self) -> None:
        self._waiters: list[Sleeper] = []

    def is_mine(self) -> bool:
        return self._is_owned()

    def wait(self, timeout: float | None = None, over: Callable[[], object] = bool) -> bool:
        """Sleep until ``notify_all``, for so long at most, unless it is ``over``; whether either has come."""
        sleeper, woken = taken_lock(), False
        try:
            self.enroll(sleeper)  # first: the end may come between the look and the sleep; so may a fork
            asleep[sleeper] = get_ident()
            if over():
                return True
            for _ in handed_over(self._release_save, self._acquire_restore) if self._is_owned() else (None,):
                woken = sleeper.acquire(True, -1 if timeout is None else float(max(timeout, 0.0)))  # noqa: FBT003 - as of a lock
        finally:
            asleep.pop(sleeper, None)
            if not woken:
                self.dismiss(sleeper)
        return woken

    def enroll(self, sleeper: Sleeper) -> None:
        """Have this released by the next ``notify_all``."""
        for _ in held(self):
            self._waiters.append(sleeper)

    def dismiss(self, sleeper: Sleeper) -> bool:
        """Do not; False if it has been done, or will be at once."""
        known = False
        for _ in held(self):
            known = sleeper in self._waiters
            if known:
                self._waiters.remove(sleeper)
        return known

    def notify_all(self) -> None:
        exhaust(map(methodcaller("release"), self.take_sleepers()))

    def take_sleepers(self) -> Iterator[Sleeper]:
        """All who wait, each taken off the list when it is asked for: by whoever wakes it in the same call."""
        return map(list.pop, repeat(self._waiters, len(self._waiters)))


class Latch:
    """Something that happens once, and can be waited for."""

    __slots__ = ("_gate", "_is_set")

    def __init__(self) -> None:
        self._gate = taken_lock()
        self._is_set = False

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        """It happens now.  To be called by one thread, which finds out by itself that it has not happened yet."""
        if not self._is_set:
            exhaust(map(do, (partial(setattr, self, "_is_set", True), self._gate.release)))  # noqa: FBT003 - as ever

    def wait(self, timeout: float | None = None, over: Callable[[], object] = bool) -> bool:
        """Wait for it, unless it is ``over``; False if it did not happen within ``timeout`` seconds."""
        sleeper = _Sleeper(self._gate)
        asleep[sleeper] = get_ident()
        try:
            for _ in () if over() else held(self._gate, True, -1 if timeout is None else timeout):  # noqa: FBT003 - as of a lock
                pass
            return self._is_set
        finally:
            asleep.pop(sleeper, None)


class _Sleeper:
    """One of several who sleep on the same lock."""

    __slots__ = ("release",)

    def __init__(self, lock: LockType) -> None:
        self.release = lock.release


# --- what threads are ---------------------------------------------------------------------------------------------


def are_greenlets() -> bool:
    """Whether somebody has put other threads in the place of the interpreter's."""
    return not isinstance(_thread.start_new_thread, BuiltinFunctionType)


def system_module(module: ModuleType) -> Any:
    """What a module of the interpreter's own has in it, whatever somebody puts into its place, or has put there."""
    name = module.__name__
    if not isinstance(getattr(module, name), BuiltinFunctionType):
        from importlib.util import find_spec, module_from_spec  # noqa: PLC0415 - seldom needed

        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
    return SimpleNamespace(**vars(module))


def new_queue() -> Queue:
    """A queue that one can sleep on: the simple one is C, and not everybody replaces it."""
    if not are_greenlets():
        return SimpleQueue()
    import queue  # noqa: PLC0415 - no worker needs it

    return queue.Queue()


# --- room on the stack --------------------------------------------------------------------------------------------

APART = sys.version_info >= (3, 12)
"""Calls in Python and in C are."""


_nested: list[list[Any]] = [[]]
"""Each is a list in which the one before it is.  To compare two neighbours takes as many calls in one another: they
differ in the innermost."""


def _go(depth: int) -> None:
    if depth:
        _go(depth - 1)


class Room:
    """For so many calls in one another, asked for before something begins that must come to its end.

    RecursionError comes at every call beyond the limit, also at those by which it would be dealt with: there is no
    handler for it.  Where there was room, and the frame is the same, there is room again.

    CPython 3.11 counts calls of functions in Python and in C together; later versions count them apart, or look at the
    end of the stack for the latter.  So there both are gone through: Python's by a recursion, C's by comparing nested
    lists; on 3.11 the latter says both, in two fifths of the time.
    """

    __slots__ = ("_calls", "_one", "_other")

    def __init__(self, calls: int) -> None:
        while len(_nested) < calls + 2:
            _nested.append(_nested[-1:])
        self._calls, self._one, self._other = calls, _nested[calls], _nested[calls + 1]

    def ask(self) -> None:
        """RecursionError if it is not there; then nothing has begun."""
        if APART:
            _go(self._calls)
        eq(self._one, self._other)
