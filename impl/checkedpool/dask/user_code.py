"""The threads in which user code runs on the client's side: callbacks, and the reading of values.

Decides how many there are: one, and one more when no job comes to its end while others wait.
Whatever a job raises is logged and costs nobody else anything.
"""

from __future__ import annotations

import threading

from checkedpool._os.locks import new_queue
from checkedpool._pool.user_code import do_jobs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from tornado.ioloop import IOLoop

    from checkedpool._pool.shared import Shared

    Job: TypeAlias = Callable[[], object]

BLOCKED = 0.05
"""Seconds in which no job has ended, while others wait: another thread is started beside it."""


class UserCode:
    """Those of one executor.  Jobs are given in the thread of the event loop."""

    def __init__(self, shared: Shared, loop: IOLoop) -> None:
        self._shared, self._loop = shared, loop
        self._jobs = new_queue()
        self._threads: list[threading.Thread] = []
        self._done = 0  # a hint: of two threads that count at once, one may be lost
        self._looking = False

    def give(self, job: Job) -> None:
        """Queue it; the first one starts the first thread.  Where none can be had it is done here, late or not."""
        self._jobs.put(job)
        if not self._threads:
            self._add()
        elif not self._looking:
            self._look_later()
        if not self._threads:
            self._jobs.put(None)
            self._run()

    def end(self) -> None:
        """Let the threads go when they have done all jobs."""
        for _ in self._threads:
            self._jobs.put(None)

    def join(self) -> None:
        """Wait until they are gone."""
        for thread in self._threads:
            thread.join()

    def _add(self) -> None:
        thread = threading.Thread(target=self._run, name="checkedpool user code", daemon=True)
        self._threads.append(thread)  # first: it may do all there is to do, and be let go, before its start returns
        try:
            thread.start()
        except RuntimeError:  # beside the interpreter's exit, or where the system has no more
            self._threads.remove(thread)

    def _look_later(self) -> None:
        self._looking = True
        self._loop.call_later(BLOCKED, self._look, self._done)

    def _look(self, done: int) -> None:
        """Whether a job has ended meanwhile."""
        self._looking = False
        if not self._jobs.empty():
            if self._done == done:
                self._add()
            self._look_later()

    def _run(self) -> None:
        do_jobs(self._shared, self._jobs, self._count)

    def _count(self) -> None:
        self._done += 1
