"""What the pool knows of a future, beside what users know: the task; where it was sent; its end.

The names without an underscore are the pool's.  A future lets go of all of them but its number and its name at its end.

Decides nothing.  Must not know: futures, channels, or what threads share.
"""

from __future__ import annotations

from concurrent.futures._base import CANCELLED_AND_NOTIFIED

from checkedpool._core.typed import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from checkedpool._core.messages import Seq, TaskId, WorkerNo
    from checkedpool._payload.pickling import Packed

Ending: TypeAlias = "tuple[Any, BaseException | None, str]"
"""Value, error, state: what a future is told, and in this order, so that whoever sees the state finds the rest."""
CANCELLED_END: Ending = (None, None, CANCELLED_AND_NOTIFIED)


class Place(Protocol):
    """Of a worker's channels: what cancellers ask."""

    number: WorkerNo

    def revoke_for(self, future: Task, place: tuple[Place, Seq]) -> bool | None:
        """Whether its tickets were read back and the task is claimed; None: the task is elsewhere now."""

    def has_begun(self, number: TaskId, seq: Seq) -> bool:
        """Whether the worker has begun the task, which was sent here."""


class Task(Protocol):
    """A future, until its end."""

    number: TaskId
    frame: Packed | None
    """Its call, pickled."""
    kept: tuple[Any, ...] | None
    """``fn, args, kwargs`` that are not pickled yet."""
    name: str | None
    """Of what is called."""
    place: tuple[Place, Seq] | None
    """To which worker its frame went, and as which number."""
    _state: str

    def done(self) -> bool:
        """Whether it has its end."""

    def complete(self, end: Ending, *, wait: bool = True) -> bool | None:
        """Give it its end; whether callbacks are left over; None: its lock was not to be waited for, and is held."""
