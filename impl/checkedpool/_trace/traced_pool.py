"""The traced pool: the objects of the shell, each with a line for what others can see of it.

Chosen when a pool is made; a pool that is not traced has none of this and asks nowhere whether it is.  Decides nothing:
every method here is the untraced one's with a look at the clock before and after it.
"""

from __future__ import annotations

import itertools
import threading
from _thread import RLock
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from checkedpool._core import messages
from checkedpool._pool import user_code
from checkedpool._pool.platform import RealPlatform
from checkedpool._pool.pool import Attempt, Pool
from checkedpool._pool.shared import Canceller, PoolFuture, Shared
from checkedpool._pool.worker_channels import Starter, WorkerChannels
from checkedpool._trace.trace_log import TraceLog, WorkerTrace, directory_for, now, plain
from checkedpool._trace.traced_worker import TracedEnds, TracedWorker, traced_worker_main
from checkedpool.errors import BrokenProcessPool
from checkedpool_spec.trace import PARENT, E

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from multiprocessing.context import BaseContext

    from checkedpool._core.manager import Manager, Settings
    from checkedpool._core.messages import Command, Event, TaskId, WorkerNo
    from checkedpool._pool.shared import Place, Post
    from checkedpool._trace.fault_points import Fault
    from checkedpool_spec.vocabulary import ShutdownLevel

JOBS = (messages.Deliver, messages.Call, messages.Pickle)


class Calls(threading.local):
    """Within which call of a client, or at which job, this thread is."""

    def __init__(self) -> None:
        self.inside: list[int] = []
        self.job: TaskId | None = None

    @property
    def current(self) -> int | None:
        """The innermost call's number."""
        return self.inside[-1] if self.inside else None


class TracedInbox(deque["Post"]):
    """The inbox, whose messages have numbers: to get a number and a place is one step."""

    def __init__(self, log: TraceLog, calls: Calls) -> None:
        super().__init__()
        self._log, self._calls = log, calls
        self._lock = RLock()
        self._posted = self.taken = 0

    def append(self, post: Post, /) -> None:
        before = now()
        with self._lock:
            message = self._posted
            self._posted += 1
            super().append(post)
        after = now()
        what, number, deferred = _named(post, self._calls.job)
        more: dict[str, object] = {"deferred": True} if deferred else {}
        if isinstance(post, PoolFuture) and hasattr(post.number, "priority"):
            more["priority"] = post.number.priority
        call = None if isinstance(post, messages.Resized) else self._calls.current  # it is none that is written down
        self._log.write(E.POST, before, after, message=message, what=what, number=number, call=call, **more)

    def popleft(self) -> Post:
        post = super().popleft()
        self.taken += 1
        return post


def _named(post: Post, job: TaskId | None) -> tuple[str, int | None, bool]:
    """What a post is, which number it is about, whether it is a task that is not pickled yet."""
    if isinstance(post, PoolFuture):
        return "Submitted", post.number, post.deferred is not None
    if isinstance(post, messages.JobDone):
        return "JobDone", job, False
    if isinstance(post, messages.Requested):
        return "Requested", int(post.level), False
    if isinstance(post, messages.Resized):
        return "Resized", post.max_workers, False
    number = getattr(post, "lane", getattr(post, "id", None))
    return type(post).__name__, number, False


class TracedShared(Shared):
    """The meeting place, with the file."""

    def __init__(self, log: TraceLog, faults: tuple[Fault, ...]) -> None:
        super().__init__()
        self.log, self.faults = log, faults
        self.calls = Calls()
        self.call_numbers = itertools.count()
        self.taking = TracedInbox(log, self.calls)
        self.inbox = self.taking

    def claim(self, number: int) -> bool:
        call = self.calls.current
        if call is None:
            return super().claim(number)
        before = now()
        won = super().claim(number)
        self.log.write(E.CLAIM, before, now(), task=number, won=won, call=call)
        return won

    def withdraw(self, future: PoolFuture[Any]) -> bool:
        before = now()
        won = super().withdraw(future)
        self.log.write(E.CLAIM, before, now(), task=future.number, won=won, call=self.calls.current)
        return won

    def call(
        self, does: str, make: Callable[[], Any], come: Callable[[Any], dict[str, object]], **about: object
    ) -> Any:
        """Make a client's call, with a line before it and one after it.  ``come``: what to say of its value."""
        call, before = next(self.call_numbers), now()
        self.log.write(E.CALL, before, before, call=call, does=does, **about)
        inside = self.calls.inside
        inside.append(call)
        about["came"] = "thrown out"
        try:
            value = make()
            about.update(come(value))
        except BrokenProcessPool:
            about["came"] = "broken"
            raise
        except RuntimeError:
            about["came"] = "closed" if self.closed is not None else "failed"
            raise
        finally:
            inside.remove(call)
            self.log.write(E.RETURN, before, now(), call=call, does=does, **about)
        return value


class TracedFuture(PoolFuture[Any]):
    """A future whose ``cancel``, ``terminate`` and ``kill`` are traced."""

    def _end_by(self, canceller: Canceller) -> bool:
        shared, does = self.shared, "cancel" if type(canceller) is Canceller else "stop"
        if not isinstance(shared, TracedShared) or shared.is_inherited():
            return super()._end_by(canceller)
        cancelled: bool = shared.call(does, partial(super()._end_by, canceller), _came, task=self.number)
        return cancelled


class TracedChannels(WorkerChannels):
    """A lane whose worker is traced, and whose cancellers are."""

    def __init__(self, number: WorkerNo, shared: Shared) -> None:
        super().__init__(number, shared)
        if isinstance(shared, TracedShared):
            self._traced = shared
            mine = tuple(fault for fault in shared.faults if fault.worker == number)
            self.worker_ends = TracedEnds(self.worker_ends, WorkerTrace(str(shared.log.directory), number, mine))

    def revoke_for(self, future: PoolFuture[Any], place: tuple[Place, messages.Seq]) -> bool | None:
        shared, before = self._traced, now()
        came = super().revoke_for(future, place)
        shared.log.write(
            E.REVOKE, before, now(), lane=self.number, task=future.number, came=came, call=shared.calls.current
        )
        return came


class TracedStarter(Starter):
    """Makes traced workers."""

    channels_type = TracedChannels
    worker_type = TracedWorker
    target = staticmethod(traced_worker_main)


class TracedUserThreads(user_code.UserThreads):
    """The user-code threads; each job's thread knows for which task it is."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.naming: tuple[str, TaskId] | None = None

    def give(self, job: user_code.Job) -> None:
        shared = self._shared
        if self.naming is None or not isinstance(shared, TracedShared):
            super().give(job)
        else:
            super().give(partial(_do, shared, *self.naming, job))


def _do(shared: TracedShared, does: str, task: TaskId, job: user_code.Job) -> None:
    before = now()
    shared.calls.job = task
    try:
        job()
    finally:
        shared.log.write(E.JOB, before, now(), does=does, task=task)


class TracedPlatform(RealPlatform):
    """The real platform, with a line for each look and each command."""

    user_threads_type = TracedUserThreads

    def perform(self, commands: Sequence[Command]) -> list[Event]:
        shared = self.shared
        if not isinstance(shared, TracedShared):
            return super().perform(commands)
        heard: list[Event] = []
        for op in commands:
            before = now()
            if isinstance(op, JOBS) and isinstance(self.user_threads, TracedUserThreads):
                self.user_threads.naming = type(op).__name__, op.id
            came = super().perform((op,))
            if isinstance(self.user_threads, TracedUserThreads):
                self.user_threads.naming = None
            shared.log.write(E.OP, before, now(), op=plain(op), came=[plain(event) for event in came])
            heard += came
        return heard

    def wait(self, deadline: float | None) -> list[Event]:
        shared = self.shared
        if not isinstance(shared, TracedShared):
            return super().wait(deadline)
        before, first = now(), shared.taking.taken
        came = super().wait(deadline)
        told = [plain(event) for event in came if not isinstance(event, messages.Tick)]
        shared.log.write(E.LOOK, before, now(), messages=[first, shared.taking.taken], came=told)
        return came


class TracedPool(Pool):
    """A pool that writes a trace of itself."""

    shared_type: type[TracedShared] = TracedShared
    future_type = TracedFuture
    starter_type = TracedStarter
    platform_type = TracedPlatform

    def __init__(
        self,
        settings: Settings,
        context: BaseContext,
        setup: tuple[Any, tuple[Any, ...]],
        trace: str | os.PathLike[str],
    ) -> None:
        about = {
            "start_method": context.get_start_method(allow_none=False),
            "max_workers": settings.max_workers,
            "policy": settings.policy.value,
            "task_limit": settings.task_limit,
            "restarts": settings.restarts,
            "min_workers": None if settings.idle_timeout is None else settings.min_workers,
            "window": settings.window,
        }
        self._log = TraceLog(directory_for(trace), PARENT, role=PARENT, **about)
        self._faults = getattr(trace, "faults", ())
        super().__init__(settings, context, setup)

    def _make_shared(self) -> TracedShared:
        self.traced = self.shared_type(self._log, self._faults)
        return self.traced

    def submit(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> PoolFuture[Any]:
        if self.shared.is_inherited():
            return super().submit(fn, args, kwargs)
        future: PoolFuture[Any] = self.traced.call("submit", partial(super().submit, fn, args, kwargs), _handed_out)
        return future

    def submit_as(self, make: Callable[[Shared, int], PoolFuture[Any]], *call: Any) -> PoolFuture[Any]:
        if self.shared.is_inherited():
            return super().submit_as(make, *call)
        submit = partial(super().submit_as, make, *call)
        future: PoolFuture[Any] = self.traced.call("submit", submit, _handed_out)
        return future

    def submit_again(self, attempt: PoolFuture[Any], go_on: Callable[[], bool]) -> bool:
        submit = partial(super().submit_again, attempt, go_on)
        taken: bool = self.traced.call("submit", submit, partial(_taken_in, attempt))
        return taken

    def shutdown(self, level: ShutdownLevel, *, wait: bool) -> None:
        if self.shared.is_inherited():
            return
        waits = wait and threading.get_ident() not in self.shared.own_threads
        make = partial(super().shutdown, level, wait=wait)
        self.traced.call("shutdown", make, _came, level=level.name, wait=waits)

    def _manage(self, machine: Manager, platform: RealPlatform, starter: Attempt) -> None:
        super()._manage(machine, platform, starter)
        at = now()
        self.traced.log.write(E.END, at, at)
        self.traced.log.rest()

    def _start(self, starter: Attempt) -> None:
        self.traced.log.hold()
        try:
            super()._start(starter)
        except BaseException:
            self.traced.log.rest()
            raise


def _came(value: bool | None) -> dict[str, object]:  # noqa: FBT001 - what a call has returned
    return {"came": "returned" if value is None else value}


def _taken_in(attempt: PoolFuture[Any], taken: bool) -> dict[str, object]:  # noqa: FBT001 - what a call has returned
    return {"came": "returned", "task": attempt.number} if taken else {"came": "closed"}


def _handed_out(future: PoolFuture[Any]) -> dict[str, object]:
    return {"came": "returned", "task": future.number}
