"""A traced session: it writes a line for each word that it sends or hears, in their order.

Decides what is worth a line.  Must not know: what becomes of the words, who follows the lines, how they are written.
"""

from __future__ import annotations

from checkedpool.dask import messages
from checkedpool.dask.session import Session
from checkedpool.dask.slots import Slots
from checkedpool_spec.cluster_trace import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from distributed import Client

    from checkedpool.dask.session import Wishes
    from checkedpool.dask.trace_file import TraceFile

HEARD = {messages.BEGUN: Event.BEGUN, messages.ANSWERED: Event.ANSWERED, messages.FAILED: Event.FAILED}


class TracedSlots(Slots):
    """Says which slots are started and which are dropped."""

    log: TraceFile

    def _drop(self) -> int:
        slot = super()._drop()
        self.log.write(Event.DROP, slot=slot)
        return slot


class TracedSession(Session):
    """A session with a trace."""

    slots_type = TracedSlots
    slots: TracedSlots

    def __init__(self, client: Client, where: dict[str, object], wished: Wishes, log: TraceFile) -> None:
        self._log = log
        super().__init__(client, where, wished)
        self.slots.log = self._log

    def shutdown(self, *, wait: bool, cancel: bool) -> None:
        """The line goes before what comes of it."""
        if not self.is_inherited():
            self._log.write(Event.CLOSE, cancel=cancel)
        super().shutdown(wait=wait, cancel=cancel)

    def _send(self, message: dict[str, Any]) -> None:
        if message["op"] == messages.ISSUE:
            for number, priority in zip(message["numbers"], message["priorities"], strict=True):
                self._log.write(Event.ISSUE, number=number, priority=messages.priority_of(priority))
        else:
            self._log.write(Event.REVOKE, numbers=message["numbers"], asked=message["asked"])
        super()._send(message)

    def _start(self, many: int) -> dict[int, object]:
        started = super()._start(many)
        self._log.write(Event.START, slots=list(started))
        return started

    def _told(self, what: str, number: int, slot: int | None = None, **more: Any) -> None:
        if what == messages.REVOKED:
            self._log.write(Event.REVOKED, numbers=more["numbers"], asked=number)
        elif what == messages.SPENT:
            self._log.write(Event.SPENT, slot=number, asked=more["asked"])
        elif what == messages.LOST:
            self._log.write(Event.LOST, number=number, slot=slot, worker=more["worker"])
        else:
            self._log.write(HEARD[what], number=number, slot=slot)
        super()._told(what, number, slot, **more)

    def _break(self, refusal: Callable[[], Exception]) -> None:
        if self.broken is None:
            self._log.write(Event.BROKEN, connection=getattr(refusal(), "ran", None) is None)
        super()._break(refusal)

    def _be_over(self) -> None:
        self._log.write(Event.OVER)
        self._log.close()
        super()._be_over()
