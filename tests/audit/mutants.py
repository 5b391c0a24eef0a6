"""Executors each of which breaks one clause, and is right otherwise.

Decides: the smallest change to a sound executor that breaks it.  Must not know: how it is found.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from concurrent.futures._base import CANCELLED
from pathlib import Path
from typing import Any, TypeVar

from checkedpool import BrokenProcessPool, ProcessPoolExecutor

T = TypeVar("T")


class CancelsInNameOnly(ProcessPoolExecutor):
    """Says that it has cancelled, and runs the task (C-05)."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future = super().submit(fn, *args, **kwargs)
        future.cancel = lambda: True  # type: ignore[method-assign]
        return future


class CancelsInSilence(ProcessPoolExecutor):
    """Cancels, calls the callbacks, and tells nobody who waits (C-06): CPython's own bug."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future = super().submit(fn, *args, **kwargs)
        cancel = future.cancel

        def silent() -> bool:
            waiters = list(future._waiters)
            future._waiters.clear()
            done = cancel()
            future._waiters.extend(waiters)
            if done:
                future._state = CANCELLED
            return done

        future.cancel = silent  # type: ignore[method-assign]
        return future


class WaitsTooShort(ProcessPoolExecutor):
    """Does not wait (C-48)."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT002
        super().shutdown(wait=False, cancel_futures=cancel_futures)


class ForgetsToCancel(ProcessPoolExecutor):
    """Takes a cancelling request for a draining one (C-46)."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT002
        super().shutdown(wait=wait)


class RaisesTheSecondTime(ProcessPoolExecutor):
    """Can be shut down once (C-42)."""

    over = False

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT002
        if self.over:
            raise OSError("it is over")
        self.over = True
        super().shutdown(wait=wait, cancel_futures=cancel_futures)


class RunsTwice(ProcessPoolExecutor):
    """Begins a task again (C-03)."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        super().submit(fn, *args, **kwargs)
        return super().submit(fn, *args, **kwargs)


class CallsBackTwice(ProcessPoolExecutor):
    """Calls a callback twice (C-08)."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future = super().submit(fn, *args, **kwargs)
        add = future.add_done_callback

        def twice(callback: Callable[[Future[T]], object]) -> None:
            add(callback)
            add(callback)

        future.add_done_callback = twice  # type: ignore[method-assign, assignment]
        return future


class RunsWhatWaits(ProcessPoolExecutor):
    """Says of each future that is not done that it runs (C-04)."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future = super().submit(fn, *args, **kwargs)
        future.running = lambda: not future.done()  # type: ignore[method-assign]
        return future


class WithOptions(RunsWhatWaits):
    """The same, and takes what an executor may be told."""

    def __init__(self, max_workers: int, mp_context: Any = None, on_worker_death: Any = "break") -> None:
        super().__init__(max_workers, mp_context, on_worker_death=on_worker_death)


class MixesValuesUp(ProcessPoolExecutor):
    """Gives each future the value of the one before (C-02)."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future = super().submit(fn, *args, **kwargs)
        result = future.result

        def another(timeout: float | None = None) -> Any:
            value: Any = result(timeout)
            return value - 1 if isinstance(value, int) else value

        future.result = another  # type: ignore[method-assign]
        return future


class ReopensItself(ProcessPoolExecutor):
    """Accepts tasks after a request (C-44)."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        try:
            return super().submit(fn, *args, **kwargs)
        except RuntimeError as error:
            future: Future[T] = Future()
            future.set_exception(error)
            return future


class BreaksWhenTerminated(ProcessPoolExecutor):
    """Takes an ordered end for a death (C-58)."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        try:
            return super().submit(fn, *args, **kwargs)
        except RuntimeError as error:
            raise BrokenProcessPool("a worker has ended") from error


class LosesWhatWaits(ProcessPoolExecutor):
    """Hands out a future of which nobody knows (C-01)."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        super().submit(fn, *args, **kwargs)
        return Future()


class SaysSomethingElse(ProcessPoolExecutor):
    """Ends the task of a dead worker by an OSError (C-87)."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future = super().submit(fn, *args, **kwargs)
        result = future.result

        def plain(timeout: float | None = None) -> Any:
            try:
                return result(timeout)
            except BrokenProcessPool as error:
                raise ConnectionResetError("the worker is gone") from error

        future.result = plain  # type: ignore[method-assign]
        return future


class SharesItsErrors(ProcessPoolExecutor):
    """Ends all futures of a broken pool that it says the same of by one exception (C-81): CPython's own bug."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.errors: dict[bool | None, BrokenProcessPool] = {}

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future = super().submit(fn, *args, **kwargs)
        result = future.result

        def shared(timeout: float | None = None) -> Any:
            try:
                return result(timeout)
            except BrokenProcessPool as error:
                raise self.errors.setdefault(error.ran, error) from None

        future.result = shared  # type: ignore[method-assign]
        return future


class HidesWhoDied(ProcessPoolExecutor):
    """Says that the pool is broken, and no more (C-80)."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future = super().submit(fn, *args, **kwargs)
        result = future.result

        def silent(timeout: float | None = None) -> Any:
            try:
                return result(timeout)
            except BrokenProcessPool as error:
                raise BrokenExecutor("broken") from error

        future.result = silent  # type: ignore[method-assign]
        return future


class CannotBeMade(ProcessPoolExecutor):
    """Its constructor raises."""

    def __init__(self, max_workers: int) -> None:
        raise OSError(f"no room for {max_workers}")


class IsNeverMade(ProcessPoolExecutor):
    """Its constructor does not come back."""

    def __init__(self, max_workers: int) -> None:
        del max_workers
        threading.Event().wait()


class ForOneOnly(ProcessPoolExecutor):
    """It can be made for one worker only."""

    def __init__(self, max_workers: int) -> None:
        if max_workers > 1:
            raise ValueError("one is enough")
        super().__init__(max_workers)


class LeavesAStranger(ProcessPoolExecutor):
    """Starts a process in a session of its own, and forgets it."""

    def __init__(self, max_workers: int) -> None:
        super().__init__(max_workers)
        program = "import os, time; child = os.fork(); child and print(child); time.sleep(0 if child else 60)"
        with Path(os.environ["STRANGERS"]).open("ab") as strangers:
            subprocess.run([sys.executable, "-c", program], start_new_session=True, stdout=strangers, check=True)


def not_an_executor_at_all(max_workers: int) -> object:
    """Makes something else."""
    return max_workers


class Small(Executor):
    """Has what every Executor has and no more."""

    def __init__(self, max_workers: int) -> None:
        self._pool = ProcessPoolExecutor(max_workers)

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        return self._pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT002
        self._pool.shutdown(wait, cancel_futures=cancel_futures)
