"""One pool: starts its manager, and performs the calls of client threads step by step as their tables say.

The executor is a thin face over this object; the manager's thread holds this and never the executor.
"""

from __future__ import annotations

import multiprocessing.util
import os
import threading
from functools import partial

from checkedpool._core import messages
from checkedpool._core.manager import Manager, Settings, drive
from checkedpool._core.tables import SHUTDOWN, SUBMIT, End, Result, Step, Table, follow
from checkedpool._os import system
from checkedpool._os.locks import TRIES, Room
from checkedpool._payload import pickling
from checkedpool._pool.manager_failure import panic
from checkedpool._pool.platform import RealPlatform
from checkedpool._pool.shared import BUDGET, CANCELLED_END, Once, PoolFuture, Shared, error_end
from checkedpool._pool.worker_channels import Starter, end_now, explain
from checkedpool._worker.worker import called
from checkedpool.errors import AFTER_EXIT, AFTER_SHUTDOWN, BrokenErrors, ExecutorShutdownError
from checkedpool_spec.vocabulary import ShutdownLevel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import BaseContext
    from typing import Any, NoReturn

    from checkedpool._pool.user_code import UserThreads
    from checkedpool._pool.worker_channels import WorkerChannels

NEVER = "never"
"""Takes the start of a pool that was shut down before it began."""
TO_START = Room(64)
"""Of a pool: with what is imported for that, 40 are needed."""
TO_PUBLISH = Room(72)
"""A task to a pool that has to be started: then there is ``TO_START``, a few calls deeper."""
TO_WAKE = Room(8)
"""The manager, when a task has been published, or to issue that oneself."""
BEFORE_CHILDREN = 100
"""multiprocessing calls finalizers of a priority from 0 on before it joins the process's children."""


# --- the steps of submit and shutdown: each is one access to what threads share, and the table says which follows -----


class Submitter:
    """Performs the steps of one ``submit``; decides nothing."""

    table: Table = SUBMIT
    future: PoolFuture[Any]
    refusal: Any = None
    """Makes what is to be raised.  An exception that lay here would keep this, and this the pool."""

    def __init__(self, pool: Pool, make: Callable[[Shared, int], PoolFuture[Any]], call: tuple[Any, ...]) -> None:
        self.pool, self.shared, self.make, self.call = pool, pool.shared, make, call

    def perform(self, step: Step) -> Result:
        pool, shared = self.pool, self.shared
        match step:
            case Step.READ_BROKEN | Step.REREAD_BROKEN:
                self.refusal = shared.broken
                return self.refusal is not None
            case Step.READ_CLOSED | Step.REREAD_CLOSED:
                self.refusal = shared.closed
                return self.refusal is not None
            case Step.PICKLE:
                self.future = self.make(shared, next(shared.numbers))
                return pool.pickle(self.future, *self.call)
            case Step.PUBLISH:
                if not shared.start:
                    TO_PUBLISH.ask()
                shared.unclaimed[self.future.number] = None
                shared.inbox.append(self.future)
            case Step.START_ONCE:
                if not shared.start:
                    pool.start_once()
                return True  # else an exception has come out
            case Step.WITHDRAW_BROKEN | Step.WITHDRAW_CLOSED:
                return shared.claim(self.future.number)
            case _:
                shared.wake()
        return None

    def submitted(self) -> PoolFuture[Any]:
        if follow(self.table, self.perform) is End.RETURN:
            return self.future
        raise self.refusal()


class Closer:
    """Performs the steps of one ``shutdown``; decides nothing."""

    __slots__ = ("level", "pool", "wait")

    def __init__(self, pool: Pool, level: ShutdownLevel, *, wait: bool) -> None:
        self.pool, self.level, self.wait = pool, level, wait

    def perform(self, step: Step) -> Result:
        pool, shared = self.pool, self.pool.shared
        match step:
            case Step.CLOSE:
                shared.closed = shared.closed or partial(ExecutorShutdownError, AFTER_SHUTDOWN)
            case Step.NEVER_STARTED:
                return shared.start.take(NEVER)
            case Step.POST_REQUEST:
                if shared.retries is None or shared.retries.lets(self.level):
                    shared.inbox.append(messages.Requested(self.level))
            case Step.OWN_THREAD:
                return self.wait and threading.get_ident() not in shared.own_threads
            case Step.WAIT:
                pool.join()
            case _:
                shared.wake()
        return None


# --- the pool ---------------------------------------------------------------------------------------------------------


class Pool:
    """What lives as long as anything of the pool does."""

    shared_type: type[Shared] = Shared
    future_type: type[PoolFuture[Any]] = PoolFuture
    submitter_type: type[Submitter] = Submitter
    starter_type: type[Starter] = Starter
    manager_type: type[Manager] = Manager
    platform_type: type[RealPlatform] = RealPlatform

    def __init__(self, settings: Settings, context: BaseContext, setup: tuple[Any, tuple[Any, ...]]) -> None:
        self.settings = settings
        self.shared = self._make_shared()
        self.starter = starter_for(context, self.starter_type)(self.shared, context, setup)
        self.machine: Manager | None = None
        self.platform: RealPlatform | None = None
        self.manager_thread: threading.Thread | None = None

    def _make_shared(self) -> Shared:
        return self.shared_type()

    # --- calls of clients -------------------------------------------------------------------------------------------

    def submit(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> PoolFuture[Any]:
        self.shared.refuse_inherited()
        return self.submitter_type(self, self.future_type, (fn, args, kwargs)).submitted()

    def submit_as(self, make: Callable[[Shared, int], PoolFuture[Any]], *call: Any) -> PoolFuture[Any]:
        """The same of a view, whose futures this makes."""
        self.shared.refuse_inherited()
        return self.submitter_type(self, make, call).submitted()

    def submit_again(self, attempt: PoolFuture[Any], go_on: Callable[[], bool]) -> bool:
        """Publish a further attempt of a call, and look afterwards whether it is taken in; if not, it is withdrawn."""
        return bool(self.shared.retries.publish(attempt, go_on))

    def pickle(self, future: PoolFuture[Any], *call: Any) -> bool:
        """Pickle the call in the caller's thread, or keep it above the budget; False: the error is in the future."""
        shared = self.shared
        try:
            if shared.pending_bytes + shared.burst >= BUDGET:
                TO_WAKE.ask()  # who pickles the call has been as deep
                future.name, future.deferred = called(*call[:2]), call
            else:
                self.pack(future, *call)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - pickling is user code
            future.complete_and_call(error_end(pickling.call_error(error, future.name, shared.codec.unsent_call)))
            return False
        return True

    def pack(self, future: PoolFuture[Any], fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        future.name = called(fn, args)
        future.frame = self.shared.codec.pack_call(fn, args, kwargs)
        self.shared.burst += self.shared.codec.weight(future.frame)

    def shutdown(self, level: ShutdownLevel, *, wait: bool) -> None:
        """Ask the pool to end, at least this strongly; ``wait``: return when it has."""
        if self.shared.is_inherited():
            return  # nothing of it is here: leaving a with statement in a forked child is no error
        follow(SHUTDOWN, Closer(self, level, wait=wait).perform)

    def collected(self) -> None:
        """The executor is gone: finish what was submitted.  Runs wherever the garbage collector does."""
        if not self.shared.is_inherited():
            self.shutdown(ShutdownLevel.DRAIN, wait=False)

    def drain_at_exit(self) -> None:
        """The interpreter exits."""
        self.shared.closed = partial(ExecutorShutdownError, AFTER_EXIT)
        self.shutdown(ShutdownLevel.DRAIN, wait=False)

    def join(self) -> None:
        """Wait for its end; in a forked child nothing comes to an end."""
        if self.shared.start.is_of(NEVER) or self.shared.is_inherited():
            return
        self.shared.ended.wait(over=self.shared.is_inherited)
        if (thread := self.manager_thread) is not None:
            thread.join()

    # --- starting ---------------------------------------------------------------------------------------------------

    def start_once(self) -> None:
        """The first caller starts the pool, the others go on; if it cannot be started the error comes out."""
        TO_START.ask()
        starter = Attempt()
        try:
            if self.shared.start.take(starter):
                self._start(starter)
        except BaseException as error:  # noqa: BLE001 - comes out in the end
            failed = error
            for _ in TRIES:  # nothing is called between two of them; and no function more, which can be interrupted
                try:
                    self._give_up(starter, error)
                    break
                except BaseException as thrown:  # noqa: BLE001 - a signal handler's, anywhere, or comes each time
                    failed = thrown
            self._go_on_unstarted(starter, failed)

    def _go_on_unstarted(self, starter: Attempt, failed: BaseException) -> NoReturn:
        """Its start is given back; or it was an interruption of the starter alone: others start, or the manager runs.

        Who has published since may have seen it taken, and relies on it.  What others had published ends with the error
        (``_strand``); their callbacks run now, when they may call the pool.
        """
        if starter.failed and self.shared.inbox:
            try:
                self.start_once()
            except BaseException as error:  # noqa: BLE001 - comes out below
                failed = error
        owed = starter.owed
        while owed:
            try:
                while owed:
                    owed[0].run_callbacks()  # a second time it finds nothing to do
                    del owed[0]
            except BaseException as error:  # noqa: BLE001 - comes out below, as it would of a cancel()
                failed = error
        raise failed

    def _give_up(self, starter: Attempt, error: BaseException) -> None:
        """Unless the manager runs, or another starts: tell who relied on it, let others try.  Again if interrupted."""
        start = self.shared.start
        if start.is_of(starter) and starter.run.take(self):
            if not starter.failed:
                starter.failed = True
                explain(error, starter.lanes, self.settings.max_workers)
            self._take_apart(starter)
            self._strand(error, starter.owed)
            start.give_back()
        if starter.failed:
            self._close_unstarted(starter, error)

    def _close_unstarted(self, starter: Attempt, error: BaseException) -> None:
        """A shutdown that found the start taken waits for an end: if nobody starts again, this is it.

        It waits until the last futures have theirs.  Who publishes later sees that the pool is closed.
        """
        shared = self.shared
        if shared.closed is not None and shared.start.take(starter.closer):
            self._strand(error, starter.owed)
            shared.ended.set()

    def _strand(self, error: BaseException, owed: list[PoolFuture[Any]]) -> None:
        """No manager will take what is in the inbox: fail those futures; ``owed``: those whose callbacks are owed now.

        One that somebody else has claimed is cancelled; that call may have been interrupted before it said so.  As this
        may be: so each leaves the inbox last.
        """
        shared = self.shared
        while shared.inbox:
            post = shared.inbox[0]
            if isinstance(post, PoolFuture):
                death = messages.Death(None, None, messages.When.START, cause=error)
                end = error_end(BrokenErrors(death)()) if shared.claim(post.number) else CANCELLED_END
                owed += [post] * (post.complete(end) is True)  # no call in between
            shared.inbox.popleft()

    def _start(self, starter: Attempt) -> None:
        if exiting.is_set():
            raise ExecutorShutdownError(AFTER_EXIT)
        self.starter.start_all(self.settings.max_workers, starter.lanes)
        machine = self.manager_type(self.settings, born=starter.lanes)
        platform = self.platform_type(self.shared, self.starter, starter.lanes)
        if not system.THREADS_AT_EXIT:
            self._add_user_thread(starter, platform)
        thread = threading.Thread(target=self._manage, args=(machine, platform, starter), name="checkedpool manager")
        self.machine, self.platform, self.manager_thread = machine, platform, thread
        note_live(self)
        thread.start()
        if exiting.is_set():  # it may have been added after the interpreter's exit had listed the pools
            self.drain_at_exit()

    def _add_user_thread(self, starter: Attempt, platform: RealPlatform) -> None:
        """The first job may come while the interpreter exits."""
        starter.user_threads = platform.user_threads
        starter.user_threads.add()

    def _take_apart(self, starter: Attempt) -> None:
        """What a start has made that came to nothing.  May be called again when it was interrupted."""
        _live.pop(id(self), None)
        self.machine = self.platform = self.manager_thread = None
        if starter.user_threads is not None:
            starter.user_threads.end()
            starter.user_threads = None
        self.starter.end()
        while starter.lanes:
            number, lane = next(iter(starter.lanes.items()))
            end_now(lane)
            starter.lanes.pop(number, None)

    def _manage(self, machine: Manager, platform: RealPlatform, starter: Attempt) -> None:
        if not starter.run.take(machine):
            return  # its start was interrupted and has been given back
        starter.lanes, starter.user_threads = {}, None  # they are the platform's: who holds them keeps the pipes
        self.shared.own_threads.add(threading.get_ident())
        try:
            drive(machine, platform)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it must not be silent and nothing may hang
            if not self.shared.is_inherited():  # else this is the copy of a greenlet, and there is nothing to do
                panic(self.shared, platform, error)
        finally:
            self._end()

    def _end(self) -> None:
        """The manager's thread does nothing more: let go of all, and of all who wait for that."""
        shared = self.shared
        shared.own_threads.discard(threading.get_ident())
        self.machine = self.platform = None
        _live.pop(id(self), None)
        shared.close()
        shared.ended.set()
        self.starter.end()
        self.starter.setup = None, ()  # the user's objects are not kept beyond the last worker
        for barrier in shared.barriers.copy():
            barrier.set()


def starter_for(context: BaseContext, kind: type[Starter]) -> type[Starter]:
    """This class of starters; where workers are not forked it starts them in threads."""
    if context.get_start_method(allow_none=False) == "fork":
        return kind
    from checkedpool._pool.starting_in_threads import in_threads  # noqa: PLC0415 - here, where no start waits for it

    return in_threads(kind)


class Attempt:
    """Who has the start of a pool; and who has it when that has failed and nobody shall start it any more."""

    __slots__ = ("closer", "failed", "lanes", "owed", "run", "user_threads")

    def __init__(self) -> None:
        self.closer, self.failed = object(), False
        self.run = Once()  # by the manager or not at all: where a thread's start is interrupted it may run all the same
        self.user_threads: UserThreads | None = None
        self.lanes: dict[messages.WorkerNo, WorkerChannels] = {}
        self.owed: list[PoolFuture[Any]] = []  # whose callbacks have to be run


# --- the interpreter's exit, and the user's forks: which pools live, and what both do to them -------------------------

_live: dict[int, Pool] = {}
exiting = threading.Event()
_registered = 0


def note_live(pool: Pool) -> None:
    _live[id(pool)] = pool
    if _registered != os.getpid() and multiprocessing.parent_process() is not None:
        _register_in_child()


def _register_in_child() -> None:
    """A process of multiprocessing's waits for its own children before the interpreter's exit: be asked before that."""
    global _registered  # noqa: PLW0603 - once a process
    _registered = os.getpid()
    multiprocessing.util.Finalize(None, _at_exit, exitpriority=BEFORE_CHILDREN)


def _at_exit() -> None:
    """Everything that was submitted is run, then the interpreter goes on exiting."""
    exiting.set()
    while pools := [pool for pool in list(_live.values()) if not pool.shared.is_inherited()]:
        for pool in pools:
            pool.drain_at_exit()
        for pool in pools:
            pool.join()


# Before non-daemon threads are joined, as concurrent.futures does it: later, no thread and no process can be started.
threading._register_atexit(system.weakly(_at_exit))  # type: ignore[attr-defined]
system.in_child.append(_live.clear)  # the parent's pools are not this process's
