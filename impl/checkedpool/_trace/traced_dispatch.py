"""What a client does to a worker that is lent, in the trace: the room ``dispatch`` of a traced pool."""

from __future__ import annotations

from checkedpool._fast.direct_dispatch import DispatchingPlatform, Loan
from checkedpool._fast.fitting import Room
from checkedpool._trace.trace_log import now
from checkedpool._trace.traced_pool import TracedPlatform, TracedShared
from checkedpool_spec.trace import E

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkedpool._pool.shared import PoolFuture, Shared


class TracedLoan(Loan):
    """A worker that is lent, of which is written who has used it."""

    __slots__ = ()

    def use(self, shared: Shared, future: PoolFuture[Any]) -> bool:
        if not isinstance(shared, TracedShared):
            return super().use(shared, future)
        before = now()
        issued = super().use(shared, future)
        if future.number in self.used:
            lane, seq = self.place
            shared.log.write(
                E.ISSUE, before, now(), lane=lane.number, task=future.number, ticket=seq, taken=issued,
                call=shared.calls.current,
            )  # fmt: skip
        return issued


class TracedDispatchingPlatform(TracedPlatform, DispatchingPlatform):
    """Lends workers whose use is traced."""

    loan_type = TracedLoan


TRACED_DISPATCH = Room("dispatch", {TracedPlatform: TracedDispatchingPlatform})
