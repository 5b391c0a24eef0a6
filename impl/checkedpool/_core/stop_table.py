"""``Future.terminate`` and ``kill`` as a table: as ``cancel``, but where the task has begun they go on.

The manager is told first: who is interrupted before the future has its end has lost nothing, the manager gives it.
"""

from __future__ import annotations

from checkedpool._core.tables import CANCEL, End, Step, Table

STOP: Table = {
    **CANCEL,
    Step.WAKE_BEGUN: {None: Step.POST_STOP},
    Step.POST_STOP: {None: Step.WAKE_FOR_STOP},
    Step.WAKE_FOR_STOP: {None: Step.NOTIFY_STOPPED},
    Step.NOTIFY_STOPPED: {None: End.TRUE},
}
