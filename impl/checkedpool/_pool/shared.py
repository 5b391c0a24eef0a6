"""What client threads and the manager share: an inbox, the claims, a wake-up, two flags.  No lock among them.

Each access is one atomic operation of a built-in container or one attribute.  Who writes what: clients append to the
inbox and close; the manager breaks, sleeps and takes from the inbox; to claim a task is to pop its number, which
succeeds for exactly one.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections import deque
from itertools import filterfalse

from checkedpool._core.typed import Protocol
from checkedpool._os import system
from checkedpool._os.locks import Latch
from checkedpool._payload.pickling import Codec
from checkedpool.errors import INHERITED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from checkedpool._core.messages import Event, Seq, TaskId, WorkerNo
    from checkedpool.errors import BrokenProcessPool

    Post: TypeAlias = "Task | Event | Latch"

BUDGET = 64 << 20
"""Bytes of pickled calls that may wait; above it calls are kept and pickled later."""
PIPEFUL = 4096
RING = ((1).to_bytes(8, sys.byteorder),)
"""As many bytes as the kernel's counter takes, where the wake-up is one; a pipe takes them too."""


class Place(Protocol):
    """Of a worker's channels: what cancellers ask."""

    number: WorkerNo

    def revoke_for(self, future: Task, place: tuple[Place, Seq]) -> bool | None:
        """Whether its tickets were revoked and the task is claimed; None: the task is elsewhere now."""

    def has_begun(self, number: TaskId, seq: Seq) -> bool:
        """Whether the worker has begun the task, which was sent here."""


class Task(Protocol):
    """Of a future, what lies in the inbox and what cancellers ask."""

    number: TaskId
    place: tuple[Place, Seq] | None
    """To which worker its frame went, and as which number."""


class Wakeup:
    """Wakes the manager.  Never closed by anybody: its pipe goes with the last thread that may still use it."""

    def __init__(self) -> None:
        self._reader, self._writer = system.channel()
        for end in self._reader, self._writer:
            system.set_blocking(end, blocking=False)
        self._get, self._put = system.reader(self._reader), system.writer(self._writer)
        self._here = system.here()

    def fileno(self) -> int:
        """What becomes readable."""
        return self._reader.fileno()

    def wake(self) -> None:
        """Some bytes; a full pipe wakes already.  In a child the number is not this one's any more."""
        try:
            if self._here:  # no signal handler comes between this and the next
                self._put(RING)
        except BlockingIOError:
            pass

    def drain(self) -> None:
        """Empty it."""
        try:
            while len(self._get(PIPEFUL)) == PIPEFUL:
                pass
        except BlockingIOError:
            pass


class Sleep:
    """One sleep of the manager: whoever sees it wakes the manager once."""

    __slots__ = ("rung", "wakeup")

    def __init__(self, wakeup: Wakeup) -> None:
        self.wakeup = wakeup
        self.rung = False


class Once(dict[None, object]):
    """Exactly one of all who try takes it; true when somebody has.

    Whoever is interrupted while trying can ask afterwards: to take and to say who has taken it are one operation.
    """

    def take(self, taker: object) -> bool:
        """True for the first, however often he asks."""
        return self.setdefault(None, taker) is taker

    def is_of(self, taker: object) -> bool:
        """He has it."""
        return self.get(None) is taker

    def give_back(self) -> None:
        """Let others try."""
        self.clear()


class Shared:
    """The meeting place of one pool."""

    codec_type: type[Codec] = Codec

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.numbers = itertools.count()
        self.inbox: deque[Post] = deque()
        self.unclaimed: dict[int, None] = {}
        self.sleep: Sleep | None = None
        self.closed: str | None = None  # why submissions are refused
        self.broken: Callable[[], BrokenProcessPool] | None = None  # makes the exception for a refused submission
        self.start = Once()  # whoever takes it starts the pool, or sees to it that nobody does
        self.own_threads: set[int] = set()
        self.ended = Latch()
        self.codec = self.codec_type()
        self.pending_bytes = 0  # written by the manager: pickled calls that it knows of
        self.burst = 0  # since it looked last; a hint, clients may overwrite one another's addition

    def claim(self, number: int) -> bool:
        """Take the task for oneself: true for exactly one of all who try."""
        return self.unclaimed.pop(number, self) is None

    def withdraw(self, future: Task) -> bool:
        """Claim its task, for whoever cancels it; and have it lie nowhere, lest the next who cancels look for it there.

        One call: interrupted between the two he would leave a task that nobody has begun, and nobody can cancel.
        """
        claimed = filterfalse(None, map(self.unclaimed.pop, (future.number,), (True,)))
        return next(map(setattr, (future,), ("place",), claimed), True) is None

    def wake(self) -> None:
        """Wake the manager if it sleeps."""
        sleep = self.sleep
        if sleep is not None and not sleep.rung:
            sleep.wakeup.wake()
            sleep.rung = True

    def has_posts(self) -> bool:
        """Whether something waits for the manager."""
        return len(self.inbox) > 0

    def close(self) -> None:
        """The pool has ended: keep nothing for a next task."""

    def is_inherited(self) -> bool:
        """Whether this process got the pool through fork."""
        return self.pid != os.getpid()

    def refuse_inherited(self) -> None:
        """Raise RuntimeError in a process that got the pool through fork."""
        if self.pid != os.getpid():
            raise RuntimeError(INHERITED.format(parent=self.pid, here=os.getpid()))
