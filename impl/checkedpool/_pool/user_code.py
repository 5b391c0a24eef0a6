"""User-code threads: the only threads of a pool in which code of the user runs, and the jobs that they get.

Decides nothing about when there are more of them.  Whatever a job raises is logged and costs nobody else anything.
"""

from __future__ import annotations

import contextlib
import threading
import time

from checkedpool._core import messages
from checkedpool._os.locks import new_queue
from checkedpool._os.log import log_exception
from checkedpool._payload import pickling
from checkedpool._pool.shared import CANCELLED_END, error_end, value_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from checkedpool._os.locks import Queue
    from checkedpool._payload.pickling import Codec
    from checkedpool._pool.shared import PoolFuture, Shared

    Job: TypeAlias = Callable[[], object]

JOB_DONE = messages.JobDone()
AGAIN, LATE = 0.05, 10.0
"""Seconds between two tries to get the first thread, where the system refuses it; and until the pool breaks of that."""


class UserThreads:
    """The user-code threads of one pool."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._jobs = new_queue()
        self._threads: list[threading.Thread] = []
        self.again: float | None = None  # when to try again: jobs wait, and the system has refused the first thread
        self._until = 0.0

    def add(self) -> None:
        """Start one more.  Without any it raises RuntimeError; a further one that cannot start is done without."""
        thread = threading.Thread(target=self._loop, name="checkedpool user code")
        self._threads.append(thread)  # first: where its start is interrupted, it may run all the same
        try:
            thread.start()
        except RuntimeError:
            self._threads.remove(thread)
            if not self._threads:
                raise

    def give(self, job: Job) -> None:
        """Queue a job.  The first one starts the first thread: most pools need none."""
        self._jobs.put(job)
        if not self._threads:
            self.add_or_owe()

    def add_or_owe(self) -> None:
        """Start one more.  While the first one is refused the jobs wait, for a while; then the refusal comes out."""
        now = time.monotonic()
        try:
            self.add()
        except RuntimeError:
            if self.again is None:
                self._until = now + LATE
            elif now >= self._until:
                raise
            self.again = now + AGAIN
        else:
            self.again = None

    def try_again(self) -> float | None:
        """If it is time to; when to come back."""
        if self.again is not None and time.monotonic() >= self.again:
            self.add_or_owe()
        return self.again

    def end(self) -> None:
        """Let all of them go; they are idle, so this does not wait for user code.

        Unless none could be started, and the pool has broken of that: then what they should do is done here.
        """
        if not self._threads:
            self._jobs.put(None)
            self._loop()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            with contextlib.suppress(RuntimeError):  # its start was interrupted: there may be no such thread
                thread.join()

    def _loop(self) -> None:
        do_jobs(self._shared, self._jobs, self._tell)

    def _tell(self) -> None:
        self._shared.inbox.append(JOB_DONE)
        self._shared.wake()


def do_jobs(shared: Shared, jobs: Queue, done: Job, where: str = "a callback of the pool") -> None:
    """The life of a thread in which user code runs: one job after the other, up to None; ``done()`` after each.

    Where a job has forked and comes back in the child, the other jobs are the parent's: the thread ends.  It is the
    only one there, so the child ends with it.
    """
    shared.own_threads.add(threading.get_ident())
    try:
        while not shared.is_inherited() and (job := jobs.get()) is not None:
            try:
                job()
            except BaseException:  # noqa: BLE001 - user code
                with contextlib.suppress(BaseException):  # a logging handler is user code too
                    log_exception(f"exception in {where}")
            finally:
                del job
                if not shared.is_inherited():
                    done()
    finally:
        shared.own_threads.discard(threading.get_ident())


def deliver(codec: Codec, future: PoolFuture[Any], verdict: messages.Verdict, body: Any) -> None:
    """Read an answer, complete the future, run its callbacks."""
    try:
        if verdict is messages.Verdict.ERROR:
            end = error_end(pickling.load_error(body, codec.load))
        else:
            end = value_end(codec.unpack(body))
    except BaseException as error:  # noqa: BLE001 - reading a value is user code
        end = error_end(pickling.value_error(error, future.name))
    future.complete_and_call(end)


def pickle_late(shared: Shared, future: PoolFuture[Any]) -> None:
    """Pickle a deferred call; an error is the future's end.

    Unless somebody else has claimed it: then it is cancelled; that call may have been interrupted before it said so.
    """
    deferred, number = future.deferred, future.number
    event: messages.Pickled | messages.PickleFailed = messages.PickleFailed(number)
    try:
        if deferred is not None:
            future.keep_frame(shared.codec.pack(deferred))
            event = messages.Pickled(number)
    except BaseException as error:  # noqa: BLE001 - pickling is user code
        end = error_end(pickling.call_error(error, future.name, shared.codec.unsent_call))
        future.complete_and_call(end if shared.claim(number) else CANCELLED_END)
    finally:
        del deferred
        shared.inbox.append(event)
