"""Another number of workers for a pool that there is: performs the steps of the call, and decides nothing.

The manager is told by its inbox, in order with the tasks; what becomes of workers is its own matter
(``_core/resizing.py``).
"""

from __future__ import annotations

import threading

from checkedpool._core import messages, resizing
from checkedpool._core.tables import End, Step, follow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from checkedpool._core.tables import Result
    from checkedpool._pool.pool import Pool


class Resizer:
    """Performs the steps of one ``resize``."""

    refusal: Callable[[], Exception]
    """Makes what is to be raised."""

    def __init__(self, pool: Pool, count: int) -> None:
        self.pool, self.shared, self.count = pool, pool.shared, count

    def perform(self, step: Step) -> Result:
        """One access to what threads share."""
        match step:
            case Step.READ_BROKEN:
                return self._is_refused(self.shared.broken)
            case Step.READ_CLOSED:
                return self._is_refused(self.shared.closed)
            case Step.POST_REQUEST:
                self._post()
            case _:
                self.shared.wake()
        return None

    def _is_refused(self, refusal: Callable[[], Exception] | None) -> bool:
        if refusal is not None:
            self.refusal = refusal
        return refusal is not None

    def _post(self) -> None:
        """Of two threads the one whose number the manager hears last has set it last; a signal handler may come in."""
        with vars(self.pool).setdefault("resizing", threading.RLock()):
            self.pool.settings = resizing.with_workers(self.pool.settings, self.count)  # for a manager still to begin
            self.shared.inbox.append(messages.Resized(self.count))


def resize(pool: Pool, count: int) -> None:
    """From now on; also where the pool has not been started yet.  Of a view it is the pool's number."""
    pool = getattr(pool, "pool", pool)
    pool.shared.refuse_inherited()
    resizer = Resizer(pool, count)
    if follow(resizing.RESIZE, resizer.perform) is not End.RETURN:
        raise resizer.refusal()
