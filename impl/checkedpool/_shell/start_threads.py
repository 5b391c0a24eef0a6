"""The threads in which workers are started: one, and one more whenever all others are busy, since a start may hang.

They stay until the pool ends: beside the interpreter's exit 3.12.0 and 3.12.1 start no thread, but a worker must be.
Must not know: what a start is.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque

from checkedpool._shell.locks import new_queue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from checkedpool._core.words import LaneNo, Outcome


class StartThreads:
    """The start threads of one pool.  When they have been let go there are no others."""

    def __init__(self, start: Callable[[LaneNo], Outcome | None], post: Callable[[Outcome], None]) -> None:
        self._start, self._post = start, post
        self._jobs = new_queue()
        self._idle: deque[None] = deque()  # one entry for each thread that waits for a job and has been promised none
        self._at: dict[threading.Thread, LaneNo | None] = {}  # each thread, and what it starts just now

    def add(self, *, idle: bool = True) -> None:
        """Start one more; RuntimeError if the system refuses it."""
        thread = threading.Thread(target=self._loop, name="checkedpool start", daemon=True)
        self._at[thread] = None  # first: where its start is interrupted, it may run all the same
        try:
            thread.start()
        except RuntimeError:
            del self._at[thread]
            raise
        if idle:
            self._idle.append(None)

    def give(self, number: LaneNo) -> None:
        """Have this worker started; RuntimeError if a thread more were needed and cannot be had."""
        try:
            self._idle.pop()
        except IndexError:
            self.add(idle=False)
        self._jobs.put(number)

    def end(self, limit: float, hang: Container[LaneNo] = ()) -> None:
        """Let all of them go, and wait so long for each, but not for those whose starts hang."""
        for _ in self._at:
            self._jobs.put(None)
        for thread, number in list(self._at.items()):
            if number is None or number not in hang:
                with contextlib.suppress(RuntimeError):  # its start was interrupted: there may be no such thread
                    thread.join(limit)

    def _loop(self) -> None:
        at, thread = self._at, threading.current_thread()
        while (number := self._jobs.get()) is not None:
            at[thread] = number
            outcome = self._start(number)
            at[thread] = None
            self._idle.append(None)  # before it is heard of: who hears of it may have the next one
            if outcome is not None:
                self._post(outcome)
