"""Room ``dispatch``: direct dispatch.  The sleeping manager lends a worker; a client issues its task to it by itself.

Replaces ``Submitter`` (its table has a step more), ``Manager`` (it has a rule more: both in ``dispatch_rules``),
``Shared`` and ``RealPlatform`` (they have the worker that is lent).
Gains: a round trip has three hand-overs instead of four, for the client need not wake the manager, nor the manager go
through two steps before the worker hears of the task; `make bench`: latency is 1.27 times as fast.
Equal: it is an action of the protocol of its own (P-33).  The simulated pool runs its table and its rule, and is
explored with them; ``tests/shell/test_loan.py`` has what a client does to the worker, call by call.

Decides nothing: the manager's machine says which worker is lent, and as which frame.  All that a client does to a lent
worker is one call of the interpreter's own functions, so no signal handler can come in between, and up to the first
call of the system no other thread either: a manager that recalls the worker finds it either unused, and nobody can use
it any more, or used, with the task that was issued; then it waits until the frame and the ticket are out.  Where that
is not so, on builds whose threads do not take turns and with sockets for pipes, no client finds a worker to use.
"""

from __future__ import annotations

from _thread import allocate_lock
from functools import partial
from time import monotonic

from checkedpool._core import messages
from checkedpool._core.tables import Result, Step
from checkedpool._fast.dispatch_rules import SUBMIT
from checkedpool._os import system
from checkedpool._os.locks import TAKE_TURNS, AtTheEnd, do, exhaust, held, is_a_handlers
from checkedpool._payload.pickling import HEADER, Kind
from checkedpool._pool.platform import RealPlatform
from checkedpool._pool.pool import Submitter
from checkedpool._pool.shared import Shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from checkedpool._core.messages import Seq, TaskId
    from checkedpool._pool.shared import PoolFuture
    from checkedpool._pool.worker_channels import WorkerChannels

LENT = TAKE_TURNS and not system.PORTABLE
MOST = 4096 - HEADER.size
"""Bytes of a pickled call that are written whole or not at all, into a pipe that is empty."""
CALL = int(Kind.CALL)
PATIENCE = 1.0
"""Seconds after which the manager goes on all the same, where a client does not come to the end of that one call."""


class Loan:
    """One worker, until the manager wakes up."""

    __slots__ = ("_free", "_owed", "_writing", "lane", "place", "used")

    def __init__(self, lane: WorkerChannels, seq: Seq) -> None:
        self.lane = lane
        self.place = lane, seq
        self.used: list[TaskId] = []
        self._writing = allocate_lock()
        self._writing.acquire()
        key = AtTheEnd()
        setattr(key, "__del__", self._writing.release)  # noqa: B010 - type checkers know it as a method
        self._free = [key] if LENT else []
        del key
        self._owed = [None]  # by who uses it, until the ticket is out; whoever takes it sees to it that it never will

    def use(self, shared: Shared, future: PoolFuture[Any]) -> bool:
        """Claim the task, write its frame and put its ticket out.

        False: it was not done, for the task is large, or is not the first that was posted, or somebody else has claimed
        it, or the worker is not free any more, or the system has no memory for it.
        """
        frame = future.frame  # who has no use for the lane's lock does not take it: the manager would not wait
        if not self._free or not isinstance(frame, bytes) or len(frame) > MOST:
            return False
        number, (lane, seq) = future.number, self.place
        for _ in held(lane.lock, False):  # noqa: FBT003 - who submits waits for nobody
            if not lane.is_clear:
                return False
            try:
                list(map(do, (
                    lane.call_end.fileno,  # ValueError in a child: the number is not the pool's any more
                    partial(shared.inbox.index, future, 0, 1),
                    self._free.pop,  # lies in the list until the end of this call, and then lets the manager write
                    partial(shared.unclaimed.pop, number),
                    partial(self.used.append, number),
                    partial(lane.ticketed.__setitem__, seq, number),
                    partial(setattr, future, "place", self.place),
                    partial(setattr, lane, "since", monotonic()),
                    partial(lane.put, (HEADER.pack(seq, CALL, len(frame)), frame)),
                    partial(lane.ticket_end.send, bytes((seq,))),
                    self._owed.pop,
                )))  # fmt: skip
            except (ValueError, RuntimeError, IndexError, KeyError, OSError) as error:
                if is_a_handlers(error):
                    raise
                if number in self.used:
                    self._put_back(number)
                return False
            return True
        return False

    def _put_back(self, number: TaskId) -> None:
        """It was not done to its end: as if a canceller had revoked the ticket.  Once."""
        lane, seq = self.place
        try:
            exhaust(map(do, (
                self._owed.pop,
                partial(lane.shared.unclaimed.__setitem__, number, None),
                partial(lane.ticketed.pop, seq, None),
                partial(lane.returned.append, seq),
                partial(lane.shared.inbox.append, messages.RevokedByCanceller(lane.number)),
            )))  # fmt: skip
        except IndexError as error:
            if is_a_handlers(error):
                raise

    def recall(self) -> TaskId | None:
        """Nobody uses it from now on; who has."""
        self._free.clear()
        if not self.used:
            return None
        # What he writes goes before what the manager will.  He is in the middle of that one call at most: it ends
        # without waiting for anybody, and no signal handler comes in between.
        if self._writing.acquire(timeout=PATIENCE) and self._owed:
            self._put_back(self.used[0])  # he was interrupted before he could do so
        return self.used[0]


class DispatchingShared(Shared):
    """Has the worker that is lent."""

    def __init__(self) -> None:
        super().__init__()
        self.loan: Loan | None = None  # written by the manager

    def has_posts(self) -> bool:
        """Whether something waits for the manager: more than the task that a client has issued by itself."""
        loan = self.loan
        return len(self.inbox) > (0 if loan is None else len(loan.used))


class DirectSubmitter(Submitter):
    """Has a step more."""

    table = SUBMIT
    shared: DispatchingShared

    def perform(self, step: Step) -> Result:
        if step is Step.ISSUE_ALONE:
            loan = self.shared.loan
            return loan is not None and loan.use(self.shared, self.future)
        return super().perform(step)


class DispatchingPlatform(RealPlatform):
    """Lends a worker, and recalls it as the first thing when it wakes up."""

    loan_type: type[Loan] = Loan
    shared: DispatchingShared
    does: ClassVar[dict[type[messages.Command], str]] = {**RealPlatform.does, messages.Lend: "_lend"}

    def _lend(self, command: messages.Lend) -> None:
        self.shared.loan = self.loan_type(self.lanes[command.lane], command.seq)

    def _take_inbox(self) -> None:
        if self.shared.loan is not None:
            self._recall(self.shared.loan)
        if self.shared.inbox:
            super()._take_inbox()

    def _recall(self, loan: Loan) -> None:
        """Recall the worker; the task that a client has issued to it is the first in the inbox."""
        shared = self.shared
        shared.loan, used = None, loan.recall()
        if used is not None:
            self.futures[used] = shared.inbox.popleft()  # type: ignore[assignment]  # ``Loan.use`` has looked
            shared.burst = 0
        self.events.append(messages.Recalled(loan.lane.number, used))
