"""One pool: starts its manager, and performs the calls of client threads step by step as their tables say.

The executor is a thin face over this object; the manager's thread holds this and never the executor.
"""

from __future__ import annotations

import threading
from os import getpid

from checkedpool import mapping
from checkedpool._core import words
from checkedpool._core.client import SHUTDOWN, Result, Step, follow
from checkedpool._core.manager import Manager, Settings
from checkedpool._shell import calls, exits, jobs, packing, pickling, turns
from checkedpool._shell.locks import TRIES, Latch, held
from checkedpool._shell.memory import weight
from checkedpool._shell.names import name_of
from checkedpool._shell.panic import panic
from checkedpool._shell.platform import drive
from checkedpool._shell.real import RealPlatform
from checkedpool._shell.reports import broken_error
from checkedpool._shell.room import TO_START, TO_WAKE
from checkedpool._shell.shared import BUDGET, Once, Shared
from checkedpool._shell.starting import Starter, end_now
from checkedpool.errors import AFTER_EXIT, AFTER_SHUTDOWN
from checkedpool.future import CANCELLED_END, PoolFuture, error_end
from checkedpool_spec.vocabulary import ShutdownLevel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import BaseContext
    from typing import Any

    from checkedpool._shell.lane import LaneChannels

BARRIER_LIMIT = 10.0
NEVER = "never"
"""Takes the start of a pool that was shut down before it began."""


class Pool:
    """What lives as long as anything of the pool does."""

    shared_type: type[Shared] = Shared
    future_type: type[PoolFuture[Any]] = PoolFuture
    starter_type: type[Starter] = Starter
    helpers_type: type[jobs.Helpers] = jobs.Helpers
    platform_type: type[RealPlatform] = RealPlatform

    def __init__(self, settings: Settings, context: BaseContext, setup: tuple[Any, tuple[Any, ...]]) -> None:
        self.settings = settings
        self.shared = self._make_shared()
        self.starter = self.starter_type(self.shared, context, setup)
        self.platform: RealPlatform | None = None
        self.manager_thread: threading.Thread | None = None

    def _make_shared(self) -> Shared:
        return self.shared_type()

    # --- calls of clients -------------------------------------------------------------------------------------------

    def submit(  # noqa: C901 - one table
        self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> PoolFuture[Any]:
        """``Executor.submit``: the table ``SUBMIT`` written out by hand, since this is the hottest path.

        ``tests/shell`` checks that both make the same accesses in the same order.
        """
        shared = self.shared
        if shared.pid != getpid():
            shared.refuse_inherited()
        refused = shared.broken
        if refused is not None:
            raise refused()
        closed = shared.closed
        if closed is not None:
            raise RuntimeError(closed)
        number = next(shared.numbers)
        future = self.future_type(shared, number)
        if not pickle_call(shared, future, fn, args, kwargs):
            return future
        if not shared.start:
            TO_START.ask()
        shared.unclaimed[number] = None
        shared.inbox.append(future)
        if not shared.start:
            self.start_once()
        refused = shared.broken
        if refused is not None:
            if shared.claim(number):
                raise refused()
        elif (closed := shared.closed) is not None:
            if shared.claim(number):
                raise RuntimeError(closed)
        elif (loan := shared.loan) is not None and loan.use(shared, future):
            return future
        shared.ring()
        if not (number + 1) % turns.EVERY:
            turns.give_way(shared)
        return future

    def shutdown(self, level: ShutdownLevel, *, wait: bool) -> None:
        """Ask the pool to end, at least this strongly; ``wait``: return when it has."""
        if self.shared.is_inherited():
            return  # nothing of it is here: leaving a with statement in a forked child is no error
        follow(SHUTDOWN, _Shutdown(self, level, wait=wait).perform)

    def collected(self) -> None:
        """The executor is gone: finish what was submitted.  Runs wherever the garbage collector does."""
        if not self.shared.is_inherited():
            self.shutdown(ShutdownLevel.DRAIN, wait=False)

    def drain_at_exit(self) -> None:
        """The interpreter exits."""
        self.shared.closed = AFTER_EXIT
        self.shutdown(ShutdownLevel.DRAIN, wait=False)

    def join(self) -> None:
        """Wait for its end; in a forked child nothing comes to an end."""
        if self.shared.start.is_of(NEVER) or self.shared.is_inherited():
            return
        self.shared.ended.wait()
        thread = self.manager_thread
        if thread is not None:
            thread.join()

    def settle_down(self) -> None:
        """Wait, not for ever, until the manager has seen all posts so far and no start is under way."""
        shared, barrier = self.shared, Latch()
        if self.manager_thread is None or shared.is_inherited() or threading.get_ident() in shared.own_threads:
            return
        shared.inbox.append(barrier)
        shared.ring()
        if not shared.ended.is_set():
            barrier.wait(BARRIER_LIMIT)

    # --- starting ---------------------------------------------------------------------------------------------------

    def start_once(self) -> None:  # noqa: C901 - a function more is a moment more at which one is thrown out
        """The first caller starts the pool, the others go on.

        If it cannot be started the error comes out; what others have published meanwhile ends with that error too, and
        the next caller tries again.  Their callbacks run when the start is free again: they may call the pool.
        """
        TO_START.ask()
        shared, start = self.shared, self.shared.start
        owed: list[PoolFuture[Any]] = []
        failed: BaseException | None = None
        while failed is None or shared.inbox:
            starter = Attempt()
            try:
                if start.take(starter):
                    self._check()
                    self._start(starter)
                break
            except BaseException as error:  # noqa: BLE001 - comes out below
                if failed is None:
                    failed = error
                for _ in TRIES:  # nothing is called between two of them
                    try:
                        self._give_up(starter, error, owed)
                        break
                    except BaseException as thrown:  # noqa: BLE001 - a signal handler's, anywhere, or comes each time
                        failed = thrown
                if not starter.failed:
                    break  # an interruption of the starter, not of the start: somebody else starts, or the manager runs
        while owed:
            try:
                while owed:
                    owed[0]._run_callbacks()  # a second time it finds nothing to do
                    del owed[0]
            except BaseException as error:  # noqa: BLE001 - comes out below, as it would of a cancel()
                failed = error
        if failed is not None:
            raise failed

    def _give_up(self, starter: Attempt, error: BaseException, owed: list[PoolFuture[Any]]) -> None:
        """Unless it was not this one's start, or the manager runs: tell who relied on it, then let others try.

        May be called again when it was interrupted.
        """
        start = self.shared.start
        if start.is_of(starter) and starter.run.take(self):
            starter.failed = True
            self._take_apart(starter)
            self._strand(error, owed)
            start.give_back()
        if starter.failed:
            self._close_unstarted(starter.closer, error, owed)

    def _close_unstarted(self, closer: object, error: BaseException, owed: list[PoolFuture[Any]]) -> None:
        """A shutdown that found the start taken waits for an end: if nobody starts again, this is it.

        It waits until the last futures have theirs.  Who publishes later sees that the pool is closed.
        """
        shared = self.shared
        if shared.closed is not None and shared.start.take(closer):
            self._strand(error, owed)
            shared.ended.set()

    def _strand(self, error: BaseException, owed: list[PoolFuture[Any]]) -> None:
        """No manager will take what is in the inbox: tell those futures; ``owed``: those whose callbacks are owed now.

        One that somebody else has claimed is cancelled; that call may have been interrupted before it said so.  As this
        may be: so each leaves the inbox last.
        """
        shared = self.shared
        while shared.inbox:
            post = shared.inbox[0]
            if isinstance(post, PoolFuture):
                death = words.Death(None, None, words.When.START, cause=error)
                broken = error_end(broken_error(death, None, None, ran=False))
                for _ in held(post._condition):
                    owed += [post] * post._end(broken if shared.claim(post._number) else CANCELLED_END)
            shared.inbox.popleft()

    def _check(self) -> None:
        if exits.exiting.is_set():
            raise RuntimeError(AFTER_EXIT)
        self.starter.check()

    def _start(self, starter: Attempt) -> None:
        lanes = starter.lanes
        starter.helpers = helpers = self.helpers_type(self.shared)
        if self.starter.forks:
            self.starter.start_all(self.settings.max_workers, lanes)
        else:
            self.starter.prepare(threads_later=exits.THREADS_AT_EXIT)
        machine = Manager(self.settings, born=lanes)
        platform = self.platform_type(self.shared, self.starter, lanes, helpers)
        if not exits.THREADS_AT_EXIT:  # the first job may come then
            helpers.add()
        thread = threading.Thread(target=self._manage, args=(machine, platform, starter), name="checkedpool manager")
        self.platform, self.manager_thread = platform, thread
        exits.add(self)
        thread.start()
        if exits.exiting.is_set():  # it may have been added after the interpreter's exit had listed the pools
            self.drain_at_exit()

    def _take_apart(self, starter: Attempt) -> None:
        """What a start has made that came to nothing.  May be called again when it was interrupted."""
        exits.remove(self)
        self.platform = self.manager_thread = None
        if starter.helpers is not None:
            starter.helpers.end()
            starter.helpers = None
        self.starter.let_go()
        while starter.lanes:
            number, lane = next(iter(starter.lanes.items()))
            end_now(lane)
            starter.lanes.pop(number, None)

    def _manage(self, machine: Manager, platform: RealPlatform, starter: Attempt) -> None:
        if not starter.run.take(machine):
            return  # its start was interrupted and has been taken back
        starter.lanes, starter.helpers = (
            {},
            None,
        )  # the platform's: who holds them keeps the pipes
        shared = self.shared
        shared.own_threads.add(threading.get_ident())
        try:
            drive(machine, platform)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it must not be silent and nothing may hang
            if not shared.is_inherited():  # else this is the copy of a greenlet, and there is nothing to do
                panic(shared, platform, error)
        finally:
            shared.own_threads.discard(threading.get_ident())
            self.platform = None
            exits.remove(self)
            if shared.store is not None:
                shared.store.close()
            shared.wakers.close()
            shared.ended.set()
            self.starter.let_go()
            self.starter.setup = None, ()  # the user's objects are not kept beyond the last worker
            platform.lift_barriers()
            for post in list(shared.inbox):
                if isinstance(post, Latch):
                    post.set()


class Attempt:
    """Who has the start of a pool; and who has it when that has failed and nobody shall start it any more."""

    __slots__ = ("closer", "failed", "helpers", "lanes", "run")

    def __init__(self) -> None:
        self.closer, self.failed = object(), False
        self.run = Once()  # by the manager or not at all: where a thread's start is interrupted it may run all the same
        self.helpers: jobs.Helpers | None = None
        self.lanes: dict[words.LaneNo, LaneChannels] = {}


def pickle_call(
    shared: Shared, future: PoolFuture[Any], fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> bool:
    """Pickle the call in the caller's thread, or keep it if the budget is spent; False: the error is in the future."""
    try:
        keep = shared.pending_bytes + shared.burst >= BUDGET
        simple = None if keep else calls.by_name(fn, args, kwargs)
        if simple is None:
            future._name = name_of(args[0] if fn is mapping.run_chunk else fn)
            if keep:
                TO_WAKE.ask()  # who pickles the call has been as deep
                future._kept = fn, args, kwargs
            else:
                future._frame = packing.pack_call(fn, args, kwargs, shared.store)
                shared.burst += weight(future._frame)
        else:
            future._frame, future._name = simple
            shared.burst += len(simple[0])
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - pickling is user code
        future._end_and_call(error_end(pickling.call_error(error, future._name)))
        return False
    return True


class _Shutdown:
    """Performs the steps of one ``shutdown``."""

    __slots__ = ("level", "pool", "wait")

    def __init__(self, pool: Pool, level: ShutdownLevel, *, wait: bool) -> None:
        self.pool, self.level, self.wait = pool, level, wait

    def perform(self, step: Step) -> Result:
        pool, shared = self.pool, self.pool.shared
        match step:
            case Step.CLOSE:
                shared.closed = shared.closed or AFTER_SHUTDOWN
            case Step.NEVER_STARTED:
                return shared.start.take(NEVER)
            case Step.POST_REQUEST:
                shared.inbox.append(words.Requested(self.level))
            case Step.OWN_THREAD:
                return self.wait and threading.get_ident() not in shared.own_threads
            case Step.WAIT:
                pool.join()
            case _:
                shared.ring()
        return None
