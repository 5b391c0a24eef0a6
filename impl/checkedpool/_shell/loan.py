"""A worker that the sleeping manager has lent: the next client that submits issues its task to it by itself.

That saves a round trip one of its four hand-overs: the client need not wake the manager, nor the manager go through two
steps before the worker hears of the task.  Decides nothing: the manager's machine says which worker is lent, and as
which frame.

All that a client does to a lent worker is one call of the interpreter's own functions, so no signal handler can come in
between, and up to the first call of the system no other thread either: a manager that recalls the worker finds it
either unused, and nobody can use it any more, or used, with the task that was issued; then it waits until the frame and
the ticket are out.  Where that is not so, on builds whose threads do not take turns and with sockets for pipes, no
worker is lent.
"""

from __future__ import annotations

from _thread import allocate_lock
from collections import deque
from functools import partial
from operator import call

from checkedpool._shell import channels, ends
from checkedpool._shell.frames import HEADER, Kind
from checkedpool._shell.locks import TAKE_TURNS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkedpool._core.words import Seq, TaskId
    from checkedpool._shell.lane import LaneChannels
    from checkedpool._shell.shared import Shared
    from checkedpool.future import PoolFuture

LENT = TAKE_TURNS and not channels.PORTABLE
MOST = 4096 - HEADER.size
"""Bytes of a pickled call that are written whole or not at all, into a pipe that is empty."""
CALL = int(Kind.CALL)
PATIENCE = 1.0
"""Seconds after which the manager goes on all the same: a client may be thrown out while he deals with an error."""


class Loan:
    """One worker, until the manager wakes up."""

    __slots__ = ("_free", "_here", "_writing", "lane", "place", "used")

    def __init__(self, lane: LaneChannels, seq: Seq) -> None:
        self.lane = lane
        self.place = lane, seq
        self.used: list[TaskId] = []
        self._free = [None] if LENT else []
        self._here = ends.here()
        self._writing = allocate_lock()

    def use(self, shared: Shared, future: PoolFuture[Any]) -> bool:
        """Claim the task, write its frame and put its ticket out.

        False: it was not done, for the task is large, or is not the first that was posted, or somebody else has claimed
        it, or the worker is not free any more.
        """
        frame = future._frame  # who has no use for the lane's lock does not take it: the manager would not wait
        if not self._free or not isinstance(frame, bytes) or len(frame) > MOST:
            return False
        number, (lane, seq) = future._number, self.place
        try:
            with lane._if_free as taken:
                if not taken or not lane.is_clear:
                    return False
                try:
                    deque(map(call, (  # type: ignore[arg-type]  # of a function that takes none, it is one that takes it
                        partial(self._here.index, None),  # a child comes to no number that is not the pool's any more
                        partial(shared.inbox.index, future, 0, 1),
                        self._free.pop,
                        partial(shared.unclaimed.pop, number),
                        partial(self.used.append, number),
                        self._writing.acquire,  # before the interpreter's lock is let go of for the first time
                        partial(lane._ticketed.__setitem__, seq, number),
                        partial(setattr, future, "_place", self.place),
                        partial(lane._put, (HEADER.pack(seq, CALL, len(frame)), frame)),
                        partial(lane._issue.send, bytes((seq,))),
                        self._writing.release,
                    )), 0)  # fmt: skip
                except (ValueError, RuntimeError, IndexError, KeyError, OSError) as error:
                    if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                        raise  # it is a signal handler's
                    if number in self.used:  # else the lock may be the manager's, who has waited for another client
                        try:
                            self._undo(number)
                        except BaseException:  # a signal handler's, anywhere: what is left to do is done
                            self._undo(number)
                            raise
                    return False
        except RuntimeError as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                raise  # likewise; else another thread has the lane's lock: who submits waits for nobody
            return False
        return True

    def _undo(self, number: TaskId) -> None:
        """The system has no memory for it: as if a canceller had read it back.  May be called again."""
        if self._writing.locked():
            self.lane.put_back(number, self.place[1])
            self._writing.release()

    def recall(self) -> TaskId | None:
        """Nobody uses it from now on; who has."""
        self._free.clear()
        if not self.used:
            return None
        # What he writes goes before what the manager will.  He is in the middle of that one call at most: it ends
        # without waiting for anybody, and no signal handler comes in between.
        self._writing.acquire(timeout=PATIENCE)
        return self.used[0]
