"""What a future says whose task the cluster has lost."""

from __future__ import annotations

from checkedpool import errors
from checkedpool.errors import BrokenProcessPool

DIED = "the worker {worker} was lost while it ran this task, {task}"
DIED_ELSEWHERE = "the worker {worker} was lost while it ran another task, {task}; the executor is broken"
GIVEN_UP = "the engine has given this task up, {task}: {text}"
DISCONNECTED = (
    "the connection to the scheduler was lost: whether this task has run is not known, and it is not run again; "
    "make a new executor when the client is connected"
)


class BrokenCluster(BrokenProcessPool):
    """A task has no result since a worker or the connection to the scheduler was lost.

    Attributes:
        worker: The address of the worker that was lost, None if it was the connection.
        task: The qualified name of the function that it ran, None if none is known.
        ran: True if the task had begun, False if it had not, None if nobody knows.
        pid, exitcode: None; a cluster does not tell.
    """

    def __init__(
        self, message: str = "", *, worker: str | None = None, task: str | None = None, ran: bool | None = None
    ) -> None:
        super().__init__(message, task=task)
        self.worker = worker
        self.ran: bool | None = ran  # type: ignore[assignment]  # on one machine it is always known

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.args, self.worker, self.task, self.ran)


def _rebuild(args: tuple[str, ...], worker: str | None, task: str | None, ran: bool | None) -> BrokenCluster:  # noqa: FBT001 - called by pickle only
    return as_standard()(*args, worker=worker, task=task, ran=ran)


def as_standard() -> type[BrokenCluster]:
    """The class, once its base is the standard one's subclass."""
    errors.as_standard()
    return BrokenCluster
