"""A future of a task on a cluster: the pool's, whose ``cancel`` asks the scheduler and waits for the answer."""

from __future__ import annotations

from concurrent.futures._base import PENDING, RUNNING
from typing import NamedTuple

from checkedpool._os.locks import held
from checkedpool._pool.shared import PoolFuture

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn, TypeAlias, TypeVar

    from checkedpool._pool.shared import Shared

    T = TypeVar("T")
    Causes: TypeAlias = tuple[type[BaseException], ...]

CANNOT_STOP = (
    "a task on a cluster cannot be stopped once it has begun: its worker belongs to the cluster and may run tasks of "
    "others; cancel() stops one that has not begun"
)


class Options(NamedTuple):
    """Of a call."""

    tries: int = 0
    """How many attempts may follow one that has ended with one of the causes."""
    causes: Causes = ()
    priority: int = 0


NO_OPTIONS = Options()


class DaskFuture(PoolFuture["T"]):
    """What ``DaskExecutor.submit`` returns.

    RUNNING means that the scheduler has let a worker begin the task.  The word of it takes a moment to come here, so
    ``running()`` may be late; ``cancel()`` is not, since it asks.
    """

    payload = b""
    over = False
    """The scheduler has said what became of it, or nobody will."""

    def __init__(self, shared: Shared, number: int, revoke: Callable[[list[int]], None], options: Options) -> None:
        super().__init__(shared, number)
        self._revoke = revoke
        self.tries, self._causes, self.priority = options

    def cancel(self) -> bool:
        """Cancel unless a worker has begun the task: a round trip to the scheduler, which decides.

        Returns True if the future is cancelled now.  In the thread of the client's event loop nobody can wait for the
        answer: there it asks, and returns what is known before it comes.
        """
        asked = None
        while self._state == PENDING and asked != self.number and not self._is_inherited():
            asked = self.number  # it has another one if it has been tried again meanwhile
            self._revoke([asked])
        return self.cancelled()

    def running(self) -> bool:
        """Whether word has come that a worker has begun the task, and none that it is done."""
        return self._state == RUNNING

    def begun(self) -> None:
        """Word has come."""
        for _ in held(self._condition):
            if self._state == PENDING:
                self._state = RUNNING

    def is_tried_again_after(self, error: BaseException | None) -> bool:
        """Whether another attempt follows one that has ended so."""
        return self.tries > 0 and any(kind in self._causes for kind in type(error).__mro__)

    def try_again_as(self, number: int) -> None:
        """It waits, under this ticket."""
        for _ in held(self._condition):
            self._state, self.number = PENDING, number
            self.tries -= 1
            self.over = False

    def terminate(self) -> NoReturn:
        """Not on a cluster."""
        raise NotImplementedError(CANNOT_STOP)

    def kill(self) -> NoReturn:
        """Not on a cluster."""
        raise NotImplementedError(CANNOT_STOP)
