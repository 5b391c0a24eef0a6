"""Room ``submit``: the table of ``Pool.submit`` written out by hand, in place of ``follow`` and ``Submitter``.

And the manager is told at once of tasks that were posted one after the other (``RealPlatform``).

Gains: no call and no look into a table for each step, of every task; `make bench`: tiny-2 is 1.9 times as fast.
Equal: ``tests/shell/test_submit_order.py`` (the same accesses in the same order, on every path of the table) and
``test_quick_submit.py`` (the same is left whatever others do meanwhile), each with mutants, with and without the room
``dispatch``; ``test_real_platform.py`` (what the manager is told of posts).
"""

from __future__ import annotations

from os import getpid

from checkedpool._pool.platform import COUNTED, TAKES, RealPlatform
from checkedpool._pool.pool import TO_PUBLISH, Pool
from checkedpool._pool.shared import PoolFuture, Shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from checkedpool._core.messages import TaskId
    from checkedpool._fast.direct_dispatch import Loan


class LoanlessShared(Shared):
    """Of a pool that may be without the room ``dispatch``, which would make its loans."""

    def __init__(self) -> None:
        super().__init__()
        self.loan: Loan | None = None


class QuickSubmit(Pool):
    """A pool whose ``submit`` is one function."""

    shared: LoanlessShared

    def submit(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> PoolFuture[Any]:
        shared = self.shared
        if shared.pid != getpid():
            shared.refuse_inherited()
        refused = shared.broken
        if refused is not None:
            raise refused()
        refused = shared.closed
        if refused is not None:
            raise refused()
        number = next(shared.numbers)
        future: PoolFuture[Any] = self.future_type(shared, number)
        if not self.pickle(future, fn, args, kwargs):
            return future
        if not shared.start:
            TO_PUBLISH.ask()
        shared.unclaimed[number] = None
        shared.inbox.append(future)
        if not shared.start:
            self.start_once()
        refused = shared.broken
        if refused is not None or (refused := shared.closed) is not None:
            if shared.claim(number):
                raise refused()
        elif (loan := shared.loan) is not None and loan.use(shared, future):
            return future
        shared.wake()
        return future


class GatheringPlatform(RealPlatform):
    """Tasks that were posted one after the other are one event, and another one those of them that are not pickled."""

    def _take_inbox(self) -> None:
        shared, inbox = self.shared, self.shared.inbox
        ids: list[TaskId] = []
        deferred: list[TaskId] = []
        for _ in range(len(inbox)):
            post = inbox.popleft()
            if isinstance(post, PoolFuture):
                number, frame = post.number, post.frame
                self.futures[number] = post
                if frame is not None and len(frame) > COUNTED:
                    self.sizes[number] = weight = shared.codec.weight(frame)
                    shared.pending_bytes += weight
                (ids if post.deferred is None else deferred).append(number)
            else:
                self._flush(ids, deferred)
                getattr(self, TAKES.get(type(post), "_take_event"))(post)
        self._flush(ids, deferred)
        shared.burst = 0

    def _flush(self, ids: list[TaskId], deferred: list[TaskId]) -> None:
        for numbers in ids, deferred:
            if numbers:
                self.events.append(self.shared.submitted(tuple(numbers), numbers is deferred))
                numbers.clear()
