"""Room ``future``: a future is made without a lock and without lists, and without a lock it is given its end.

Replaces ``PoolFuture``: how it is made, and ``complete`` by the manager.
Gains: half of what a submit costs, and most of what the end of a future costs that nobody waits for;
`make bench`: tiny-2 is 1.14 times as fast.
Equal: ``tests/shell/test_quick_ends.py`` compares what both leave, on futures in drawn states;
``tests/shell/test_ends_without_a_lock.py`` has a client come at each line.

The manager stores the state, then looks for a lock; a client makes the lock, then looks at the state: one of the two
sees the other.  That is so where threads take turns; elsewhere each future has its lock from the beginning.
"""

from __future__ import annotations

from concurrent.futures._base import PENDING

from checkedpool._os.locks import TAKE_TURNS, Condition
from checkedpool._pool.shared import PoolFuture

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from checkedpool._pool.shared import Ending, Shared

    T = TypeVar("T")

NONE: Any = ()
"""In the place of a list."""
_made: dict[int, tuple[list[Any], list[Any], Condition]] = {}
"""Lists and locks that are just being made, by the identity of their future."""


class FutureWithoutLock(PoolFuture["T"]):
    """Its lock and its lists are made when somebody asks for the lock; nobody needs them without it."""

    def __init__(self, shared: Shared, number: int) -> None:
        # Every attribute that there will ever be: one that came later would turn what the interpreter keeps of an
        # instance into a dict of its own.
        self._lock: Condition | None = None
        self._waiters = self._done_callbacks = NONE
        self._state = PENDING
        self._result = self._exception = None
        self.shared = shared
        self.number = number
        self.frame = self.deferred = self.name = self.place = None
        self._telling = self._owing = False
        if not TAKE_TURNS:
            _ = self._condition

    @property
    def _condition(self) -> Condition:  # type: ignore[override]  # made when it is needed
        """Its lock.  Of several threads that make one all get the same, whichever is interrupted where."""
        lock = self._lock
        if lock is None:
            own = id(self)
            try:
                made = _made.setdefault(own, ([], [], Condition()))
                if self._lock is None:  # nothing comes between the look and the change
                    self._waiters, self._done_callbacks, self._lock = made
            finally:
                _made.pop(own, None)
            return self._lock
        return lock

    def complete(self, end: Ending, *, wait: bool = True) -> bool | None:
        """As the plain one; by the manager without a lock, where there is none yet.

        Between the look at the state and its change nothing can come: no call is in between.  Then a look at the lock,
        which others make before they look at the state: who finds the task pending now is found here.  He can have come
        since the first look only where the manager's thread is traced, by a debugger or for coverage: a trace function
        is called at each line.
        """
        if not wait and self._lock is None and self.deferred is None and self._state == PENDING:
            self._result, self._exception, self._state = end
            if self._lock is None:
                shared = self.shared
                if shared is not None:
                    shared.unclaimed.pop(self.number, None)
                self.place = self.frame = self.shared = None
                return False
        return super().complete(end, wait=wait)
