"""Executors that are wrong on purpose, one wrong each: what the oracle and the leak detector are tried on.

They run tasks in threads of this process, so they are for harmless tasks only. `Honest` is right, and must be found so.
"""

import os
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Call = Callable[[], Any]
AnyFuture = Future[Any]

THE_WRONG_ONE = 2  # the submit whose future something is wrong with


class Honest(Executor):
    """A thread pool with a process pool's signature; `wrong` is what the others override."""

    def __init__(
        self,
        max_workers: int | None = None,
        mp_context: object = None,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        self.context = mp_context
        self.inner = ThreadPoolExecutor(max_workers, initializer=initializer, initargs=initargs)
        self.submitted = 0

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        self.submitted += 1
        call = partial(fn, *args, **kwargs)
        return self.wrong(call) if self.submitted == THE_WRONG_ONE else self.inner.submit(call)

    def wrong(self, call: Call) -> AnyFuture:
        """The submit that goes wrong; not so here."""
        return self.inner.submit(call)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT002 - as given
        self.inner.shutdown(wait=wait, cancel_futures=cancel_futures)


# --- futures ----------------------------------------------------------------------------------------------------------


class Loses(Honest):
    """A future that nothing ever happens to."""

    def wrong(self, call: Call) -> AnyFuture:
        del call
        return Future()


class GivesWrongValue(Honest):
    """A result that is not the task's own."""

    def wrong(self, call: Call) -> AnyFuture:
        return self.inner.submit(lambda: call() + 1)


class Unheard(AnyFuture):
    """Done if one asks, but it tells nobody."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value

    def done(self) -> bool:
        return True

    def result(self, timeout: float | None = None) -> object:
        del timeout
        return self.value


class NeverNotifies(Honest):
    """The result is there; no waiter wakes and no callback runs."""

    def wrong(self, call: Call) -> AnyFuture:
        return Unheard(call())


class CancelsQuietly(Honest):
    """Nobody asked for it, and waiters do not hear of it: CANCELLED, never CANCELLED_AND_NOTIFIED."""

    def wrong(self, call: Call) -> AnyFuture:
        del call
        future = AnyFuture()
        future.cancel()
        return future


class CallsTwice(Honest):
    """Callbacks run twice."""

    def wrong(self, call: Call) -> AnyFuture:
        future = AnyFuture()
        self.go = threading.Event()

        def run() -> None:
            self.go.wait()
            future.set_result(call())
            future._invoke_callbacks()  # type: ignore[attr-defined]

        self.inner.submit(run)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT002 - as given
        self.go.set()
        super().shutdown(wait, cancel_futures=cancel_futures)


class RunsTwice(Honest):
    """A task is run again although it was answered."""

    def wrong(self, call: Call) -> AnyFuture:
        self.inner.submit(call)
        return self.inner.submit(call)


class BreaksForNothing(Honest):
    """A broken pool, and no one has died."""

    def wrong(self, call: Call) -> AnyFuture:
        del call
        future = AnyFuture()
        future.set_exception(BrokenProcessPool("just so"))
        return future


class Liar(AnyFuture):
    """Says that it is cancelled, and goes on."""

    def cancel(self) -> bool:
        return True


class LiesAboutCancel(Honest):
    """A cancel() that answers True for a task that runs all the same."""

    def wrong(self, call: Call) -> AnyFuture:
        future = Liar()
        future.set_result(call())
        return future


class EndsEverything(Honest):
    """It takes the whole process with it."""

    def wrong(self, call: Call) -> AnyFuture:
        del call
        os._exit(7)


# --- shutdown ---------------------------------------------------------------------------------------------------------


class AcceptsAfterShutdown(Honest):
    """A shutdown(wait=False) that does not close."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT002 - as given
        if wait:
            super().shutdown(wait, cancel_futures=cancel_futures)


class ReturnsEarly(Honest):
    """A shutdown(wait=True) that does not wait; its tasks go on when its user has dropped it."""

    def wrong(self, call: Call) -> AnyFuture:
        go = threading.Event()
        self.go = go

        def run() -> Any:
            go.wait()
            return call()

        return self.inner.submit(run)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT002 - as given
        super().shutdown(wait=wait and cancel_futures)

    def __del__(self) -> None:
        self.go.set()


# --- leaks ------------------------------------------------------------------------------------------------------------


class Leaves(Honest):
    """Something stays behind: `leave` says what, and `kept` is how the test removes it."""

    def __init__(self, leave: "Callable[[Leaves], Call]") -> None:
        super().__init__(1)
        self.leave = leave
        self.remove: Call | None = None

    def wrong(self, call: Call) -> AnyFuture:
        kept.append(self.leave(self))
        return super().wrong(call)


kept: list[Call] = []  # what removes the leaks


def a_process(_: Leaves) -> Call:
    """A child that goes on."""
    child = subprocess.Popen(["sleep", "60"])

    def remove() -> None:
        child.kill()
        child.wait()

    return remove


def a_zombie(_: Leaves) -> Call:
    """A child that has ended and is not reaped."""
    pid = os.posix_spawnp("true", ["true"], {})
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return partial(os.waitpid, pid, 0)


def a_thread(_: Leaves) -> Call:
    """A thread that goes on."""
    go = threading.Event()
    thread = threading.Thread(target=go.wait, name="left", daemon=True)
    thread.start()

    def remove() -> None:
        go.set()
        thread.join()

    return remove


def a_descriptor(_: Leaves) -> Call:
    """A descriptor that stays open."""
    return partial(os.close, os.open("/dev/null", os.O_RDONLY))


def a_file(_: Leaves) -> Call:
    """A file in the place for temporary files."""
    path = Path(os.environ["TMPDIR"]) / "left"
    path.touch()
    return path.unlink


def shared_memory(_: Leaves) -> Call:
    """A segment that nobody unlinks."""
    path = Path(f"/dev/shm/stress-test-{os.getpid()}")  # noqa: S108 - it has to be there
    path.touch()
    return path.unlink


def itself(pool: Leaves) -> Call:
    """A reference to the executor."""
    held = [pool]
    return held.clear
