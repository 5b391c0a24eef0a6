"""The steps of ``submit``, ``cancel`` and ``shutdown``, as the tables of ``_core/tables.py`` name them.

One class a call.  Its ``perform`` makes one step, which is one access to what threads share, and says what came of it.
Decides nothing: the table says which step follows.

RecursionError comes at every call beyond the limit, also at those by which it would be dealt with: there is no handler
for it.  So a call asks for room on the stack before it begins what must come to its end (``Room``).
"""

from __future__ import annotations

import sys
import threading
from concurrent.futures._base import CANCELLED, CANCELLED_AND_NOTIFIED, PENDING
from functools import partial
from operator import eq

from checkedpool._core.messages import Requested, RevokedByCanceller, Withdrawn
from checkedpool._core.tables import SUBMIT, Result, Step, Table
from checkedpool._core.typed import Protocol
from checkedpool._pool.task import CANCELLED_END
from checkedpool.errors import AFTER_SHUTDOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from checkedpool._core.messages import Seq
    from checkedpool._pool.shared import Shared
    from checkedpool._pool.task import Place, Task
    from checkedpool_spec.vocabulary import ShutdownLevel

NEVER = "never"
"""Takes the start of a pool that was shut down before it began."""


class AnyPool(Protocol):
    """Of a pool, what these calls use."""

    @property
    def future_type(self) -> Callable[[Shared, int], Any]:
        """Makes a future."""

    @property
    def shared(self) -> Shared:
        """What all threads share."""

    def pickle(self, future: Any, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Pickle the call; False: the error is in the future."""

    def start_once(self) -> None:
        """Start it, if nobody has."""

    def join(self) -> None:
        """Wait for its end."""


class Submitter:
    """Performs the steps of one ``submit``."""

    table: Table = SUBMIT

    def __init__(self, pool: AnyPool, call: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]) -> None:
        self.pool, self.shared, self.call = pool, pool.shared, call
        self.future: Any  # the pool knows of which class it is
        self.refusal: Callable[[], Exception]
        """Makes what is to be raised.  An exception that lay here would keep this, and this the pool."""

    def perform(self, step: Step) -> Result:
        """Make this step; what came of it."""
        pool, shared = self.pool, self.shared
        match step:
            case Step.READ_BROKEN | Step.REREAD_BROKEN:
                broken = shared.broken
                if broken is not None:
                    self.refusal = broken
                return broken is not None
            case Step.READ_CLOSED | Step.REREAD_CLOSED:
                closed = shared.closed
                self.refusal = partial(RuntimeError, closed)
                return closed is not None
            case Step.PICKLE:
                self.future = pool.future_type(shared, next(shared.numbers))
                return pool.pickle(self.future, *self.call)
            case Step.PUBLISH:
                if not shared.start:
                    TO_PUBLISH.ask()
                shared.unclaimed[self.future.number] = None
                shared.inbox.append(self.future)
            case Step.START_ONCE:
                if not shared.start:
                    pool.start_once()
                return True  # else an exception has come out
            case Step.WITHDRAW_BROKEN | Step.WITHDRAW_CLOSED:
                return shared.claim(self.future.number)
            case _:
                shared.wake()
        return None


class Canceller:
    """Performs the steps of one ``cancel``."""

    __slots__ = ("future", "place", "shared", "told")

    def __init__(self, future: Task, shared: Shared | None) -> None:
        self.future, self.shared = future, shared
        self.place: tuple[Place, Seq] | None = None
        self.told = False

    def perform(self, step: Step) -> Result:
        """Make this step; what came of it."""
        future, shared, place = self.future, self.shared, self.place
        if step is Step.READ_STATE or shared is None:
            return _cancellable(future._state, shared)
        if step is Step.CLAIM:
            return shared.withdraw(future)
        if step is Step.FIND_LANE:
            self.place = future.place
            return self.place is not None
        if step is Step.REVOKE and place is not None:
            return place[0].revoke_for(future, place)
        if step in (Step.NOTIFY_CLAIMED, Step.NOTIFY_REVOKED):
            if not future.done():
                self.told = True
                future.complete(CANCELLED_END)
        elif step is Step.POST_WITHDRAWN:
            shared.inbox.append(Withdrawn(future.number))
        elif step in (Step.POST_UNCHANGED, Step.POST_MOVED) and place is not None:
            shared.inbox.append(RevokedByCanceller(place[0].number))
            shared.wake()
        elif step is Step.POST_REVOKED and place is not None:
            shared.inbox.append(Withdrawn(future.number))
            shared.inbox.append(RevokedByCanceller(place[0].number))
        else:
            shared.wake()
        return None


def _cancellable(state: str, shared: Shared | None) -> Result:
    """READ_STATE's answer: None if it may be cancelled, True if it is, False if it is done."""
    if state in (CANCELLED, CANCELLED_AND_NOTIFIED):
        return True
    return None if state == PENDING and shared is not None else False


class Closer:
    """Performs the steps of one ``shutdown``."""

    __slots__ = ("level", "pool", "wait")

    def __init__(self, pool: AnyPool, level: ShutdownLevel, *, wait: bool) -> None:
        self.pool, self.level, self.wait = pool, level, wait

    def perform(self, step: Step) -> Result:
        """Make this step; what came of it."""
        pool, shared = self.pool, self.pool.shared
        match step:
            case Step.CLOSE:
                shared.closed = shared.closed or AFTER_SHUTDOWN
            case Step.NEVER_STARTED:
                return shared.start.take(NEVER)
            case Step.POST_REQUEST:
                shared.inbox.append(Requested(self.level))
            case Step.OWN_THREAD:
                return self.wait and threading.get_ident() not in shared.own_threads
            case Step.WAIT:
                pool.join()
            case _:
                shared.wake()
        return None


# --- room on the stack ------------------------------------------------------------------------------------------------

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
    """For so many calls in one another: where there was room, and the frame is the same, there is room again.

    CPython 3.11 counts calls of functions in Python and in C together; later versions count them apart, or look at the
    end of the stack for the latter.  So there both are gone through: Python's by a recursion, C's by comparing nested
    lists; on 3.11 the latter says both, in two fifths of the time.
    """

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
