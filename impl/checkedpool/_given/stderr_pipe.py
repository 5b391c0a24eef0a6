"""A worker whose standard error is a pipe to its parent: the worker's side.  Extends ``Worker``.

Whatever writes to descriptor 2 writes there: Python, C libraries, faulthandler, and the processes that a task starts.
"""

from __future__ import annotations

import os

from checkedpool._fast.fitting import Sent
from checkedpool._worker.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkedpool._worker.worker import Setup, WorkerEnds

STDERR = 2


class PipedWorker(Worker, metaclass=Sent):
    """Before it does anything."""

    def __init__(self, ends: WorkerEnds, setup: Setup | None) -> None:
        os.dup2(ends.more[-1].fileno(), STDERR)
        super().__init__(ends, setup)
